using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using MeshCA.IntegrationTests.Running;
using TestSupport;
using Xunit;

namespace MeshCA.IntegrationTests.Issuing;

/// <summary>Two workloads talk with what they were issued: .NET on one side, the openssl command on the other.</summary>
public sealed class MutualTlsTests(MeshServerFixture fixture) : IClassFixture<MeshServerFixture>
{
    private readonly TestMesh _mesh = fixture.Mesh;

    [Theory]
    [InlineData("-tls1_3")]
    [InlineData("-tls1_2")]
    public async Task Two_issued_leaves_authenticate_each_other(string version)
    {
        using var directory = new TemporaryDirectory();
        using var serverKey = WorkloadKey.P256();
        using var clientKey = WorkloadKey.Rsa();
        var server = await AskAsync(serverKey, "server");
        var client = await AskAsync(clientKey, "client");
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var accepted = AcceptAsync(listener, serverKey.Join(server.Leaf), server);

        await System.IO.File.WriteAllTextAsync(directory.File("leaf.pem"), client.Elements[0]);
        await System.IO.File.WriteAllTextAsync(directory.File("key.pem"), clientKey.ToPem());
        await System.IO.File.WriteAllTextAsync(directory.File("chain.pem"), client.IntermediatesPem);
        await System.IO.File.WriteAllTextAsync(directory.File("bundle.pem"), client.Elements[^1]);
        var output = await OpenSsl.RunAsync(
            "s_client", version, "-brief", "-verify_return_error", "-verify", "5", "-x509_strict",
            "-connect", $"127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}", "-CAfile", directory.File("bundle.pem"),
            "-cert", directory.File("leaf.pem"), "-key", directory.File("key.pem"), "-cert_chain", directory.File("chain.pem"));
        Assert.Contains("Verification: OK", output, StringComparison.Ordinal);
        Assert.Equal(client.Leaf.SerialNumber, (await accepted).SerialNumber);
    }

    private static async Task<X509Certificate2> AcceptAsync(TcpListener listener, X509Certificate2 certificate, CsrAnswer answer)
    {
        using var connection = await listener.AcceptTcpClientAsync(TestContext.Current.CancellationToken);
        await using var tls = new SslStream(connection.GetStream());
        await tls.AuthenticateAsServerAsync(
            new SslServerAuthenticationOptions
            {
                ServerCertificateContext = SslStreamCertificateContext.Create(certificate, [.. answer.Middle], offline: true),
                ClientCertificateRequired = true,
                RemoteCertificateValidationCallback = (_, shown, chain, _) =>
                    shown is X509Certificate2 leaf
                    && ChainFault.Find(leaf, chain!.ChainPolicy.ExtraStore, answer.Bundle, TimeProvider.System.GetUtcNow()).Length == 0,
            },
            TestContext.Current.CancellationToken);

        // To the end of the stream: a client that is refused would not close it in order.
        Assert.Equal(0, await tls.ReadAsync(new byte[1], TestContext.Current.CancellationToken));
        return X509CertificateLoader.LoadCertificate(Assert.IsType<X509Certificate2>(tls.RemoteCertificate).RawData);
    }

    private async Task<CsrAnswer> AskAsync(WorkloadKey key, string account)
    {
        using var client = _mesh.Connect();
        return await client.AskAsync(key.Csr(), new Ask { Token = _mesh.Home.Token(account) });
    }
}
