using MeshCA.Revocations;

namespace MeshCA.Decisions;

/// <summary>Holds the parties of a question against the revocations, before any policy.</summary>
/// <param name="revocations">What is revoked.</param>
/// <param name="deniesUnknown">Whether a peer that nobody knows is taken for a banned one while identities are banned.</param>
/// <param name="clock">The clock: bans may end.</param>
internal sealed class BanCheck(IRevocations revocations, bool deniesUnknown, TimeProvider clock)
{
    /// <summary>Finds what denies a question, whatever the policies say.</summary>
    /// <param name="caller">Who asks.</param>
    /// <param name="workload">The workload that the request goes to; null: it is not named.</param>
    /// <param name="source">The peer.</param>
    /// <returns>Null where nothing does.</returns>
    public Ban? Find(DecisionCaller caller, string? workload, in SourceReference source)
    {
        var current = revocations.Current;
        return (current.HasBans ? FindIdentity(current, caller, workload, in source) : null)
            ?? (current.HasCertificates ? FindCertificate(current, caller, in source) : null);
    }

    private Ban? FindIdentity(RevocationSnapshot current, DecisionCaller caller, string? workload, in SourceReference source)
    {
        var now = clock.GetUtcNow();
        return Find(current, BannedParty.Peer, source.Principal, now)
            ?? Find(current, BannedParty.Workload, workload, now)
            ?? Find(current, BannedParty.Proxy, caller.Identity, now)
            ?? (deniesUnknown && source.IsUnknown ? Any(current, now) : null);
    }

    private static Ban? Find(RevocationSnapshot current, BannedParty party, string? id, DateTimeOffset now) =>
        !string.IsNullOrEmpty(id) && current.FindBan(id, now) is { } ban ? new(party, ban) : null;

    private static Ban? Any(RevocationSnapshot current, DateTimeOffset now) =>
        current.Entries.FirstOrDefault(entry => entry.IsBan && entry.IsInForce(now)) is { } ban ? new(BannedParty.UnknownPeer, ban) : null;

    private static Ban? FindCertificate(RevocationSnapshot current, DecisionCaller caller, in SourceReference source) =>
        source.Certificate?.Invoke() is { } shown && current.FindCertificate(shown) is { } revoked ? new(BannedParty.Peer, revoked)
        : caller.Certificate is { } own && current.FindCertificate(own) is { } proxy ? new(BannedParty.Proxy, proxy)
        : null;
}

/// <summary>Why a question is denied before any policy.</summary>
/// <param name="Party">Whose it is.</param>
/// <param name="Revocation">The ban or revocation.</param>
internal sealed record Ban(BannedParty Party, Revocation Revocation)
{
    /// <summary>Names it for proxies, logs and answers; not the reason, which is for administrators.</summary>
    public string Describe() => Party switch
    {
        BannedParty.Peer => $"the peer, {Revocation.Describe()}",
        BannedParty.Workload => $"the workload, {Revocation.Describe()}",
        BannedParty.Proxy => $"the proxy that asks, {Revocation.Describe()}",
        _ => $"the peer is unknown and may be one that is banned, such as {Revocation.Describe()}",
    };
}

/// <summary>The parties of a question.</summary>
internal enum BannedParty
{
    /// <summary>Who sent the request.</summary>
    Peer,

    /// <summary>The workload that it goes to.</summary>
    Workload,

    /// <summary>Who asks.</summary>
    Proxy,

    /// <summary>Who sent the request is not known.</summary>
    UnknownPeer,
}
