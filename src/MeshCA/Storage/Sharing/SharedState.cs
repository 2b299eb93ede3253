using MeshCA.Authorities;
using MeshCA.Federation;
using MeshCA.Revocations;

namespace MeshCA.Storage.Sharing;

/// <summary>What replicas must agree on: the authorities with their sealed keys, the revocations, the federated peers, and who last took them over.</summary>
internal sealed record SharedState
{
    /// <summary>For how long the secret knows a JWT key that is out of the bundle: such keys come and go, and a secret has an end.</summary>
    public static readonly TimeSpan JwtKeyMemory = TimeSpan.FromDays(30);

    /// <summary>Before anybody wrote one.</summary>
    public static SharedState None { get; } = new();

    /// <summary>The authorities.</summary>
    public AuthoritySet Authorities { get; init; } = new(0, 0, []);

    /// <summary>Their private keys by id, each sealed for its authority and certificate.</summary>
    public IReadOnlyDictionary<string, byte[]> SealedKeys { get; init; } = new Dictionary<string, byte[]>();

    /// <summary>The revocations and their lists.</summary>
    public StoredRevocations Revocations { get; init; } = StoredRevocations.None;

    /// <summary>The federated peers with their bundles.</summary>
    public StoredFederation Federation { get; init; } = StoredFederation.None;

    /// <summary>Who last took it over; null: nobody yet.</summary>
    public Claim? Claim { get; init; }

    /// <summary>The state after a change of the authorities; pure.</summary>
    /// <param name="change">The change, planned on this state.</param>
    /// <param name="sealedKeys">Its keys by authority id.</param>
    public SharedState With(AuthorityChange change, IReadOnlyDictionary<string, byte[]> sealedKeys)
    {
        var added = change.Added.Select(record => record with { StateSince = record.StateSince ?? record.CreatedAt });
        var records = Authorities.Authorities.Select(record => Changed(record, change)).Concat(added).Where(record => !IsForgotten(record, change.Audit.Time)).ToList();
        var known = records.Select(record => record.Id).ToHashSet();
        var keys = SealedKeys.Concat(sealedKeys).Where(key => known.Contains(key.Key)).GroupBy(key => key.Key).ToDictionary(group => group.Key, group => group.Last().Value);
        var revision = Authorities.Revision + 1;
        return this with
        {
            SealedKeys = keys,
            Authorities = new AuthoritySet(
                revision,
                change.ChangesBundle ? revision : Authorities.BundleSequence,
                [.. records.Select(record => record with { HasKey = keys.ContainsKey(record.Id) })])
            {
                Rotation = change.Rotation ?? Authorities.Rotation,
            },
        };
    }

    // Authorities that signed certificates stay, for their lists and their history.
    private static bool IsForgotten(AuthorityRecord record, DateTimeOffset now) =>
        record is { Kind: AuthorityKind.JwtKey, State: AuthorityState.Retired or AuthorityState.Revoked } && (record.StateSince ?? record.CreatedAt) + JwtKeyMemory < now;

    private static AuthorityRecord Changed(AuthorityRecord record, AuthorityChange change)
    {
        var time = change.Audit.Time;
        var moved = change.Moved.TryGetValue(record.Id, out var state) ? record with { State = state, StateSince = time } : record;
        var tainted = change.Tainted.Contains(record.Id) ? moved with { TaintedAt = moved.TaintedAt ?? time } : moved;
        return change.Renewed.TryGetValue(record.Id, out var certificate) ? tainted with { Certificate = certificate } : tainted;
    }
}

/// <summary>Who took the shared state over. Writing it takes the right to change the state from whoever had it before: their version of the secret is none any more.</summary>
/// <param name="Holder">The replica.</param>
/// <param name="Store">The name of the store that its journal is in.</param>
/// <param name="Number">How often the state was taken over.</param>
/// <param name="CoveredSince">Since when every certificate is in that journal.</param>
internal sealed record Claim(string Holder, string Store, long Number, DateTimeOffset CoveredSince);
