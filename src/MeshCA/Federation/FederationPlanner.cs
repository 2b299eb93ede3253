using System.Globalization;
using MeshCA.Auditing;
using MeshCA.Registers;
using MeshCA.Registration;
using SpiffeIdentity;
using SpiffeIdentity.Bundles;
using SpiffeIdentity.Federation;

namespace MeshCA.Federation;

/// <summary>A relationship as it is ordered, its parts checked one by one.</summary>
/// <param name="Relationship">The relationship.</param>
/// <param name="Actor">Who orders it.</param>
/// <param name="Reason">Why, for people.</param>
internal sealed record FederationOrder(FederationRelationship Relationship, string Actor, string Reason)
{
    /// <summary>The first bundle's document, handed over out of band; empty: none.</summary>
    public ReadOnlyMemory<byte> Bootstrap { get; init; }

    /// <summary>The identities that get the bundle; empty: all.</summary>
    public IReadOnlyList<SpiffeIdPrefix> Identities { get; init; } = [];

    /// <summary>Whether it takes the place of a relationship that there is with the same trust domain, whose bundle stays.</summary>
    public bool Replaces { get; init; }
}

/// <summary>A bundle that is to be held.</summary>
/// <param name="Relationship">The relationship that it was fetched by.</param>
/// <param name="Document">The document.</param>
/// <param name="Bundle">The same, read.</param>
/// <param name="Actor">Who takes it: <c>system</c>, or an administrator that overrides.</param>
/// <param name="AcceptsRollback">Whether it is taken whatever its sequence.</param>
/// <param name="Reason">Why, for people; empty for the system's own.</param>
internal sealed record BundleOffer(
    FederationRelationship Relationship, ReadOnlyMemory<byte> Document, TrustBundle Bundle, string Actor, bool AcceptsRollback, string Reason);

/// <summary>Decides what changes of the peers make of them; pure.</summary>
internal static class FederationPlanner
{
    /// <summary>Most peers: each has a bundle that every agent gets.</summary>
    public const int MaxPeers = 256;

    /// <summary>Longest reason that is kept, in characters.</summary>
    public const int MaxReason = 512;

    /// <summary>Most bytes of a bundle document: some 150 roots.</summary>
    public const int MaxDocument = 256 * 1024;

    /// <summary>Most prefixes of identities in one relationship.</summary>
    public const int MaxIdentities = 64;

    /// <summary>Plans a relationship.</summary>
    /// <param name="stored">What is kept.</param>
    /// <param name="order">The relationship.</param>
    /// <param name="own">The trust domains that our own roots speak for.</param>
    /// <param name="now">The present.</param>
    public static FederationPlan Add(StoredFederation stored, FederationOrder order, PermittedTrustDomains own, DateTimeOffset now)
    {
        var relationship = order.Relationship;
        var name = relationship.TrustDomain;
        var before = Find(stored, name);
        if (own.TryFind(name.Name, out _))
        {
            return Refuse(FederationRefusal.OwnTrustDomain, $"`{name}` is our own trust domain, whose bundle comes from nowhere else");
        }

        if (before?.Relationship is not null && !order.Replaces)
        {
            return Refuse(FederationRefusal.AlreadyFederated, $"`{name}` is federated already; a relationship is changed with `replace`");
        }

        if (before is null && stored.Peers.Count >= MaxPeers)
        {
            return Refuse(FederationRefusal.TooMany, string.Create(CultureInfo.InvariantCulture, $"at most {MaxPeers} trust domains are known"));
        }

        var document = order.Bootstrap.IsEmpty && order.Replaces ? before?.Document ?? default : order.Bootstrap;
        if (relationship.IsSelfServing && document.IsEmpty)
        {
            return Refuse(FederationRefusal.NoBundle, $"the endpoint proves itself by the bundle of `{name}`: the first one has to be handed over");
        }

        if (FindRollback(before, order) is { } rollback)
        {
            return Refuse(
                FederationRefusal.BundleRefused,
                $"{rollback}. Without a bundle the one held stays; `federation refresh --bundle-file` takes one whatever its sequence");
        }

        if (relationship.Verifier is { } verifier && !relationship.IsSelfServing && !verifier.Equals(own.Own) && Find(stored, verifier)?.Relationship is null)
        {
            return Refuse(FederationRefusal.VerifierUnknown, $"the endpoint is of `{verifier}`, which is not federated: nothing verifies it");
        }

        var isNew = !document.Span.SequenceEqual((before?.Document ?? default).Span);
        var peer = (before ?? new FederatedPeer { TrustDomain = name, Actor = order.Actor, CreatedAt = now }) with
        {
            Relationship = relationship,
            Identities = order.Identities,
            Document = document,
            AcceptedAt = document.IsEmpty ? null : isNew ? now : before?.AcceptedAt ?? now,
            CheckedAt = isNew ? null : before?.CheckedAt,
            Actor = order.Actor,
        };
        return Planned(
            With(stored, peer),
            peer,
            Event(peer, before?.Relationship is null ? "federation.added" : "federation.replaced", order.Actor, order.Reason, Describe(relationship), now));
    }

    /// <summary>Plans the end of all that there is with a trust domain: its bundle goes with it.</summary>
    /// <param name="stored">What is kept.</param>
    /// <param name="trustDomain">The trust domain.</param>
    /// <param name="actor">Who orders it.</param>
    /// <param name="reason">Why, for people.</param>
    /// <param name="now">The present.</param>
    public static FederationPlan Remove(StoredFederation stored, TrustDomain trustDomain, string actor, string reason, DateTimeOffset now)
    {
        if (Find(stored, trustDomain) is not { } peer)
        {
            return Unknown(trustDomain);
        }

        return stored.Peers.FirstOrDefault(other => other.Relationship is { IsSelfServing: false } relationship && trustDomain.Equals(relationship.Verifier)) is { } needing
            ? Refuse(FederationRefusal.VerifiesAnother, $"the bundle of `{trustDomain}` verifies the endpoint of `{needing.TrustDomain}`: remove that first")
            : Planned(
                stored with { Peers = [.. stored.Peers.Where(other => !other.TrustDomain.Equals(trustDomain))] },
                peer,
                Event(peer, "federation.removed", actor, reason, "its bundle is dropped", now));
    }

    /// <summary>Plans a key by which a peer fetches our bundle; one that it had is void.</summary>
    /// <param name="stored">What is kept.</param>
    /// <param name="trustDomain">The peer's trust domain, known or not.</param>
    /// <param name="own">The trust domains that our own roots speak for.</param>
    /// <param name="keyHash">The key's hash.</param>
    /// <param name="actor">Who orders it.</param>
    /// <param name="reason">Why, for people.</param>
    /// <param name="now">The present.</param>
    public static FederationPlan Invite(
        StoredFederation stored, TrustDomain trustDomain, PermittedTrustDomains own, string keyHash, string actor, string reason, DateTimeOffset now)
    {
        if (own.TryFind(trustDomain.Name, out _))
        {
            return Refuse(FederationRefusal.OwnTrustDomain, $"`{trustDomain}` is our own trust domain");
        }

        var before = Find(stored, trustDomain);
        if (before is null && stored.Peers.Count >= MaxPeers)
        {
            return Refuse(FederationRefusal.TooMany, string.Create(CultureInfo.InvariantCulture, $"at most {MaxPeers} trust domains are known"));
        }

        var peer = (before ?? new FederatedPeer { TrustDomain = trustDomain, Actor = actor, CreatedAt = now }) with { PollKeyHash = keyHash };
        return Planned(
            With(stored, peer),
            peer,
            Event(peer, "federation.invited", actor, reason, before?.PollKeyHash is { Length: > 0 } ? "the key it had is void" : "its polls are counted", now));
    }

    /// <summary>Plans that a fetched bundle takes the place of the one held.</summary>
    /// <param name="stored">What is kept.</param>
    /// <param name="offer">The bundle.</param>
    /// <param name="held">The bundle that <paramref name="stored"/> has, read; null: none.</param>
    /// <param name="now">The present.</param>
    /// <returns>
    /// Refused with <see cref="FederationRefusal.NotFound"/> where the relationship is gone, or another by now: what was fetched by it says nothing any more.
    /// </returns>
    public static FederationPlan Accept(StoredFederation stored, BundleOffer offer, TrustBundle? held, DateTimeOffset now)
    {
        var name = offer.Relationship.TrustDomain;
        if (Find(stored, name) is not { } peer || !IsSame(peer.Relationship, offer.Relationship))
        {
            return Unknown(name);
        }

        switch (BundleUpdate.Judge(held, offer.Bundle, offer.AcceptsRollback))
        {
            case BundleUpdate.Unchanged:
                return new FederationPlan.Nothing(peer);
            case BundleUpdate.Refused(var reason):
                return Refuse(FederationRefusal.BundleRefused, Describe(reason, held, offer.Bundle));
            default:
                var next = peer with { Document = offer.Document, AcceptedAt = now, CheckedAt = now };
                var detail = string.Create(
                    CultureInfo.InvariantCulture,
                    $"sequence {Number(held?.Sequence)} became {Number(offer.Bundle.Sequence)}, {offer.Bundle.X509.Authorities.Count} X.509 and {offer.Bundle.Jwt.Authorities.Count} JWT authorities");
                var action = offer.AcceptsRollback ? "federation.bundle-forced" : "federation.bundle-changed";
                return Planned(With(stored, next), next, Event(next, action, offer.Actor, offer.Reason, detail, now));
        }
    }

    /// <summary>Plans to write down that a bundle was found current; not worth an event of the audit.</summary>
    /// <param name="stored">What is kept.</param>
    /// <param name="trustDomain">Whose.</param>
    /// <param name="now">The present.</param>
    public static FederationPlan Check(StoredFederation stored, TrustDomain trustDomain, DateTimeOffset now) =>
        Find(stored, trustDomain) is not { Relationship: not null } peer
            ? Unknown(trustDomain)
            : new FederationPlan.Planned(With(stored, peer with { CheckedAt = now }), peer with { CheckedAt = now }, []);

    /// <summary>What a refused bundle is refused for, for people.</summary>
    /// <param name="reason">Why.</param>
    /// <param name="held">The bundle held.</param>
    /// <param name="offered">The bundle offered.</param>
    public static string Describe(BundleUpdateRefusal reason, TrustBundle? held, TrustBundle offered) => reason switch
    {
        BundleUpdateRefusal.SequenceWentBack =>
            $"the sequence went back from {Number(held?.Sequence)} to {Number(offered.Sequence)}: a server restored from a backup, or an old copy",
        BundleUpdateRefusal.SequenceStoodStill => $"the authorities changed under the same sequence {Number(offered.Sequence)}",
        BundleUpdateRefusal.SequenceMissing => $"the document has no sequence any more, the bundle held has {Number(held?.Sequence)}",
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    /// <summary>A relationship in one line, for logs and audit: without the URL's path, which may hold the key that the peer gave us.</summary>
    public static string Describe(FederationRelationship relationship) => relationship.EndpointId is { } endpoint
        ? $"https_spiffe {relationship.Url.GetLeftPart(UriPartial.Authority)} as {endpoint}"
        : $"https_web {relationship.Url.GetLeftPart(UriPartial.Authority)}";

    /// <summary>Whether two relationships fetch the same from the same.</summary>
    public static bool IsSame(FederationRelationship? one, FederationRelationship? other) =>
        ReferenceEquals(one, other)
        || (one is not null && other is not null && one.TrustDomain.Equals(other.TrustDomain)
            && one.Url.Equals(other.Url) && one.Profile == other.Profile && Equals(one.EndpointId, other.EndpointId));

    // A bundle that is handed over with a relationship is judged as one that is fetched: an old invitation must not bring a revoked key back.
    private static string? FindRollback(FederatedPeer? before, FederationOrder order)
    {
        var name = order.Relationship.TrustDomain;
        return before is { Document.IsEmpty: false }
            && !order.Bootstrap.IsEmpty
            && SpiffeBundleReader.TryRead(name, before.Document, out var held, out _)
            && SpiffeBundleReader.TryRead(name, order.Bootstrap, out var given, out _)
            && BundleUpdate.Judge(held, given) is BundleUpdate.Refused(var reason)
                ? Describe(reason, held, given)
                : null;
    }

    private static FederatedPeer? Find(StoredFederation stored, TrustDomain trustDomain) =>
        stored.Peers.FirstOrDefault(peer => peer.TrustDomain.Equals(trustDomain));

    private static StoredFederation With(StoredFederation stored, FederatedPeer peer) => stored with
    {
        Peers =
        [
            .. stored.Peers.Where(other => !other.TrustDomain.Equals(peer.TrustDomain)).Append(peer)
                .OrderBy(other => other.TrustDomain.Name, StringComparer.Ordinal),
        ],
    };

    private static FederationPlan.Planned Planned(StoredFederation next, FederatedPeer peer, AuditEvent audit) => new(next, peer, [audit]);

    private static FederationPlan.Refused Refuse(FederationRefusal reason, string detail) => new(reason, detail);

    private static FederationPlan.Refused Unknown(TrustDomain trustDomain) =>
        Refuse(FederationRefusal.NotFound, $"there is no relationship with `{trustDomain}`");

    private static AuditEvent Event(FederatedPeer peer, string action, string actor, string reason, string detail, DateTimeOffset now)
    {
        var why = reason.Length > MaxReason ? reason[..MaxReason] : reason;
        return new()
        {
            Time = now,
            Action = action,
            Actor = actor,
            Target = peer.ConsumerIdentity,
            Outcome = "ok",
            Detail = why.Length > 0 ? $"{why}: {detail}" : detail,
        };
    }

    private static string Number(ulong? sequence) => sequence is { } number ? number.ToString(CultureInfo.InvariantCulture) : "none";
}

/// <summary>What a change would make of what is kept.</summary>
internal abstract record FederationPlan
{
    private FederationPlan()
    {
    }

    /// <summary>It can be done.</summary>
    /// <param name="Next">What is to be kept then; its revision is the register's to set.</param>
    /// <param name="Peer">The peer that comes, goes or changes.</param>
    /// <param name="Audit">What to write in the audit with it.</param>
    internal sealed record Planned(StoredFederation Next, FederatedPeer Peer, IReadOnlyList<AuditEvent> Audit)
        : FederationPlan, IPlannedChange<StoredFederation>;

    /// <summary>There is nothing to do.</summary>
    /// <param name="Peer">The peer, as it is.</param>
    internal sealed record Nothing(FederatedPeer Peer) : FederationPlan;

    /// <summary>It cannot be done.</summary>
    /// <param name="Reason">Why.</param>
    /// <param name="Detail">For people.</param>
    internal sealed record Refused(FederationRefusal Reason, string Detail) : FederationPlan;
}

/// <summary>Why a change of the peers is refused.</summary>
internal enum FederationRefusal
{
    /// <summary>There is no such peer, or no relationship with it.</summary>
    NotFound,

    /// <summary>It is our own trust domain.</summary>
    OwnTrustDomain,

    /// <summary>There is a relationship with that trust domain.</summary>
    AlreadyFederated,

    /// <summary>There are as many as there may be.</summary>
    TooMany,

    /// <summary>The endpoint is verified by a bundle that nobody handed over.</summary>
    NoBundle,

    /// <summary>The endpoint is of a trust domain that is not federated.</summary>
    VerifierUnknown,

    /// <summary>Its bundle verifies the endpoint of another peer.</summary>
    VerifiesAnother,

    /// <summary>The bundle may not take the place of the one held.</summary>
    BundleRefused,
}
