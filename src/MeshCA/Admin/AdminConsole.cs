using System.IO;
using Spectre.Console;

namespace MeshCA.Admin;

/// <summary>The process's standard streams; the only way to them, so that tests can put others in their place.</summary>
internal sealed class AdminConsole
{
    /// <summary>Width of tables where there is no terminal to fit: nothing wraps, so that a line can be searched for an identity or a serial.</summary>
    private const int FileWidth = 10_000;

    /// <summary>Takes the streams.</summary>
    /// <param name="input">Opens standard input.</param>
    /// <param name="output">Standard output.</param>
    /// <param name="error">Standard error.</param>
    public AdminConsole(Func<Stream> input, TextWriter output, TextWriter error)
    {
        OpenInput = input;
        Out = output;
        Error = error;
        var target = new AnsiConsoleOutput(output);
        if (target.IsTerminal)
        {
            Ansi = AnsiConsole.Create(new AnsiConsoleSettings { Out = target });
            return;
        }

        // Left to itself the library looks at TERM alone, and writes colours into files.
        Ansi = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = target,
            Ansi = AnsiSupport.No,
            ColorSystem = ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,
        });
        Ansi.Profile.Width = FileWidth;
    }

    /// <summary>Opens standard input.</summary>
    public Func<Stream> OpenInput { get; }

    /// <summary>Standard output: the answer.</summary>
    public TextWriter Out { get; }

    /// <summary>Standard error: what went wrong, and progress.</summary>
    public TextWriter Error { get; }

    /// <summary>Standard output for tables; without colours where there is no terminal.</summary>
    public IAnsiConsole Ansi { get; }

    /// <summary>The process's own streams.</summary>
#pragma warning disable RS0030 // The one place where the console is named.
    public static AdminConsole ForProcess() => new(Console.OpenStandardInput, Console.Out, Console.Error);
#pragma warning restore RS0030
}
