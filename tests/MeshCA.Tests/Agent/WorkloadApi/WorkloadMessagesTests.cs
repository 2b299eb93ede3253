using System.Collections.Immutable;
using MeshCA.Agent.Registration;
using MeshCA.Agent.Views;
using MeshCA.Agent.WorkloadApi;
using Spiffe.Wire.Workload;
using TestSupport;
using Xunit;

namespace MeshCA.Tests.Agent.WorkloadApi;

public sealed class WorkloadMessagesTests : IDisposable
{
    private const int MostThatClientsTake = 4 * 1024 * 1024;
    private const string Web = "spiffe://cluster.local/ns/shop/sa/web";

    private readonly SampleIdentities _own = new();

    public void Dispose() => _own.Dispose();

    // spiffe.md §5.4: gRPC's default limit, in every client.
    [Theory]
    [InlineData(1, 0, 0)]
    [InlineData(1_024, 0, 0)]
    [InlineData(1_024, 60, 1024 * 1024)]
    [InlineData(500, 60, 1024 * 1024)]
    [InlineData(112, 60, 1024 * 1024)]
    [InlineData(1, 60, 1024 * 1024)]
    public void However_much_there_is_no_message_is_larger_than_clients_take(int identities, int federated, int lists)
    {
        var entries = Enumerable.Range(0, identities).Select(i => SampleIdentities.Entry($"e{i}") with { Hint = new string('h', 1_000) + i }).ToImmutableArray();
        var held = _own.Hold(entries[0], "spiffe://cluster.local/" + new string('x', 2_000));
        var bundle = SampleIdentities.Large("cluster.local", 1_000);
        var state = _own.State(1, [.. entries.Select(entry => held with { Entry = entry })]) with
        {
            Bundle = bundle,
            Federated = Enumerable.Range(0, federated).Select(i => SampleIdentities.Large($"d{i:d2}.example", 50_000)).ToImmutableDictionary(each => each.TrustDomain),
            RevocationLists = [new byte[lists]],
        };
        var view = new WorkloadView(state, new EntrySelection(entries));

        var response = WorkloadMessages.X509Svids(view);
        Assert.InRange(response.CalculateSize(), 1, MostThatClientsTake);
        Assert.InRange(response.Svids.Count, Math.Min(identities, 300), identities);
        Assert.Equal(response.Svids.Select((_, i) => entries[i].Hint), response.Svids.Select(svid => svid.Hint));
        Assert.InRange(response.FederatedBundles.Count, federated > 0 ? 5 : 0, federated);
        Assert.Equal(lists, response.Crl.Sum(list => list.Length));
        Assert.InRange(WorkloadMessages.X509Bundles(view).CalculateSize(), 1, MostThatClientsTake);
    }

    [Theory]
    [InlineData(10_000, 3)]
    [InlineData(400, 3)]
    [InlineData(300, 2)]
    [InlineData(1, 1)]
    public void Tokens_come_in_their_order_as_many_as_fit_and_the_default_ones_always(int room, int expected)
    {
        var tokens = Enumerable.Range(0, 3).Select(i => new JWTSVID { SpiffeId = Web, Svid = new string('t', 80), Hint = $"{i}" }).ToList();
        Assert.Equal(["0", "1", "2"], tokens.Select(token => token.Hint));
        Assert.Equal(tokens[..expected], WorkloadMessages.JwtSvids(tokens, room).Svids);
    }
}
