using System.IO;
using System.Text.Json;
using Grpc.Net.Client;
using MeshCA.Admin;
using MeshCA.Admin.Federation;
using MeshCA.Authorities;
using MeshCA.Consumers;
using MeshCA.IntegrationTests.Running;
using MeshCA.Wire.Admin;
using Xunit;

namespace MeshCA.IntegrationTests.Federating;

/// <summary>A trust domain of its own with an endpoint for its bundle, and its administrators.</summary>
internal sealed class FederatedHome : IAsyncDisposable
{
    private TestMesh? _mesh;
    private GrpcChannel? _channel;

    public FederatedHome(string trustDomain, params (string Key, string Value)[] settings)
    {
        TrustDomain = trustDomain;
        Home = new MeshHome(
        [
            ("Mesh:TrustDomain", trustDomain),
            ("BundleEndpoint:Address", "127.0.0.1"), ("BundleEndpoint:SpiffePort", "0"),
            ("Federation:ShortestInterval", "00:00:01"),
            ("Rotation:PropagationWindow", "00:00:02"), ("Rotation:SettleTime", "00:00:01"), ("Rotation:CheckInterval", "00:00:00.2"),
            .. settings,
        ]);
        Home.Set(("Server:AdminSocket", Socket));
    }

    public string TrustDomain { get; }

    public MeshHome Home { get; }

    public TestMesh Mesh => _mesh ?? throw new InvalidOperationException("not started");

    public string Socket => Home.File("run/admin.sock");

    public Uri Endpoint => Mesh.SpiffeBundleAddress ?? throw new InvalidOperationException("closed");

    public string EndpointId => $"spiffe://{TrustDomain}/meshca/bundle-endpoint";

    public long Published => (long)Mesh.Part<IAuthoritySnapshots>().Current!.BundleSequence;

    public MeshCA.Wire.Admin.Federation.FederationClient Federation => new(_channel);

    public MeshCA.Wire.Admin.Authorities.AuthoritiesClient Authorities => new(_channel);

    public static async Task<FederatedHome> StartAsync(string trustDomain, params (string Key, string Value)[] settings)
    {
        var home = new FederatedHome(trustDomain, settings);
        await home.StartAsync();
        return home;
    }

    public async Task StartAsync()
    {
        _mesh = await Home.StartAsync();
        _channel = AdminChannel.Open(Socket);
    }

    public async Task StopAsync()
    {
        _channel?.Dispose();
        await Mesh.CloseAsync();
        _mesh = null;
    }

    /// <summary>Runs a command of the command line, and must succeed.</summary>
    public async Task<string> OrderAsync(params string[] arguments)
    {
        var (code, output) = await RunAsync(arguments);
        Assert.True(code == ExitCode.Ok, $"{code}: {output}");
        return output;
    }

    /// <summary>Runs a command of the command line.</summary>
    public async Task<(ExitCode Code, string Output)> RunAsync(params string[] arguments)
    {
        await using var output = new StringWriter();
        await using var errors = new StringWriter();
        var console = new AdminConsole(() => Stream.Null, output, errors);
        IAdminVerb[] verbs =
        [
            new FederationAddVerb(), new FederationInviteVerb(), new FederationListVerb(), new FederationRefreshVerb(), new FederationRemoveVerb(),
            new FederationShowVerb(),
        ];
        var code = await new AdminCommandLine(console, verbs).RunAsync([.. arguments, "--socket", Socket], TestContext.Current.CancellationToken);
        return ((ExitCode)code, output + errors.ToString());
    }

    /// <summary>Federates with another by its invitation, as two administrators do it.</summary>
    public async Task AcceptInvitationAsync(FederatedHome other)
    {
        await File.WriteAllTextAsync(Home.File("invitation.json"), await other.OrderAsync("federation", "invite", TrustDomain, "--url", other.Endpoint.ToString()));
        await OrderAsync("federation", "add", "--invitation", Home.File("invitation.json"), "--reason", "partners");
    }

    /// <summary>How it stands with another.</summary>
    public async Task<FederatedPeer> PeerAsync(string trustDomain) =>
        (await Federation.ShowAsync(new ShowFederationRequest { TrustDomain = trustDomain })).Peer;

    /// <summary>The other as a consumer of our bundle; null: it is none yet.</summary>
    public MeshCA.Consumers.Consumer? ConsumerOf(string trustDomain) => Mesh.Part<ConsumerRegistry>().Live()
        .SingleOrDefault(consumer => consumer.Kind == MeshCA.Consumers.ConsumerKind.Peer && consumer.Identity == $"spiffe://{trustDomain}");

    public async Task<string> PhaseAsync() =>
        (await Authorities.GetRotationAsync(new GetRotationRequest())).Record?.Phase ?? "";

    /// <summary>The key of a peer's path, out of its invitation.</summary>
    public async Task<Uri> InviteAsync(string trustDomain)
    {
        using var invitation = JsonDocument.Parse(await OrderAsync("federation", "invite", trustDomain, "--url", Endpoint.ToString()));
        return new Uri(invitation.RootElement.GetProperty("url").GetString()!);
    }

    public async ValueTask DisposeAsync()
    {
        if (_mesh is not null)
        {
            await StopAsync();
        }

        Home.Dispose();
    }
}
