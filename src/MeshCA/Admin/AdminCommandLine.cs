using System.CommandLine;
using System.Diagnostics;
using System.IO;

namespace MeshCA.Admin;

/// <summary>The command line: verbs grouped under one root, one place for output forms, errors and exit codes.</summary>
internal sealed class AdminCommandLine
{
    private static readonly Dictionary<string, string> GroupDescriptions = new(StringComparer.Ordinal)
    {
        ["agent fetch"] = "What an agent gives a workload",
        ["audit"] = "The journal of issued certificates and the audit log",
        ["authn"] = "Authentication of peers in a mesh in Kubernetes",
        ["authority"] = "Signing authorities",
        ["authz"] = "Authorization in a mesh in Kubernetes",
        ["backup"] = "Copies of the store",
        ["ban"] = "Bans of identities",
        ["bundle"] = "The trust bundle",
        ["cert"] = "Certificates",
        ["consumer"] = "Those who report which trust bundle they have in use",
        ["explain"] = "Why a running service does what it does",
        ["federation"] = "Federated trust domains, and who of them has our trust bundle",
        ["issuance"] = "The issuance policy: who may get what certificate",
        ["jwt"] = "JWT-SVIDs and the keys that sign them",
        ["keys"] = "The key-encryption key",
        ["policy"] = "Authorization policies: decisions, explanations, tests and what would change",
        ["root"] = "Roots of trust and their rotation",
        ["token"] = "Tokens of the development issuer",
    };

    private readonly AdminConsole _console;
    private readonly RootCommand _root;

    private readonly Option<string> _output = Output();

    /// <summary>Builds the command line.</summary>
    /// <param name="console">The streams.</param>
    /// <param name="verbs">The verbs; those that share a first word are shown as a group.</param>
    public AdminCommandLine(AdminConsole console, IEnumerable<IAdminVerb> verbs)
    {
        _console = console;
        _root = new RootCommand("A certificate authority for service meshes.\n\n" + ExitCodes.Help) { _output };
        foreach (var verb in verbs.OrderBy(verb => verb.Name, StringComparer.Ordinal))
        {
            Add(verb);
        }
    }

    /// <summary>The options of every verb, for completion.</summary>
    public static IReadOnlyList<Option> Common() => [Output(), new System.CommandLine.Help.HelpOption()];

    /// <summary>Runs one command line.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> RunAsync(IReadOnlyList<string> arguments, CancellationToken cancellationToken)
    {
        var parsed = _root.Parse(arguments);
        if (parsed.Errors.Count > 0)
        {
            return (int)Refuse(parsed);
        }

        return await parsed.InvokeAsync(
            new InvocationConfiguration
            {
                Output = _console.Out,
                Error = _console.Error,
                EnableDefaultExceptionHandler = false,
                ProcessTerminationTimeout = null, // a server drains for longer than the library would wait
            },
            cancellationToken);
    }

    private static Option<string> Output()
    {
        var output = new Option<string>("--output", "-o")
        {
            Description = "Form of printed data: table or json",
            DefaultValueFactory = _ => "table",
            Recursive = true,
        };
        output.AcceptOnlyFromAmong("table", "json");
        return output;
    }

    private void Add(IAdminVerb verb)
    {
        var words = verb.Name.Split(' ');
        var command = new Command(words[^1], verb.Description);
        foreach (var parameter in verb.Parameters)
        {
            AddParameter(command, parameter);
        }

        command.SetAction(async (parsed, cancellationToken) => (int)await InvokeAsync(verb, parsed, cancellationToken));
        GroupOf(words).Subcommands.Add(command);
    }

    private static void AddParameter(Command command, Symbol parameter)
    {
        switch (parameter)
        {
            case Argument argument:
                command.Arguments.Add(argument);
                break;
            case Option option:
                command.Options.Add(option);
                break;
            default:
                throw new UnreachableException();
        }
    }

    // A group may be a verb too, which comes before those in it.
    private Command GroupOf(string[] words)
    {
        Command group = _root;
        for (var i = 1; i < words.Length; i++)
        {
            var found = group.Subcommands.FirstOrDefault(command => command.Name == words[i - 1]);
            if (found is null)
            {
                found = new Command(words[i - 1], GroupDescriptions[string.Join(' ', words[..i])]);
                group.Subcommands.Add(found);
            }

            group = found;
        }

        return group;
    }

    private ExitCode Refuse(ParseResult parsed)
    {
        var output = new AdminOutput(_console, OutputFormat.Table);
        foreach (var error in parsed.Errors)
        {
            // The library lists what it would take in lines of their own.
            output.Fail(string.Join(' ', error.Message.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)));
        }

        var names = new List<string>();
        for (var result = parsed.CommandResult; result is not null; result = result.Parent as System.CommandLine.Parsing.CommandResult)
        {
            names.Insert(0, result.Command is RootCommand ? "meshca" : result.Command.Name);
        }

        output.Fail($"see `{string.Join(' ', names)} --help`");
        return ExitCode.Usage;
    }

    private async Task<ExitCode> InvokeAsync(IAdminVerb verb, ParseResult parsed, CancellationToken cancellationToken)
    {
        var output = new AdminOutput(_console, parsed.GetValue(_output) == "json" ? OutputFormat.Json : OutputFormat.Table);
        try
        {
            return await verb.RunAsync(parsed, output, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return ExitCode.Interrupted;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            output.Fail(exception.Message);
            return ExitCode.Failure;
        }
    }
}
