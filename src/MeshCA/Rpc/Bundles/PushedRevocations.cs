using MeshCA.Revocations;
using MeshCA.Revocations.Lists;
using MeshCA.Wire.Identity;

namespace MeshCA.Rpc.Bundles;

/// <summary>Bans and lists at one moment as streams send them: made once for all streams, and replaced with the next.</summary>
internal sealed class PushedRevocations : IPushedState
{
    private readonly IReadOnlyList<(string Authority, string Number)> _numbers;
    private readonly bool _isComplete;

    /// <summary>Makes the messages.</summary>
    /// <param name="snapshot">Bans, and the lists that were signed here.</param>
    /// <param name="catalog">What is handed out: has the lists of authorities whose keys are elsewhere.</param>
    /// <param name="now">Bans that have ended are left out.</param>
    public PushedRevocations(RevocationSnapshot snapshot, ListCatalog catalog, DateTimeOffset now)
    {
        (Snapshot, Catalog) = (snapshot, catalog);

        // The catalog is replaced a moment after the snapshot: of an authority that is in both, the snapshot has the newer list.
        var lists = snapshot.Lists.Concat(catalog.Lists).DistinctBy(list => list.Authority).ToList();
        _numbers = [.. lists.Select(list => (list.Authority, list.Number))];
        _isComplete = catalog.IsComplete;
        Messages = RevocationMessages.Of(snapshot, lists, _isComplete, now);
    }

    /// <summary>The bans it is made of.</summary>
    public RevocationSnapshot Snapshot { get; }

    /// <summary>The lists it is made of.</summary>
    public ListCatalog Catalog { get; }

    /// <summary>The parts, in their order; never changed.</summary>
    public IReadOnlyList<WatchResponse> Messages { get; }

    /// <inheritdoc />
    public long? RevocationRevision => Snapshot.Revision;

    /// <summary>Whether a stream that has sent one need not send the other.</summary>
    public bool SaysTheSameAs(PushedRevocations other) =>
        Snapshot.Revision == other.Snapshot.Revision && _isComplete == other._isComplete && _numbers.SequenceEqual(other._numbers);
}
