using System.CommandLine;
using System.Diagnostics.CodeAnalysis;
using System.IO;
using System.Security.Cryptography;
using Grpc.Core;
using Grpc.Net.Client;
using MeshCA.Requesting;

namespace MeshCA.Admin;

/// <summary>The options by which a verb finds a running service's administration: its socket, or its TLS port and who calls.</summary>
internal sealed class AdminSocketParameters
{
    private readonly SocketOption _socket = new("service", "Server:AdminSocket", "/run/meshca/admin.sock");

    private readonly Option<Uri> _server = new Option<Uri>("--server")
    {
        Description = "Instead of the socket: the service's TLS port, as https://host:port; needs --cert, --key and --bundle",
    }.AsUrl(Uri.UriSchemeHttps);

    private readonly Option<string> _serverName = new("--server-name") { Description = "With --server: DNS name of the serving certificate (default: the address's host)" };
    private readonly Option<string> _cert = new("--cert") { Description = "With --server: PEM file of the certificate to show, with its intermediates" };
    private readonly Option<string> _key = new("--key") { Description = "With --server: PEM file of that certificate's key" };
    private readonly Option<string> _bundle = new("--bundle") { Description = "With --server: PEM file of the roots that the service's certificate chains to" };

    private readonly Option<TimeSpan> _timeout = new Option<TimeSpan>("--timeout")
    {
        Description = "How long to wait for the answer, as [d.]hh:mm:ss",
        DefaultValueFactory = _ => TimeSpan.FromSeconds(30),
    }.AsLength(TimeSpan.FromSeconds(1));

    /// <summary>All of them.</summary>
    public IReadOnlyList<Symbol> All => [_socket.Option, _server, _serverName, _cert, _key, _bundle, _timeout];

    /// <summary>Whether the command line names a service, for verbs that can do without one.</summary>
    public bool IsGiven(ParseResult arguments) =>
        _socket.IsGiven(arguments) || arguments.GetResult(_server) is not null;

    /// <summary>Calls the service.</summary>
    /// <param name="arguments">The parsed command line.</param>
    /// <param name="output">Gets a failure.</param>
    /// <param name="call">The calls; takes the channel and how to make each call.</param>
    /// <param name="cancellationToken">Gives them up.</param>
    public async Task<ExitCode> CallAsync(
        ParseResult arguments,
        AdminOutput output,
        Func<GrpcChannel, CallOptions, Task<ExitCode>> call,
        CancellationToken cancellationToken)
    {
        if (!IsComplete(arguments, out var fault))
        {
            output.Fail(fault);
            return ExitCode.Usage;
        }

        try
        {
            using var channel = Open(arguments);
            var deadline = TimeProvider.System.GetUtcNow().UtcDateTime + arguments.GetValue(_timeout);
            return await call(channel, new CallOptions(deadline: deadline, cancellationToken: cancellationToken));
        }
        catch (RpcException e)
        {
            var unreachable = arguments.GetValue(_server) is null ? _socket.Explain(arguments, e.Status.DebugException) : null;
            output.Fail(unreachable ?? RpcFailures.Describe(e.Status));
            return RpcFailures.ToExitCode(e.StatusCode);
        }
        catch (Exception e) when (e is CryptographicException or InvalidDataException)
        {
            output.Fail(e.Message);
            return ExitCode.Invalid;
        }
    }

    private bool IsComplete(ParseResult arguments, [NotNullWhen(false)] out string? fault)
    {
        Option[] more = [_serverName, _cert, _key, _bundle];
        Option[] needed = [_cert, _key, _bundle];
        var isServer = arguments.GetValue(_server) is not null;
        fault = isServer && _socket.IsGiven(arguments)
            ? $"{_socket.Option.Name} and {_server.Name} exclude each other"
            : isServer && Array.Find(needed, option => arguments.GetResult(option) is null) is { } missing
                ? $"{_server.Name} needs {missing.Name}"
                : !isServer && Array.Find(more, option => arguments.GetResult(option) is not null) is { } alone
                    ? $"{alone.Name} needs {_server.Name}"
                    : null;
        return fault is null;
    }

    private GrpcChannel Open(ParseResult arguments) => arguments.GetValue(_server) is { } server
        ? TlsChannel.Open(
            server,
            CredentialFiles.ReadCertificates(arguments.GetRequiredValue(_bundle)),
            arguments.GetValue(_serverName),
            CredentialFiles.Read(arguments.GetRequiredValue(_cert), arguments.GetRequiredValue(_key)),
            new GrpcChannelOptions { MaxReceiveMessageSize = null })
        : AdminChannel.Open(_socket.PathOf(arguments));
}
