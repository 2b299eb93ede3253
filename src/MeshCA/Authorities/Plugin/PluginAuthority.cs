using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MeshCA.Cryptography;
using SpiffeIdentity;
using SpiffeIdentity.Bundles;
using SpiffeIdentity.Der;
using SpiffeIdentity.Pem;
using SpiffeIdentity.Svids;

namespace MeshCA.Authorities.Plugin;

/// <summary>A signing authority supplied from outside, checked completely before it signs anything (istio-ca §4.1).</summary>
internal sealed class PluginAuthority
{
    private const int MaxCertificates = 64;
    private const int MaxPemLength = 1 << 20;
    private const int MinRsaKeySize = 2048;

    private PluginAuthority(SigningAuthority signer, IReadOnlyList<ReadOnlyMemory<byte>> above, ReadOnlyMemory<byte> anchor, X509Bundle bundle)
    {
        Signer = signer;
        Above = above;
        Anchor = anchor;
        Bundle = bundle;
    }

    /// <summary>Signs leaves: Istio's usual plug-in intermediate has path length 0, so nothing could stand between.</summary>
    public SigningAuthority Signer { get; }

    /// <summary>The authority of the bundle that the signing certificate leads to; maybe itself.</summary>
    public ReadOnlyMemory<byte> Anchor { get; }

    /// <summary>The rest of the chain as DER: the path to the root in its order, then what else the file holds (cross-certificates).</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> Above { get; }

    /// <summary>The trust bundle, in file order, without repetitions.</summary>
    public X509Bundle Bundle { get; }

    /// <summary>Checks the files and joins them.</summary>
    /// <param name="files">As read.</param>
    /// <param name="trustDomain">The trust domain the bundle is for.</param>
    /// <param name="now">The time at which all must be valid.</param>
    /// <param name="authority">The authority, or null.</param>
    /// <param name="fault">The first fault, naming the role of the file; null where there is none.</param>
    public static bool TryCreate(
        PluginFiles files,
        TrustDomain trustDomain,
        DateTimeOffset now,
        [NotNullWhen(true)] out PluginAuthority? authority,
        [NotNullWhen(false)] out string? fault)
    {
        authority = null;
        try
        {
            fault = Judge(files, trustDomain, now, out authority);
        }
        catch (CryptographicException)
        {
            fault = "a certificate of the signing authority, its chain or the trust bundle cannot be decoded";
        }

        return authority is not null;
    }

    private static string? Judge(PluginFiles files, TrustDomain trustDomain, DateTimeOffset now, out PluginAuthority? authority)
    {
        authority = null;
        IReadOnlyList<ReadOnlyMemory<byte>> chain = [];
        IReadOnlyList<ReadOnlyMemory<byte>> path = [];
        var bundle = X509Bundle.Empty(trustDomain);
        SigningAuthority? signer = null;
        var fault = ReadCertificates("signing certificate", files.Certificate, out var signing)
            ?? ReadCertificates("certificate chain", files.Chain, out chain)
            ?? ReadBundle(files.Roots, trustDomain, now, out bundle)
            ?? CheckValidity(signing[0], now)
            ?? BuildPath([signing[0], .. chain], bundle, now, out path)
            ?? CheckPathLengths(path)
            ?? JoinKey(signing[0], files.Key, out signer);
        if (signer is not null)
        {
            authority = new PluginAuthority(signer, [.. path.Skip(1), .. chain], path[^1], bundle);
        }

        return fault;
    }

    private static string? ReadCertificates(string role, string pem, out IReadOnlyList<ReadOnlyMemory<byte>> certificates)
    {
        certificates = [];
        if (!CertificatePem.TryRead(pem, MaxPemLength, MaxCertificates, out var found, out var error))
        {
            return Describe(role, error);
        }

        foreach (var der in found)
        {
            var reader = new DerReader(der.Span);
            if (!reader.TryReadSequence(out _) || !reader.IsAtEnd)
            {
                return $"the {role} file holds a certificate that cannot be read";
            }

            // Clients get all of them, also those that no path leads through.
            X509CertificateLoader.LoadCertificate(der.Span).Dispose();
        }

        certificates = found;
        return null;
    }

    private static string? ReadBundle(string pem, TrustDomain trustDomain, DateTimeOffset now, out X509Bundle bundle)
    {
        bundle = X509Bundle.Empty(trustDomain);
        var fault = ReadCertificates("trust bundle", pem, out var roots);
        if (fault is not null)
        {
            return fault;
        }

        if (!X509Bundle.TryCreate(trustDomain, roots, out var found, out var error))
        {
            return $"the trust bundle cannot be published: {error}";
        }

        bundle = found;
        return CheckRoots(roots, now);
    }

    private static string? CheckRoots(IReadOnlyList<ReadOnlyMemory<byte>> roots, DateTimeOffset now)
    {
        var hasExpired = true;
        foreach (var der in roots)
        {
            using var root = X509CertificateLoader.LoadCertificate(der.Span);
            if (ConstraintsOf(root) is not { CertificateAuthority: true })
            {
                return $"the trust bundle holds `{root.Subject}`, which is no authority";
            }

            hasExpired &= HasExpired(root, now);
        }

        return hasExpired ? "every certificate of the trust bundle has expired" : null;
    }

    private static string? CheckValidity(ReadOnlyMemory<byte> der, DateTimeOffset now)
    {
        using var signing = X509CertificateLoader.LoadCertificate(der.Span);
        return signing.NotBefore.ToUniversalTime() > now || HasExpired(signing, now)
            ? $"the signing certificate is valid from {signing.NotBefore.ToUniversalTime():u} to {signing.NotAfter.ToUniversalTime():u}, not now"
            : null;
    }

    private static string? BuildPath(
        IReadOnlyList<ReadOnlyMemory<byte>> certificates,
        X509Bundle bundle,
        DateTimeOffset now,
        out IReadOnlyList<ReadOnlyMemory<byte>> path)
    {
        // As Istio has it: what stands in the bundle is trusted, the signing certificate too, whoever signed it.
        if (bundle.Contains(certificates[0].Span))
        {
            path = [certificates[0]];
            return null;
        }

        var isBuilt = X509PathBuilder.TryBuild(certificates, bundle, now, out var built, out var error);
        path = built ?? [];
        return isBuilt ? null : $"the signing certificate does not chain to the trust bundle: {error}";
    }

    // The path was built as if the signing certificate were a leaf; one more certificate will follow it. Self-issued
    // authorities are counted too: RFC 5280 §6.1.4 passes over them, Go's verifiers do not.
    private static string? CheckPathLengths(IReadOnlyList<ReadOnlyMemory<byte>> path)
    {
        for (var below = 0; below < path.Count; below++)
        {
            using var certificate = X509CertificateLoader.LoadCertificate(path[below].Span);
            if (ConstraintsOf(certificate) is { HasPathLengthConstraint: true } constraints
                && constraints.PathLengthConstraint < below)
            {
                return $"`{certificate.Subject}` allows a path of {constraints.PathLengthConstraint} authorities below it, but {below} stand there (RFC 5280 §4.2.1.9)";
            }
        }

        return null;
    }

    private static string? JoinKey(ReadOnlyMemory<byte> signing, string pem, out SigningAuthority? signer)
    {
        signer = null;
        if (pem.Length > MaxPemLength || !SigningKey.TryImportPem(pem, out var key))
        {
            return "the key is no unencrypted PEM key on P-256, P-384 or RSA";
        }

        var fault = key.PublicKey is { Algorithm: KeyAlgorithm.Rsa, KeySize: < MinRsaKeySize }
            ? $"the key has {key.PublicKey.KeySize} bits, fewer than {MinRsaKeySize}"
            : null;
        if (fault is null && !SigningAuthority.TryCreate(signing.Span, key, out signer, out var authorityFault))
        {
            fault = Describe(authorityFault);
        }

        if (signer is null)
        {
            key.Dispose();
        }

        return fault;
    }

    private static X509BasicConstraintsExtension? ConstraintsOf(X509Certificate2 certificate) =>
        certificate.Extensions.OfType<X509BasicConstraintsExtension>().FirstOrDefault();

    // Inclusive, whole seconds (RFC 5280 §4.1.2.5).
    private static bool HasExpired(X509Certificate2 certificate, DateTimeOffset now) =>
        now >= certificate.NotAfter.ToUniversalTime().AddSeconds(1);

    private static string Describe(string role, PemError error) => error switch
    {
        PemError.TooLarge => $"the {role} file is larger than {MaxPemLength} characters",
        PemError.TooMany => $"the {role} file holds more than {MaxCertificates} certificates",
        PemError.NoBlock => $"the {role} file holds no certificate",
        PemError.WrongLabel => $"the {role} file holds something other than certificates",
        _ => $"the {role} file holds a broken PEM block: {error}",
    };

    private static string Describe(AuthorityFault fault) => fault switch
    {
        AuthorityFault.KeyMismatch => "the key is not the signing certificate's",
        AuthorityFault.NotAnAuthority => "the signing certificate is no authority: cA is not true (RFC 5280 §4.2.1.9)",
        AuthorityFault.MayNotSign => "the signing certificate may not sign certificates: keyCertSign is not set (RFC 5280 §4.2.1.3)",
        AuthorityFault.NoKeyIdentifier => "the signing certificate has no subject key identifier (RFC 5280 §4.2.1.2)",
        AuthorityFault.NoSubject => "the signing certificate has an empty subject (RFC 5280 §4.1.2.6)",
        _ => "the signing certificate cannot be read",
    };
}
