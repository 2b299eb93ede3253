using System.CommandLine;
using System.IO;
using System.Net.Sockets;
using MeshCA.Configuration;

namespace MeshCA.Admin;

/// <summary>The option that names the administration socket of a running service or agent.</summary>
/// <param name="owner">Whose socket: <c>service</c>.</param>
/// <param name="setting">The setting by which the owner has it; the environment variable of it is heard here too.</param>
/// <param name="usual">Where it is looked for if nothing names one.</param>
internal sealed class SocketOption(string owner, string setting, string usual)
{
    /// <summary>The option.</summary>
    public Option<string> Option { get; } = Create(owner, setting, usual);

    /// <summary>The absolute path.</summary>
    public string PathOf(ParseResult arguments) => Path.GetFullPath(arguments.GetRequiredValue(Option));

    /// <summary>Whether the command line names one.</summary>
    public bool IsGiven(ParseResult arguments) => arguments.GetResult(Option) is { Implicit: false };

    /// <summary>Says why nobody was reached at the socket.</summary>
    /// <param name="arguments">The parsed command line.</param>
    /// <param name="failure">What the connection or the call failed with.</param>
    /// <returns>Null where that is not why it failed: the system's own words name neither the path nor what to do.</returns>
    public string? Explain(ParseResult arguments, Exception? failure)
    {
        while (failure is not null and not SocketException)
        {
            failure = failure.InnerException;
        }

        var path = PathOf(arguments);
        return failure is not SocketException refused ? null : refused.SocketErrorCode switch
        {
            SocketError.ConnectionRefused => $"nobody serves on `{path}`: the {owner} that made it has ended",
            SocketError.AccessDenied => $"no right to connect to `{path}`",
            _ when !File.Exists(path) => $"there is no `{path}`: no {owner} runs, or its {setting} is another; {Option.Name} names it",
            _ => $"`{path}`: {refused.Message}",
        };
    }

    private static Option<string> Create(string owner, string setting, string usual)
    {
        var option = new Option<string>("--socket")
        {
            Description = $"The {owner}'s administration socket, its setting {setting}",
            DefaultValueFactory = _ => Settings.FromEnvironment(setting) is { Length: > 0 } path ? path : usual,
        };
        option.Validators.Add(result =>
        {
            var given = result.Tokens is [.., var last] ? last.Value : "/";
            if ((given.Length == 0 ? "it is empty." : SocketPath.FaultOf(Path.GetFullPath(given))) is { } fault)
            {
                result.AddError($"{option.Name}: {fault}");
            }
        });
        return option;
    }
}
