namespace MeshCA.Authorities;

/// <summary>Which certificates of a set go where: trust bundle, chains of leaves, the chain of this service. Pure.</summary>
internal static class AuthorityChains
{
    /// <summary>The trust bundle: every root that is prepared, active or old.</summary>
    public static IEnumerable<ReadOnlyMemory<byte>> Roots(AuthoritySet set) =>
        set.Authorities.Where(a => a.IsPublished).Select(a => a.Certificate);

    /// <summary>What follows the signer in the chain of a leaf: the cross-certificates of its root by roots still in the bundle.</summary>
    /// <remarks>Once a root has left the bundle nobody may rely on it, so what it signed is left out.</remarks>
    public static IEnumerable<ReadOnlyMemory<byte>> Above(AuthoritySet set, string root, DateTimeOffset now) =>
        Crosses(set, root, now, issuer => issuer.IsPublished);

    /// <summary>What follows the signer in this service's own chain: also cross-certificates by roots that are retired.</summary>
    /// <remarks>A stock agent reads its root file anew only after a failed call (istio-ca §5.4); it must be able to make that call. A tainted root's too,
    /// until it is revoked: whoever trusts that root is not helped by being kept from learning of the next.</remarks>
    public static IEnumerable<ReadOnlyMemory<byte>> AboveServing(AuthoritySet set, string root, DateTimeOffset now) =>
        Crosses(set, root, now, issuer => issuer.State != AuthorityState.Revoked);

    /// <summary>Signers of leaves that may still be valid, newest first, and those that are to come.</summary>
    public static IEnumerable<ReadOnlyMemory<byte>> Former(AuthoritySet set, string signer) => set.Authorities
        .Where(a => a is { Kind: AuthorityKind.Intermediate, State: AuthorityState.Old or AuthorityState.Active } && a.Id != signer)
        .Reverse()
        .Select(a => a.Certificate);

    /// <summary>The key identifiers of roots, intermediates and JWT keys in use that were declared compromised, or revoked.</summary>
    /// <param name="set">The authorities.</param>
    /// <param name="isRevoked">Whether one is revoked.</param>
    public static IReadOnlyList<string> Tainted(AuthoritySet set, Func<string, bool> isRevoked) =>
    [
        .. set.Authorities
            .Where(a => a.Kind is AuthorityKind.Root or AuthorityKind.Intermediate or AuthorityKind.JwtKey
                && (a.TaintedAt is not null || isRevoked(a.Id))
                && a.State is not (AuthorityState.Retired or AuthorityState.Revoked))
            .Select(a => a.Id),
    ];

    private static IEnumerable<ReadOnlyMemory<byte>> Crosses(
        AuthoritySet set, string root, DateTimeOffset now, Func<AuthorityRecord, bool> isUsable) =>
        from cross in set.Authorities
        where cross is { Kind: AuthorityKind.Cross, State: not AuthorityState.Revoked } && AuthorityIds.SubjectOfCross(cross.Id) == root
        join issuer in set.Authorities on cross.Issuer equals issuer.Id
        where isUsable(issuer) && CertificateEnd.Of(cross.Certificate) > now
        orderby cross.CreatedAt descending
        select cross.Certificate;
}
