using System.CommandLine;
using System.IO;
using SpiffeIdentity.WorkloadApi;

namespace MeshCA.Admin.Agents;

/// <summary>The options by which a verb finds a Workload API: an agent's, or any other.</summary>
internal sealed class WorkloadApiParameters
{
    private readonly Option<string> _socket = new("--socket")
    {
        Description = "The Workload API: unix:///path, tcp://ip:port, or a path (default: SPIFFE_ENDPOINT_SOCKET)",
    };

    private readonly Option<TimeSpan> _timeout = new Option<TimeSpan>("--timeout")
    {
        Description = "How long to wait for an answer, as [d.]hh:mm:ss",
        DefaultValueFactory = _ => TimeSpan.FromSeconds(30),
    }.AsLength(TimeSpan.FromSeconds(1));

    /// <summary>All of them.</summary>
    public IReadOnlyList<Symbol> All => [_socket, _timeout];

    /// <summary>Calls the Workload API.</summary>
    /// <param name="arguments">The parsed command line.</param>
    /// <param name="output">Gets a failure.</param>
    /// <param name="call">The calls; takes the client and what gives them up.</param>
    /// <param name="cancellationToken">Gives them up.</param>
    public async Task<ExitCode> CallAsync(
        ParseResult arguments,
        AdminOutput output,
        Func<WorkloadApiClient, CancellationToken, Task<ExitCode>> call,
        CancellationToken cancellationToken)
    {
        try
        {
            using var client = new WorkloadApiClient(new WorkloadApiOptions
            {
                Address = AddressOf(arguments.GetValue(_socket)),
                CallTimeout = arguments.GetValue(_timeout),
            });
            return await call(client, cancellationToken);
        }
        catch (FormatException e)
        {
            output.Fail(e.Message);
            return ExitCode.Usage;
        }
        catch (WorkloadApiException e)
        {
            output.Fail(e.Failure.ToString());
            return ToExitCode(e.Failure.Reason);
        }
    }

    /// <summary>How a command ends whose call failed.</summary>
    public static ExitCode ToExitCode(WorkloadApiFailureReason reason) => reason switch
    {
        WorkloadApiFailureReason.PermissionDenied or WorkloadApiFailureReason.InvalidArgument => ExitCode.Refused,
        WorkloadApiFailureReason.Unavailable or WorkloadApiFailureReason.ResourceExhausted or WorkloadApiFailureReason.TimedOut => ExitCode.Unavailable,
        WorkloadApiFailureReason.MalformedMessage => ExitCode.Invalid,
        _ => ExitCode.Failure,
    };

    private static string? AddressOf(string? text) =>
        text is null || text.Contains("://", StringComparison.Ordinal) ? text : "unix://" + Path.GetFullPath(text);
}
