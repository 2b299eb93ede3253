using MeshCA.Auditing;
using MeshCA.Authorities;
using MeshCA.Cryptography;
using MeshCA.Revocations;

namespace MeshCA.Storage.Sharing;

/// <summary>Brings the authorities of a replica's own store to where the shared state is; pure.</summary>
internal static class StateMirror
{
    /// <summary>Why a store cannot follow a shared state; null where it can.</summary>
    /// <remarks>
    /// A store's copy is made after the secret is written, so nothing in it may be newer: bans that an older secret lacks would be lifted, and
    /// peers that were taken out trusted again. JWT keys leave the secret some time after the bundle (<see cref="SharedState.JwtKeyMemory"/>); a
    /// store may remember them.
    /// </remarks>
    /// <param name="local">The store's authorities.</param>
    /// <param name="revocations">Revision of the store's revocations.</param>
    /// <param name="federation">Revision of its federated peers.</param>
    /// <param name="shared">The shared state.</param>
    public static string? Conflict(AuthoritySet local, long revocations, long federation, SharedState shared)
    {
        const string Remedy = "restore the secret, or delete it to have it written anew from this store";
        var known = shared.Authorities.Authorities.Select(record => record.Id).ToHashSet();
        var newestJwtKey = shared.Authorities.Authorities.Where(record => record.Kind == AuthorityKind.JwtKey).Max(record => (DateTimeOffset?)record.CreatedAt)
            ?? DateTimeOffset.MaxValue;
        var foreign = local.Authorities
            .Where(record => !known.Contains(record.Id) && !(record.Kind == AuthorityKind.JwtKey && record.CreatedAt < newestJwtKey))
            .Select(record => record.Id)
            .ToList();
        return (local.Revision > shared.Authorities.Revision, foreign) switch
        {
            (true, _) => $"the secret holds revision {shared.Authorities.Revision} of the authorities, which is older than revision {local.Revision} of this store: {Remedy}",
            (_, { Count: > 0 }) => $"the store holds authorities that the secret lacks ({string.Join(", ", foreign)}): they are not of one history; "
                + "start with an empty store, or delete the secret to have it written from this store",
            _ when revocations > shared.Revocations.Revision =>
                $"the secret holds revision {shared.Revocations.Revision} of the revocations, which is older than revision {revocations} of this store: {Remedy}",
            _ when federation > shared.Federation.Revision =>
                $"the secret holds revision {shared.Federation.Revision} of the federated peers, which is older than revision {federation} of this store: {Remedy}",
            _ => null,
        };
    }

    /// <summary>What an audit says of revocations that come with no record, or with that of the last of several changes; null where each has its own.</summary>
    /// <param name="local">The store's revocations.</param>
    /// <param name="shared">The shared ones, newer.</param>
    /// <param name="audit">The records that come with them.</param>
    /// <param name="now">The time.</param>
    public static AuditEvent? ImportOf(StoredRevocations local, StoredRevocations shared, IReadOnlyList<AuditEvent> audit, DateTimeOffset now) =>
        audit.Count > 0 && local.Revision + 1 == shared.Revision
            ? null
            : new()
            {
                Time = now,
                Action = "revocations.imported",
                Actor = "system",
                Target = "revocations",
                Outcome = "ok",
                Detail = $"revision {local.Revision} became {shared.Revision} of the secret",
            };

    /// <summary>The change that makes the store's authorities those of the shared state; null where they are.</summary>
    /// <param name="local">The store's authorities, without conflict.</param>
    /// <param name="shared">The shared ones.</param>
    /// <param name="openKey">Opens a private key of the shared state; the caller disposes of them.</param>
    /// <param name="now">The time.</param>
    public static AuthorityChange? Plan(AuthoritySet local, AuthoritySet shared, Func<AuthorityRecord, Pkcs8PrivateKey?> openKey, DateTimeOffset now)
    {
        if (local.Revision == shared.Revision)
        {
            return null;
        }

        var held = local.Authorities.ToDictionary(record => record.Id);
        var added = shared.Authorities.Where(record => !held.ContainsKey(record.Id)).ToList();
        var kept = shared.Authorities.Where(record => held.ContainsKey(record.Id)).ToList();
        var left = local.Authorities
            .Where(record => record is { Kind: AuthorityKind.JwtKey, State: AuthorityState.Prepared or AuthorityState.Active or AuthorityState.Old }
                && shared.Authorities.All(other => other.Id != record.Id))
            .Select(record => record.Id);
        var renewed = kept.Where(record => !record.Certificate.Span.SequenceEqual(held[record.Id].Certificate.Span)).ToList();
        return new AuthorityChange
        {
            ExpectedRevision = local.Revision,
            Becomes = new AuthorityNumbers(shared.Revision, shared.BundleSequence),
            Added = added,
            KeysToSeal = added.Concat(renewed)
                .Select(record => (record.Id, Key: openKey(record)))
                .Where(pair => pair.Key is not null)
                .ToDictionary(pair => pair.Id, pair => pair.Key!), // not null: just asked
            Moved = kept.Where(record => record.State != held[record.Id].State).Select(record => (record.Id, record.State))
                .Concat(left.Select(id => (Id: id, State: AuthorityState.Retired)))
                .ToDictionary(moved => moved.Id, moved => moved.State),
            Tainted = [.. kept.Where(record => record.TaintedAt is not null && held[record.Id].TaintedAt is null).Select(record => record.Id)],
            Renewed = renewed.ToDictionary(record => record.Id, record => record.Certificate),
            Rotation = shared.Rotation,
            ChangesBundle = local.BundleSequence != shared.BundleSequence,
            Audit = new AuditEvent
            {
                Time = now,
                Action = "authorities.imported",
                Actor = "system",
                Target = shared.Authorities.LastOrDefault(record => record is { Kind: AuthorityKind.Root, State: AuthorityState.Active })?.Id ?? "",
                Outcome = "ok",
                Detail = $"revision {local.Revision} became {shared.Revision} of the secret",
            },
        };
    }
}
