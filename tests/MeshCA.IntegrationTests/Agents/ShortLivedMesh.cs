using Grpc.Net.Client;
using MeshCA.Admin;
using MeshCA.IntegrationTests.Running;
using MeshCA.Wire.Admin;
using SpiffeIdentity.WorkloadApi;

namespace MeshCA.IntegrationTests.Agents;

/// <summary>A service whose leaves live for seconds, and agents that serve workloads, all in this process.</summary>
internal sealed class ShortLivedMesh : IAsyncDisposable
{
    private static readonly TimeSpan RotationPatience = TimeSpan.FromSeconds(120);

    private readonly List<TestAgent> _agents = [];
    private readonly MeshHome _home;
    private TestMesh? _mesh;
    private GrpcChannel? _admin;

    private ShortLivedMesh(MeshHome home) => _home = home;

    /// <summary>The service.</summary>
    public TestMesh Mesh => _mesh ?? throw new InvalidOperationException("not started");

    private MeshCA.Wire.Admin.Authorities.AuthoritiesClient Authorities => new(_admin);

    public static async Task<ShortLivedMesh> StartAsync(params (string Key, string Value)[] settings)
    {
        var home = new MeshHome(
        [
            ("Authorities:IntermediateLifetime", "00:05:00"), ("Authorities:RootLifetime", "01:00:00"),
            ("Issuance:DefaultLifetime", "00:00:12"), ("Issuance:MaxLifetime", "00:02:00"), ("Issuance:AuthorityFloor", "00:00:01"),
            ("Rotation:PropagationWindow", "00:00:02"), ("Rotation:SettleTime", "00:00:01"), ("Rotation:CheckInterval", "00:00:00.2"),
            ("Limits:IdentityBurst", "100000"), ("Limits:IdentityRatePerSecond", "100000"),
            ("Rotation:HoldOverdueShare", "1"), ("Rotation:HoldFailureShare", "1"),
            ("BundleEndpoint:Address", "127.0.0.1"), ("BundleEndpoint:SpiffePort", "0"),
            .. settings,
        ]);
        home.Set(("Server:AdminSocket", home.File("run/admin.sock")));
        var all = new ShortLivedMesh(home);
        try
        {
            all._mesh = await home.StartAsync();
            all._admin = AdminChannel.Open(home.File("run/admin.sock"));
            return all;
        }
        catch
        {
            await all.DisposeAsync();
            throw;
        }
    }

    /// <summary>The SPIFFE ID of an account.</summary>
    public static string IdOf(string account) => $"spiffe://cluster.local/ns/shop/sa/{account}";

    /// <summary>Where an agent serves workloads.</summary>
    public static string SocketOf(TestAgent agent) => agent.Home.File("public/agent.sock");

    /// <summary>Our client's source of an agent's identity.</summary>
    public static Task<X509Source> SourceOfAsync(TestAgent agent) => X509Source.CreateAsync(new X509SourceOptions { Address = "unix://" + SocketOf(agent) });

    /// <summary>Starts an agent of an account, and waits until it has an SVID and the bundle.</summary>
    public async Task<TestAgent> AgentAsync(string account, Action<AgentHome>? change = null)
    {
        var home = new AgentHome(("Agent:Lifetime", "00:00:12"));
        home.Set(("Workloads:Socket", home.File("public/agent.sock")));
        change?.Invoke(home);
        await home.PointToAsync(Mesh, account);
        var agent = await home.StartAsync();
        _agents.Add(agent);
        await agent.StateAsync(state => state is { Svids.Length: 1, Bundle: not null }, "an SVID and the bundle");
        return agent;
    }

    /// <summary>Begins a rotation of the root.</summary>
    public async Task BeginRotationAsync() => await Authorities.BeginRotationAsync(new BeginRotationRequest { Reason = "test" });

    /// <summary>How far the rotation is.</summary>
    public async Task<string> PhaseAsync() => (await Authorities.GetRotationAsync(new GetRotationRequest())).Record?.Phase ?? "";

    /// <summary>Does something over and over until the rotation is over and each agent knows the new root alone, and once more.</summary>
    public async Task WhileRotatingAsync(Func<Task> act)
    {
        await BeginRotationAsync();
        await Eventually.TrueAsync(
            async () =>
            {
                await act();
                return await PhaseAsync() == "completed" && _agents.TrueForAll(agent => agent.State.Bundle!.X509.Authorities.Count == 1);
            },
            "the end of the rotation", RotationPatience);
        await act();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var agent in _agents)
        {
            await agent.DisposeAsync();
            agent.Home.Dispose();
        }

        _admin?.Dispose();
        await (_mesh?.CloseAsync() ?? Task.CompletedTask);
        _home.Dispose();
    }
}
