using System.CommandLine;
using System.Net;
using System.Net.Http;

namespace MeshCA.Admin.Agents;

/// <summary>The options by which a verb finds a running agent: its administration socket.</summary>
internal sealed class AgentSocketParameters
{
    private const long MaxAnswer = 16 << 20;

    private readonly SocketOption _socket = NewSocketOption();

    private readonly Option<TimeSpan> _timeout = new Option<TimeSpan>("--timeout")
    {
        Description = "How long to wait for the answer, as [d.]hh:mm:ss",
        DefaultValueFactory = _ => TimeSpan.FromSeconds(10),
    }.AsLength(TimeSpan.FromSeconds(1));

    /// <summary>All of them.</summary>
    public IReadOnlyList<Symbol> All => [_socket.Option, _timeout];

    /// <summary>The option that names an agent's socket.</summary>
    public static SocketOption NewSocketOption() => new("agent", "Agent:AdminSocket", "/run/meshca-agent/admin.sock");

    /// <summary>Asks the agent.</summary>
    /// <param name="arguments">The parsed command line.</param>
    /// <param name="path">For what.</param>
    /// <param name="output">Gets a failure.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The answer; null where there is none.</returns>
    public async Task<byte[]?> GetAsync(ParseResult arguments, string path, AdminOutput output, CancellationToken cancellationToken)
    {
        var socket = _socket.PathOf(arguments);
        using var http = new HttpClient(AdminChannel.HandlerOf(socket))
        {
            BaseAddress = new Uri("http://localhost"),
            DefaultRequestVersion = HttpVersion.Version20,
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Timeout = arguments.GetValue(_timeout),
            MaxResponseContentBufferSize = MaxAnswer,
        };
        try
        {
            return await http.GetByteArrayAsync(new Uri(path, UriKind.Relative), cancellationToken);
        }
        catch (HttpRequestException e)
        {
            output.Fail(_socket.Explain(arguments, e) ?? $"no agent answers on `{socket}`: {e.Message}");
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            output.Fail($"the agent on `{socket}` does not answer in time");
        }

        return null;
    }
}
