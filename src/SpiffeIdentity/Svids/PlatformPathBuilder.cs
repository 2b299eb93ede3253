using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using SpiffeIdentity.Bundles;
using SpiffeIdentity.Der;

namespace SpiffeIdentity.Svids;

/// <summary>Builds and verifies a path on the platform's chain engine, which knows every rule of RFC 5280 §6 and takes ten times as long.</summary>
/// <remarks>
/// An authority is trusted because it is in the bundle, whoever signed it (OpenSSL calls that a partial chain). The engine wants
/// self-signed roots. X509-SVID only says SHOULD, and an intermediate may be published as an authority, so the engine's view
/// of what is trusted is passed over and the path is compared with the bundle here.
/// </remarks>
internal static class PlatformPathBuilder
{
    // Trust is judged by the bundle, time by PathRules: OpenSSL takes notAfter itself for expired, RFC 5280 §4.1.2.5 does not.
    private const X509ChainStatusFlags JudgedHere =
        X509ChainStatusFlags.PartialChain | X509ChainStatusFlags.UntrustedRoot | X509ChainStatusFlags.NotTimeValid;

    /// <summary>Builds the path and judges it by RFC 5280 §6.</summary>
    /// <param name="certificates">As <see cref="X509PathBuilder"/> takes them.</param>
    /// <param name="bundle">The authorities that are trusted.</param>
    /// <param name="now">The time at which every certificate of the path must be valid.</param>
    /// <param name="path">The path, or null.</param>
    /// <returns>The rule that was broken, or <see cref="X509SvidError.None"/>.</returns>
    public static X509SvidError Build(
        IReadOnlyList<ReadOnlyMemory<byte>> certificates,
        X509Bundle bundle,
        DateTimeOffset now,
        out IReadOnlyList<ReadOnlyMemory<byte>>? path)
    {
        path = null;
        using var loaded = new LoadedCertificates();
        try
        {
            using var chain = CreateChain(now);
            chain.ChainPolicy.ExtraStore.AddRange(loaded.Load(certificates.Skip(1)));
            chain.ChainPolicy.CustomTrustStore.AddRange(loaded.Load(bundle.Authorities));
            var leaf = loaded.Load(certificates.Take(1))[0];
            chain.Build(leaf);
            loaded.Take(chain);
            return Judge(chain, bundle, now, out path);
        }
        catch (CryptographicException)
        {
            return X509SvidError.MalformedCertificate; // OpenSSL refuses what our reader let pass
        }
    }

    private static X509Chain CreateChain(DateTimeOffset now) => new()
    {
        ChainPolicy =
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck, // not in the profile, X509-SVID §4
            DisableCertificateDownloads = true, // else a peer could make us fetch any URL
            VerificationTime = now.UtcDateTime,
            VerificationTimeIgnored = false,
            VerificationFlags = X509VerificationFlags.AllowUnknownCertificateAuthority,
        },
    };

    private static X509SvidError Judge(
        X509Chain chain, X509Bundle bundle, DateTimeOffset now, out IReadOnlyList<ReadOnlyMemory<byte>>? path)
    {
        path = null;

        // Anywhere in the chain, even above the anchor: the engine stops there and leaves what is below unverified.
        if (chain.ChainStatus.Any(status => status.Status.HasFlag(X509ChainStatusFlags.NotSignatureValid)))
        {
            return X509SvidError.BadSignature;
        }

        // From 1: a leaf that is itself in the bundle was verified by nobody.
        for (var anchor = 1; anchor < chain.ChainElements.Count; anchor++)
        {
            if (bundle.Contains(chain.ChainElements[anchor].Certificate.RawDataMemory.Span))
            {
                var error = CheckPath(chain, anchor, now);
                path = error == X509SvidError.None
                    ? [.. chain.ChainElements.Take(anchor + 1).Select(element => element.Certificate.RawDataMemory)]
                    : null;
                return error;
            }
        }

        return X509SvidError.NoPathToBundle;
    }

    private static X509SvidError CheckPath(X509Chain chain, int anchor, DateTimeOffset now)
    {
        for (var i = 0; i <= anchor; i++)
        {
            var error = CertificateFields.TryRead(chain.ChainElements[i].Certificate.RawDataMemory.Span, out var fields)
                ? PathRules.Check(fields, isLeaf: i == 0, isAnchor: i == anchor, now)
                : X509SvidError.MalformedCertificate;
            if (error != X509SvidError.None)
            {
                return error;
            }
        }

        // Path lengths, name constraints, critical extensions nobody knows.
        return chain.ChainElements.Take(anchor + 1).SelectMany(element => element.ChainElementStatus)
            .Any(status => (status.Status & ~JudgedHere) != 0)
                ? X509SvidError.PathRefused
                : X509SvidError.None;
    }

    /// <summary>Native handles that are freed together.</summary>
    private sealed class LoadedCertificates : IDisposable
    {
        private readonly List<X509Certificate2> _certificates = [];

        public X509Certificate2Collection Load(IEnumerable<ReadOnlyMemory<byte>> certificates)
        {
            var loaded = new X509Certificate2Collection();
            foreach (var der in certificates)
            {
                var certificate = X509CertificateLoader.LoadCertificate(der.Span);
                _certificates.Add(certificate);
                loaded.Add(certificate);
            }

            return loaded;
        }

        /// <summary>Also frees the copies that the engine made; its own Dispose does not.</summary>
        public void Take(X509Chain chain) => _certificates.AddRange(chain.ChainElements.Select(element => element.Certificate));

        public void Dispose() => _certificates.ForEach(certificate => certificate.Dispose());
    }
}
