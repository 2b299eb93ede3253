using System.IO;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Runtime.Versioning;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using SpiffeIdentity.WorkloadApi.Tests.Fakes;
using SpiffeIdentity.WorkloadApi.Tls;
using TestSupport;
using Xunit;

namespace SpiffeIdentity.WorkloadApi.Tests.Tls;

public sealed class SpiffeTlsTests : IAsyncLifetime
{
    private static readonly SpiffeIdMatcher Client = SpiffeIdMatcher.Exactly(SpiffeId.Parse("spiffe://example.org/client"));
    private static readonly SpiffeIdMatcher Server = SpiffeIdMatcher.Exactly(SpiffeId.Parse("spiffe://example.org/server"));

    private readonly ManualTimeProvider _clock = new(TimeProvider.System.GetUtcNow());
    private readonly Mesh _mesh = new();

    public async ValueTask InitializeAsync()
    {
        await _mesh.AddAsync("/server", _clock);
        await _mesh.AddAsync("/client", _clock);
    }

    public ValueTask DisposeAsync() => _mesh.DisposeAsync();

    [Theory]
    [InlineData(SslProtocols.Tls12)]
    [InlineData(SslProtocols.Tls13)]
    public async Task Both_sides_prove_who_they_are(SslProtocols protocol)
    {
        SpiffePeer? seenByServer = null, seenByClient = null;
        await HandshakeAsync(
            SpiffeTls.CreateServerOptions(_mesh["/server"], Client, peer => seenByServer = peer),
            SpiffeTls.CreateClientOptions(_mesh["/client"], Server, "anything.test", peer => seenByClient = peer),
            protocol);
        Assert.Equal("spiffe://example.org/client", seenByServer!.ToString());
        Assert.Equal("spiffe://example.org/server", seenByClient!.Id.ToString());
        Assert.Equal(2, seenByClient.Svid.Certificates.Count);
    }

    // TLS below 1.2 has no part in the profile of any verifier.
    [Fact]
    public void Old_protocols_are_not_offered()
    {
        Assert.Equal(SslProtocols.Tls12 | SslProtocols.Tls13, SpiffeTls.CreateServerOptions(_mesh["/server"], Client).EnabledSslProtocols);
        Assert.Equal(SslProtocols.Tls12 | SslProtocols.Tls13, SpiffeTls.CreateClientOptions(_mesh["/client"], Server).EnabledSslProtocols);
    }

    // What Envoy, Go, Java and OpenSSL all have; nothing that was left out of TLS 1.3 for cause.
    [Theory]
    [InlineData(TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, true)]
    [InlineData(TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, true)]
    [InlineData(TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, true)]
    [InlineData(TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256, false)]
    [InlineData(TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384, false)]
    [SupportedOSPlatform("linux")]
    public async Task Either_side_takes_ephemeral_keys_with_authenticated_encryption_alone(TlsCipherSuite suite, bool isTaken)
    {
        foreach (var isServer in (bool[])[true, false])
        {
            var server = SpiffeTls.CreateServerOptions(_mesh["/server"], Client);
            var client = SpiffeTls.CreateClientOptions(_mesh["/client"], Server);
            server.EnabledSslProtocols = SslProtocols.Tls12;
            (server.CipherSuitesPolicy, client.CipherSuitesPolicy) = isServer
                ? (new CipherSuitesPolicy([suite]), client.CipherSuitesPolicy)
                : (server.CipherSuitesPolicy, new CipherSuitesPolicy([suite]));
            var fault = await Record.ExceptionAsync(() => HandshakeAsync(server, client, SslProtocols.Tls12));
            Assert.True(isTaken == fault is null, fault?.ToString());
        }
    }

    // A resumed session shows no chain, and the platform's chain engine would ask the network and the system's roots.
    [Fact]
    public void The_platform_neither_resumes_sessions_nor_asks_anybody()
    {
        var server = SpiffeTls.CreateServerOptions(_mesh["/server"], Client);
        var client = SpiffeTls.CreateClientOptions(_mesh["/client"], Server);
        Assert.False(server.AllowTlsResume);
        Assert.False(client.AllowTlsResume);
        Assert.True(server.ClientCertificateRequired);
        Assert.All([server.CertificateChainPolicy!, client.CertificateChainPolicy!], policy =>
        {
            Assert.True(policy.DisableCertificateDownloads);
            Assert.Equal(X509ChainTrustMode.CustomRootTrust, policy.TrustMode);
            Assert.Empty(policy.CustomTrustStore);
            Assert.Equal(X509RevocationMode.NoCheck, policy.RevocationMode);
        });
    }

    [Fact]
    public async Task A_callback_shows_the_newest_svid_at_each_handshake()
    {
        var callback = SpiffeTls.CreateServerOptionsCallback(_mesh["/server"], Client);
        var seen = new List<string>();
        for (var i = 0; i < 2; i++)
        {
            await HandshakeAsync(
                server => server.AuthenticateAsServerAsync(callback, null, default),
                client => client.AuthenticateAsClientAsync(SpiffeTls.CreateClientOptions(
                    _mesh["/client"], Server, onPeer: peer => seen.Add(Convert.ToHexString(peer.Svid.SerialNumber.Span)))));
            await _mesh.RenewAsync("/server");
        }

        Assert.Equal(2, seen.Distinct().Count());
    }

    [Fact]
    public async Task Nobody_is_told_of_a_peer_that_is_refused()
    {
        var told = false;
        await Assert.ThrowsAnyAsync<AuthenticationException>(() => HandshakeAsync(
            SpiffeTls.CreateServerOptions(_mesh["/server"], Client),
            SpiffeTls.CreateClientOptions(_mesh["/client"], SpiffeIdMatcher.OneOf(), onPeer: _ => told = true)));
        Assert.False(told);
    }

    // The options were made in time; the peer's clock says when its SVID is over.
    [Fact]
    public async Task A_peer_whose_svid_expired_is_refused()
    {
        await _mesh.AddAsync("/late");
        var server = SpiffeTls.CreateServerOptions(_mesh["/server"], SpiffeIdMatcher.Any);
        _clock.Advance(TimeSpan.FromHours(2));
        var log = await RefusalAsync(server, SpiffeTls.CreateClientOptions(_mesh["/late"], Server));
        Assert.Contains("Expired", log, StringComparison.Ordinal);
    }

    public static TheoryData<string, string, bool> Purposes() =>
    [
        new("/client", "1.3.6.1.5.5.7.3.1", false) { Label = "a client with a leaf for servers" },
        new("/client", "1.3.6.1.5.5.7.3.2", true) { Label = "a client with a leaf for clients" },
        new("/server", "1.3.6.1.5.5.7.3.2", false) { Label = "a server with a leaf for clients" },
        new("/server", "1.3.6.1.5.5.7.3.1", true) { Label = "a server with a leaf for servers" },
    ];

    [Theory, MemberData(nameof(Purposes))]
    public async Task X509_S4_4_a_leaf_for_the_other_side_of_tls_proves_nothing(string path, string purpose, bool isTaken)
    {
        var usage = new X509EnhancedKeyUsageExtension(new OidCollection { new Oid(purpose) }, critical: false);
        await _mesh.RenewAsync(path, response => response.Svids[0] = _mesh.Domain.Issue(path, change: shape => shape with { Extra = [usage] }));
        string? refusal = null;
        var handshake = HandshakeAsync(
            SpiffeTls.CreateServerOptions(_mesh["/server"], Client),
            SpiffeTls.CreateClientOptions(_mesh["/client"], Server, "", onPeer: null, why => refusal = why));
        if (isTaken)
        {
            await handshake;
            return;
        }

        await Assert.ThrowsAnyAsync<Exception>(() => handshake);
        var refusals = string.Join('\n', _mesh.LogOf("/server").Entries.Where(entry => entry.EventId == 705).Select(entry => entry.Message)) + refusal;
        Assert.Contains(path == "/client" ? "is not for clients" : "is not for servers", refusals, StringComparison.Ordinal);
    }

    [Fact]
    public void Options_are_not_made_without_an_svid_or_a_matcher()
    {
        Assert.Throws<ArgumentNullException>(() => SpiffeTls.CreateServerOptions(_mesh["/server"], null!));
        Assert.Throws<ArgumentNullException>(() => SpiffeTls.CreateServerOptionsCallback(_mesh["/server"], null!));
        Assert.Throws<ArgumentNullException>(() => SpiffeTls.CreateClientOptions(_mesh["/client"], null!));
        _clock.Advance(TimeSpan.FromHours(2));
        Assert.Throws<SvidUnavailableException>(() => SpiffeTls.CreateServerOptions(_mesh["/server"], Client));
        Assert.Throws<SvidUnavailableException>(() => SpiffeTls.CreateClientOptions(_mesh["/client"], Server));
    }

    private async Task<string> RefusalAsync(SslServerAuthenticationOptions server, SslClientAuthenticationOptions client)
    {
        var refused = await Assert.ThrowsAnyAsync<Exception>(() => HandshakeAsync(server, client));
        Assert.True(refused is AuthenticationException or IOException);
        return string.Join('\n', _mesh.LogOf("/server").Entries.Where(entry => entry.EventId == 705).Select(entry => entry.Message));
    }

    private static Task HandshakeAsync(SslServerAuthenticationOptions server, SslClientAuthenticationOptions client, SslProtocols? protocol = null)
    {
        if (protocol is { } only)
        {
            client.EnabledSslProtocols = only;
        }

        return HandshakeAsync(stream => stream.AuthenticateAsServerAsync(server), stream => stream.AuthenticateAsClientAsync(client));
    }

    private static async Task HandshakeAsync(Func<SslStream, Task> server, Func<SslStream, Task> client)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var outgoing = new TcpClient();
        await outgoing.ConnectAsync((IPEndPoint)listener.LocalEndpoint);
        using var incoming = await listener.AcceptTcpClientAsync();
        await using var serverStream = new SslStream(incoming.GetStream());
        await using var clientStream = new SslStream(outgoing.GetStream());

        // One side's failure must not leave the other waiting.
        async Task WithEndAsync(Func<SslStream, Task> authenticate, SslStream stream, TcpClient connection)
        {
            try
            {
                await authenticate(stream);
            }
            catch
            {
                connection.Close();
                throw;
            }
        }

        var both = new[] { WithEndAsync(server, serverStream, incoming), WithEndAsync(client, clientStream, outgoing) };
        await Task.WhenAll(both);

        // In TLS 1.3 a client learns only by reading whether it was let in.
        await serverStream.WriteAsync(new byte[1]);
        Assert.Equal(1, await clientStream.ReadAsync(new byte[1]));
    }
}
