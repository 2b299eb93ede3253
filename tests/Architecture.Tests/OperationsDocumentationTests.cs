using System.IO;
using Xunit;

namespace Architecture.Tests;

public sealed class OperationsDocumentationTests
{
    private static readonly string[] Alarming = ["Warning", "Error", "Critical"];

    [Fact]
    public void Every_event_that_asks_for_somebody_is_explained()
    {
        var events = File.ReadAllLines(Path.Combine(Repository.Root, "tests", "Architecture.Tests", "golden", "events.txt"))
            .Select(line => line.Split(' ', 4))
            .Where(parts => Alarming.Contains(parts[1]));

        new DocumentedTable("docs/operations.md", "## Events")
            .MatchesBeginnings([.. events.Select(parts => $"| `{parts[0]}` | {parts[1]} | {parts[2].TrimEnd(':')} |")]);
    }

    [Fact]
    public void Every_exit_code_is_explained_where_the_commands_are()
    {
        var page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "cli.md"));

        Assert.All(Enum.GetValues<MeshCA.Admin.ExitCode>(), code => Assert.Contains($"| {(int)code} |", page, StringComparison.Ordinal));
    }

    [Fact]
    public void Every_command_has_a_row()
    {
        var page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "cli.md"));

        Assert.All(MeshCA.Admin.AdminVerbs.All(TimeProvider.System), verb => Assert.Contains($"\n| `{verb.Name}", page, StringComparison.Ordinal));
    }
}
