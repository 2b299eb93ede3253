using SpiffeIdentity.Der;

namespace SpiffeIdentity.Svids;

/// <summary>What each certificate of a path must say, RFC 5280 §6.1.3 and §6.1.4.</summary>
internal static class PathRules
{
    /// <summary>Judges one certificate by itself.</summary>
    /// <param name="fields">The certificate.</param>
    /// <param name="isLeaf">Whether the path begins with it.</param>
    /// <param name="isAnchor">Whether the path ends with it.</param>
    /// <param name="now">The time at which it must be valid.</param>
    /// <returns>The rule that was broken, or <see cref="X509SvidError.None"/>.</returns>
    public static X509SvidError Check(CertificateFields fields, bool isLeaf, bool isAnchor, DateTimeOffset now) => fields switch
    {
        _ when now < fields.NotBefore => X509SvidError.NotYetValid,
        _ when now >= fields.NotAfter.AddSeconds(1) => X509SvidError.Expired, // inclusive, whole seconds
        { HasWeakSignature: true } when !isAnchor => X509SvidError.WeakSignature, // an anchor's is not looked at
        { Extensions.IsSigningAuthority: false } when !isLeaf => X509SvidError.NotAnAuthority,
        _ => X509SvidError.None,
    };

    /// <summary>Judges the certificates of a path together.</summary>
    /// <param name="path">The path, its leaf first.</param>
    /// <param name="now">The time at which all must be valid.</param>
    /// <returns>The rule that was broken, or <see cref="X509SvidError.None"/>.</returns>
    public static X509SvidError Check(IReadOnlyList<PathCertificate> path, DateTimeOffset now)
    {
        for (var i = 0; i < path.Count; i++)
        {
            var error = Check(path[i].Fields, isLeaf: i == 0, isAnchor: i == path.Count - 1, now);
            if (error != X509SvidError.None)
            {
                return error;
            }
        }

        return KeepsPathLengths(path) ? X509SvidError.None : X509SvidError.PathRefused;
    }

    // RFC 5280 §4.2.1.9: how many authorities may stand between; those that only renew their own name do not count.
    private static bool KeepsPathLengths(IReadOnlyList<PathCertificate> path)
    {
        var between = 0;
        foreach (var certificate in path.Skip(1))
        {
            if (certificate.Fields.Extensions.PathLength is { } limit && between > limit)
            {
                return false;
            }

            between += certificate.IsSelfIssued ? 0 : 1;
        }

        return true;
    }
}
