using SpiffeIdentity.Bundles;

namespace SpiffeIdentity.Svids;

/// <summary>Looks for a path that holds, among all that the names of issuers lead to; of the bundle's authorities the nearest ends it.</summary>
internal sealed class PathSearch(IReadOnlyList<PathCertificate> certificates, X509Bundle bundle, DateTimeOffset now)
{
    // Certificates that all have one name lead to as many paths as they have orders, and anybody can present such. As in Go's
    // verifier, what costs is counted: checks of signatures, and the platform's verdicts.
    private const int MaxSignatureChecks = 64;
    private const int MaxPlatformVerdicts = 4;
    private const int MaxLength = X509Svid.MaxCertificates + 1;

    private readonly List<PathCertificate> _path = [certificates[0]];
    private int _checks;
    private int _platformVerdicts;
    private X509SvidError _ofPath;
    private bool _sawBadSignature;

    /// <summary>Why there is no path: the rule that the first one breaks, a signature that is none, or that no name leads on.</summary>
    public X509SvidError Error => this switch
    {
        { _ofPath: not X509SvidError.None } => _ofPath,
        { _sawBadSignature: true } => X509SvidError.BadSignature,
        _ => X509SvidError.NoPathToBundle,
    };

    /// <summary>Looks.</summary>
    /// <returns>The path, the certificate to verify first and an authority of the bundle last; or null.</returns>
    public IReadOnlyList<PathCertificate>? Run() => TryExtend(mustAskPlatform: Last.Fields.Extensions.HasFurtherRules) ? _path : null;

    private PathCertificate Last => _path[^1];

    private bool TryExtend(bool mustAskPlatform)
    {
        if (_path.Count == MaxLength)
        {
            return false;
        }

        var child = Last;
        foreach (var isWanted in (ReadOnlySpan<bool>)[true, false])
        {
            foreach (var authority in bundle.PathCertificates)
            {
                if (child.NamesKeyOf(authority) == isWanted && TryStep(child, authority, isAnchor: true, mustAskPlatform))
                {
                    return true;
                }
            }

            foreach (var certificate in certificates)
            {
                if (child.NamesKeyOf(certificate) == isWanted && TryStep(child, certificate, isAnchor: false, mustAskPlatform))
                {
                    return true;
                }
            }
        }

        return false;
    }

    private bool TryStep(PathCertificate child, PathCertificate issuer, bool isAnchor, bool mustAskPlatform)
    {
        if (!child.Names(issuer) || _path.Exists(issuer.IsSameAuthority) || _checks == MaxSignatureChecks)
        {
            return false;
        }

        _checks++;
        var verdict = child.JudgeSignature(issuer);
        if (verdict == SignatureVerdict.Bad)
        {
            _sawBadSignature = true;
            return false;
        }

        if (verdict == SignatureVerdict.Weak)
        {
            Refuse(X509SvidError.WeakSignature);
            return false;
        }

        mustAskPlatform |= verdict == SignatureVerdict.Unknown || issuer.Fields.Extensions.HasFurtherRules;
        _path.Add(issuer);
        if (isAnchor ? Holds(mustAskPlatform) : TryExtend(mustAskPlatform))
        {
            return true;
        }

        _path.RemoveAt(_path.Count - 1);
        return false;
    }

    private bool Holds(bool mustAskPlatform)
    {
        var error = PathRules.Check(_path, now);
        if (error == X509SvidError.None && mustAskPlatform)
        {
            error = AskPlatform();
        }

        Refuse(error);
        return error == X509SvidError.None;
    }

    private X509SvidError AskPlatform() =>
        _platformVerdicts++ < MaxPlatformVerdicts
        && X509Bundle.TryCreate(bundle.TrustDomain, [Last.Der], out var anchor, out _)
            ? PlatformPathBuilder.Build([.. _path.SkipLast(1).Select(certificate => certificate.Der)], anchor, now, out _)
            : X509SvidError.PathRefused;

    private void Refuse(X509SvidError error) => _ofPath = _ofPath == X509SvidError.None ? error : _ofPath;
}
