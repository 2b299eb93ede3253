using System.Collections.Immutable;
using MeshCA.Agent.Registration;
using MeshCA.Agent.Views;
using MeshCA.Agent.WorkloadApi;
using Microsoft.Extensions.Logging;
using TestSupport;
using Xunit;

namespace MeshCA.Tests.Agent.WorkloadApi;

public sealed class LeftOutIdentitiesTests : IDisposable
{
    private static readonly WorkloadPeer Peer = new(1, 1000, 100);

    private readonly SampleIdentities _own = new();
    private readonly RecordingLogger _log = new();
    private readonly ImmutableArray<RegistrationEntry> _entries =
        [.. Enumerable.Range(0, FittingIdentities.Usual + 8).Select(i => SampleIdentities.Entry($"e{i:d3}"))];

    private readonly LeftOutIdentities _leftOut;

    public LeftOutIdentitiesTests() => _leftOut = new(_log.CreateLogger<LeftOutIdentities>());

    public void Dispose()
    {
        _own.Dispose();
        _log.Dispose();
    }

    [Fact]
    public void Are_told_once_for_all_that_have_the_same_entries_and_again_when_it_is_another_number()
    {
        var selection = new EntrySelection(_entries);
        foreach (var held in new[] { FittingIdentities.Usual, FittingIdentities.Usual + 2, FittingIdentities.Usual + 2, FittingIdentities.Usual + 8, 1, FittingIdentities.Usual + 8 })
        {
            _leftOut.TellIdentities(Peer, ViewOf(held, selection));
        }

        Assert.Equal(["2 of 626", "8 of 632", "8 of 632"], Told(9540));
        _leftOut.TellIdentities(Peer, ViewOf(FittingIdentities.Usual + 2, new EntrySelection(_entries)));
        Assert.Equal(4, Told(9540).Count());
        Assert.EndsWith("user 1000, group 100 do not fit into a message of the Workload API and are left out, the last ones of the registration: e624, e625", _log.Entries[^1].Message);
    }

    [Fact]
    public void Bundles_that_many_identities_leave_no_room_for_are_told_too()
    {
        var selection = new EntrySelection(_entries);
        var federated = Enumerable.Range(0, 3).Select(i => SampleIdentities.Large($"d{i}.example", 400 * 1024)).ToImmutableDictionary(bundle => bundle.TrustDomain);
        foreach (var held in new[] { 1, FittingIdentities.Usual, FittingIdentities.Usual })
        {
            var view = ViewOf(held, selection);
            _leftOut.TellIdentities(Peer, new(view.State with { Federated = federated }, selection));
        }

        Assert.Equal("the bundles of 2 other", Assert.Single(_log.Entries).Message.Split("room for ")[1][..22]);
        Assert.Equal(9543, _log.Entries[0].EventId);
    }

    [Fact]
    public void Tokens_are_told_by_themselves()
    {
        var view = ViewOf(3, new EntrySelection(_entries));
        foreach (var leftOut in new[] { 0, 1, 1, 2 })
        {
            _leftOut.TellTokens(Peer, view, leftOut);
        }

        Assert.Equal(["1 of 3", "2 of 3"], Told(9542));
        Assert.Empty(Told(9540));
    }

    private IEnumerable<string> Told(int eventId) => _log.Entries.Where(entry => entry.EventId == eventId)
        .Select(entry => string.Join(' ', entry.Message.Split(' ')[1..4]));

    private WorkloadView ViewOf(int held, EntrySelection selection)
    {
        var svid = _own.Hold(_entries[0], "spiffe://cluster.local/web");
        return new(_own.State(1, [.. _entries.Take(held).Select(entry => svid with { Entry = entry })]), selection);
    }
}
