using System.IO;
using AuthzEngine.Evaluation;
using AuthzEngine.Requests;
using MeshCA.Policies;
using Xunit;

namespace MeshCA.IntegrationTests.PolicySources;

/// <summary>Snapshots that change while decisions are made.</summary>
public sealed class SwapTests : IDisposable
{
    private const string Cart = "spiffe://cluster.local/ns/shop/sa/cart";

    private readonly PolicyHome _home = new();

    public void Dispose() => _home.Dispose();

    [Fact]
    public async Task Swaps_under_load_drop_no_decision_and_every_decision_is_of_one_revision()
    {
        // Each revision denies its own path and the common one; no revision ever lets the common one through.
        _home.Write("a.yaml", Denying(0));
        await File.WriteAllTextAsync(
            _home.Home.File("inventory.yaml"),
            "workloads: [{namespace: shop, name: cart, serviceAccount: cart}]",
            TestContext.Current.CancellationToken);
        _home.Home.Set(("Policies:InventoryFile", _home.Home.File("inventory.yaml")));
        await using var mesh = await _home.StartAsync();
        await mesh.BecomesAsync("always p0");
        var snapshots = mesh.Part<IPolicySnapshots>();
        using var ended = new CancellationTokenSource();
        var load = Enumerable.Range(0, 2).Select(_ => Task.Run(() => Decide(snapshots, ended.Token))).ToList();

        for (var i = 1; i <= 20; i++)
        {
            _home.Write("a.yaml", Denying(i));
            await mesh.BecomesAsync($"always p{i}");
        }

        await ended.CancelAsync();
        var decided = await Task.WhenAll(load);
        Assert.All(decided, decisions => Assert.True(decisions.Count > 0 && decisions.Wrong == 0, $"{decisions}"));
        Assert.True(decided.Max(decisions => decisions.Revisions) > 5, string.Join(", ", decided));
    }

    private static string Denying(int number) => PolicyHome.Deny("always") + PolicyHome.Deny($"p{number}", $"/p{number}");

    private static (int Count, int Wrong, int Revisions) Decide(IPolicySnapshots snapshots, CancellationToken cancellationToken)
    {
        var (count, wrong, revisions, last) = (0, 0, 0, 0L);
        while (!cancellationToken.IsCancellationRequested)
        {
            var snapshot = snapshots.Current!;
            var number = snapshot.Resources.InForce.Resources.Single(resource => resource.Id.Name != "always").Id.Name;
            var isRight = snapshot.Workloads.TryFind(Cart, out var cart)
                && cart.Policies.Decide(Request("/admin")).Verdict == Verdict.Deny
                && cart.Policies.Decide(Request($"/{number}")).Verdict == Verdict.Deny
                && cart.Policies.Decide(Request("/else")).Verdict == Verdict.Allow;
            count++;
            wrong += isRight && snapshot.Revision >= last ? 0 : 1;
            revisions += snapshot.Revision > last ? 1 : 0;
            last = snapshot.Revision;
        }

        return (count, wrong, revisions);
    }

    private static RequestAttributes Request(string path) =>
        new() { Protocol = RequestProtocol.Http, DestinationPort = 8080, Path = path, Method = "GET" };
}
