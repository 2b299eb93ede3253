using System.Security.Cryptography;
using Grpc.Core;
using MeshCA.IntegrationTests.Running;
using Xunit;

namespace MeshCA.IntegrationTests.Authenticating;

/// <summary>Client certificates that this service did not issue, from the right root and from a wrong one.</summary>
public sealed class ForeignCertificateTests : IAsyncLifetime
{
    private const string Identity = "spiffe://cluster.local/ns/shop/sa/cart";
    private readonly OperatorAuthority _root = OperatorAuthority.Root("root 1");
    private readonly OperatorAuthority _signer;
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private TestMesh? _mesh;

    public ForeignCertificateTests() => _signer = _root.Below("signer");

    private TestMesh Mesh => _mesh ?? throw new InvalidOperationException("the service is not started yet");

    public async ValueTask InitializeAsync()
    {
        var home = new MeshHome();
        new PluginFiles(home.File("cacerts")).WriteIstio(_signer, _signer.Pem, _root.Pem);
        home.Set(("Authorities:PluginDirectory", home.File("cacerts")));
        _mesh = await home.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        _key.Dispose();
        await Mesh.DisposeAsync();
    }

    [Fact]
    public async Task A_serial_that_the_journal_does_not_know_is_refused_with_the_opaque_message()
    {
        using var client = Mesh.Connect(_signer.Leaf(_key, Identity), [_signer.Certificate]);
        var status = await client.RefusalOfAsync(new Ask());
        Assert.Equal((StatusCode.Unauthenticated, "request authenticate failure"), (status.StatusCode, status.Detail));
    }

    public static TheoryData<string[]> WrongNames() =>
    [
        new([]) { Label = "no URI" },
        new([Identity, "spiffe://cluster.local/ns/shop/sa/admin"]) { Label = "two URIs" },
        new([Identity, Identity]) { Label = "the same URI twice" },
        new(["spiffe://elsewhere/ns/shop/sa/cart"]) { Label = "another trust domain" },
        new(["https://cluster.local/ns/shop/sa/cart"]) { Label = "no SPIFFE ID" },
    ];

    [Theory]
    [MemberData(nameof(WrongNames))]
    public async Task A_certificate_without_exactly_one_identity_of_ours_fails_the_handshake(string[] uris)
    {
        using var client = Mesh.Connect(_signer.Leaf(_key, uris), [_signer.Certificate]);
        await FailsToConnectAsync(client);
    }

    [Fact]
    public async Task A_certificate_of_another_ca_with_the_same_names_fails_the_handshake()
    {
        var twin = OperatorAuthority.Root("root 1").Below("signer");
        using var client = Mesh.Connect(twin.Leaf(_key, Identity), [twin.Certificate]);
        await FailsToConnectAsync(client);
    }

    [Fact]
    public async Task A_certificate_that_ended_fails_the_handshake()
    {
        var leaf = _signer.Leaf(_key, Identity);
        await Mesh.ShiftAsync(TimeSpan.FromHours(2));
        using var client = Mesh.Connect(leaf, [_signer.Certificate]);
        await FailsToConnectAsync(client);
    }

    // The whole connection is refused, so a token on it is not heard either.
    private async Task FailsToConnectAsync(MeshClient client) =>
        Assert.Equal(StatusCode.Unavailable, (await client.RefusalOfAsync(new Ask { Token = Mesh.Home.Token() })).StatusCode);
}
