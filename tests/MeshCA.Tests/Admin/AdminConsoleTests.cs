using System.IO;
using MeshCA.Admin;
using Spectre.Console;
using Xunit;

namespace MeshCA.Tests.Admin;

public sealed class AdminConsoleTests
{
    [Fact]
    public void A_file_gets_neither_colours_nor_lines_broken_at_a_terminals_width()
    {
        using var output = new StringWriter();
        var console = new AdminConsole(() => Stream.Null, output, TextWriter.Null);

        console.Ansi.Write(new Markup("[red]" + new string('a', 120) + "[/]\n"));

        Assert.Equal(new string('a', 120) + "\n", output.ToString());
    }
}
