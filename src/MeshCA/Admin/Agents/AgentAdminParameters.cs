using System.CommandLine;
using Grpc.Core;
using Grpc.Net.Client;

namespace MeshCA.Admin.Agents;

/// <summary>The options by which a verb finds an agent's administration socket.</summary>
internal sealed class AgentAdminParameters
{
    private readonly SocketOption _socket = AgentSocketParameters.NewSocketOption();

    private readonly Option<TimeSpan> _timeout = new Option<TimeSpan>("--timeout")
    {
        Description = "How long to wait for the answer, as [d.]hh:mm:ss",
        DefaultValueFactory = _ => TimeSpan.FromSeconds(30),
    }.AsLength(TimeSpan.FromSeconds(1));

    /// <summary>All of them.</summary>
    public IReadOnlyList<Symbol> All => [_socket.Option, _timeout];

    /// <summary>Calls the agent.</summary>
    /// <param name="arguments">The parsed command line.</param>
    /// <param name="output">Gets a failure.</param>
    /// <param name="call">The calls; takes the channel and how to make each call.</param>
    /// <param name="cancellationToken">Gives them up.</param>
    public async Task<ExitCode> CallAsync(
        ParseResult arguments, AdminOutput output, Func<GrpcChannel, CallOptions, Task<ExitCode>> call, CancellationToken cancellationToken)
    {
        try
        {
            using var channel = AdminChannel.Open(_socket.PathOf(arguments));
            var deadline = TimeProvider.System.GetUtcNow().UtcDateTime + arguments.GetValue(_timeout);
            return await call(channel, new CallOptions(deadline: deadline, cancellationToken: cancellationToken));
        }
        catch (RpcException e)
        {
            output.Fail(_socket.Explain(arguments, e.Status.DebugException) ?? RpcFailures.Describe(e.Status));
            return RpcFailures.ToExitCode(e.StatusCode);
        }
    }
}
