using System.CommandLine;

namespace MeshCA.Admin.Completion;

/// <summary><c>meshca completion</c>: the script by which a shell completes command lines.</summary>
internal sealed class CompletionVerb(Func<IReadOnlyList<IAdminVerb>> verbs) : IAdminVerb
{
    private readonly Argument<string> _shell = Shell();

    /// <inheritdoc />
    public string Name => "completion";

    /// <inheritdoc />
    public string Description => "Print the completion script of a shell: source <(meshca completion bash)";

    /// <inheritdoc />
    public IEnumerable<Symbol> Parameters => [_shell];

    /// <inheritdoc />
    public async Task<ExitCode> RunAsync(ParseResult arguments, AdminOutput output, CancellationToken cancellationToken)
    {
        var table = new CompletionTable(verbs(), AdminCommandLine.Common());
        var script = CompletionScripts.All[arguments.GetRequiredValue(_shell)](table);
        await output.Console.Out.WriteAsync(script.AsMemory(), cancellationToken);
        return ExitCode.Ok;
    }

    private static Argument<string> Shell()
    {
        var shell = new Argument<string>("SHELL") { Description = "bash, fish or zsh" };
        shell.AcceptOnlyFromAmong([.. CompletionScripts.All.Keys]);
        return shell;
    }
}
