using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using Grpc.Core;
using MeshCA.Cryptography;
using MeshCA.Requesting;
using Xunit;

namespace MeshCA.Tests.Requesting;

public sealed class CertificateClientTests : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);

    public CertificateClientTests() => _listener.Start();

    private Uri Address => new($"https://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}");

    public void Dispose() => _listener.Dispose();

    [Theory]
    [InlineData("istiod.istio-system.svc", "istiod.istio-system.svc")]
    [InlineData(null, "")] // RFC 6066 §3: an address is no server name
    public async Task The_address_is_dialled_and_the_name_is_asked_for(string? serverName, string asked)
    {
        using var client = new CertificateClient(Address, [], serverName, null);
        using var key = WorkloadKey.Generate(KeyAlgorithm.EcdsaP256);
        var hello = ReadServerNameAsync();

        var call = client.RequestAsync(
            key.ToSigningRequest(null), "token", "", TimeSpan.Zero, TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);

        Assert.Equal(asked, await hello);
        var refusal = await Assert.ThrowsAsync<RpcException>(() => call);
        Assert.Equal(StatusCode.Unavailable, refusal.StatusCode);
    }

    private async Task<string> ReadServerNameAsync()
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        using var connection = await _listener.AcceptTcpClientAsync(cancellationToken);
        await using var tls = new SslStream(connection.GetStream());
        var name = "";
        try
        {
            await tls.AuthenticateAsServerAsync(
                (_, hello, _, _) =>
                {
                    name = hello.ServerName;
                    throw new AuthenticationException("seen enough");
                },
                null,
                cancellationToken);
        }
        catch (AuthenticationException)
        {
            // The handshake goes no further than the client's first message.
        }

        return name;
    }
}
