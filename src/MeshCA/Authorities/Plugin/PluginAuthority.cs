using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MeshCA.Cryptography;
using SpiffeIdentity;
using SpiffeIdentity.Bundles;

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

    /// <summary>The root the signing certificate leads to.</summary>
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
        X509Certificate2Collection chain = [];
        X509Certificate2Collection roots = [];
        IReadOnlyList<ReadOnlyMemory<byte>> path = [];
        fault = ReadCertificates("signing certificate", files.Certificate, out var signing)
            ?? ReadCertificates("certificate chain", files.Chain, out chain)
            ?? ReadCertificates("trust bundle", files.Roots, out roots)
            ?? CheckRoots(roots, now)
            ?? CheckChain(signing[0], chain, roots, now, out path);
        if (fault is not null)
        {
            return false;
        }

        if (!X509Bundle.TryCreate(trustDomain, [.. roots.Select(r => r.RawDataMemory)], out var bundle, out var bundleError))
        {
            fault = $"the trust bundle cannot be published: {bundleError}";
            return false;
        }

        if (!SigningKey.TryImportPem(files.Key, out var key))
        {
            fault = "the key is no unencrypted PEM key on P-256, P-384 or RSA";
            return false;
        }

        if (key.PublicKey is { Algorithm: KeyAlgorithm.Rsa, KeySize: < MinRsaKeySize })
        {
            fault = $"the key has {key.PublicKey.KeySize} bits, fewer than {MinRsaKeySize}";
            return false;
        }

        if (!SigningAuthority.TryCreate(signing[0].RawDataMemory.Span, key, out var signer, out var authorityFault))
        {
            fault = Describe(authorityFault);
            return false;
        }

        authority = new PluginAuthority(signer, [.. path.Skip(1), .. chain.Select(c => c.RawDataMemory)], path[^1], bundle);
        return true;
    }

    private static string? ReadCertificates(string role, string pem, out X509Certificate2Collection certificates)
    {
        certificates = [];
        if (pem.Length > MaxPemLength)
        {
            return $"the {role} file is larger than {MaxPemLength} characters";
        }

        try
        {
            certificates.ImportFromPem(pem);
        }
        catch (CryptographicException)
        {
            return $"the {role} file holds a certificate that cannot be read";
        }

        return certificates.Count switch
        {
            0 => $"the {role} file holds no certificate",
            > MaxCertificates => $"the {role} file holds more than {MaxCertificates} certificates",
            _ => null,
        };
    }

    private static string? CheckRoots(X509Certificate2Collection roots, DateTimeOffset now)
    {
        foreach (var root in roots)
        {
            if (root.Extensions.OfType<X509BasicConstraintsExtension>().FirstOrDefault() is not { CertificateAuthority: true })
            {
                return $"the trust bundle holds `{root.Subject}`, which is no authority";
            }
        }

        return roots.All(root => root.NotAfter.ToUniversalTime() < now)
            ? "every certificate of the trust bundle has expired"
            : null;
    }

    private static string? CheckChain(
        X509Certificate2 signing,
        X509Certificate2Collection chain,
        X509Certificate2Collection roots,
        DateTimeOffset now,
        out IReadOnlyList<ReadOnlyMemory<byte>> path)
    {
        path = [];
        if (signing.NotBefore.ToUniversalTime() > now || signing.NotAfter.ToUniversalTime() < now)
        {
            return $"the signing certificate is valid from {signing.NotBefore.ToUniversalTime():u} to {signing.NotAfter.ToUniversalTime():u}, not now";
        }

        using var builder = new X509Chain
        {
            ChainPolicy =
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                RevocationMode = X509RevocationMode.NoCheck,
                VerificationTime = now.UtcDateTime,
                DisableCertificateDownloads = true,
            },
        };
        builder.ChainPolicy.CustomTrustStore.AddRange(roots);
        builder.ChainPolicy.ExtraStore.AddRange(chain);
        if (!builder.Build(signing))
        {
            var statuses = string.Join(", ", builder.ChainStatus.Select(status => status.Status));
            return $"the signing certificate does not chain to the trust bundle: {statuses}";
        }

        path = [.. builder.ChainElements.Select(element => (ReadOnlyMemory<byte>)element.Certificate.RawData)];

        // The chain was built as if the signing certificate were a leaf; one more certificate will follow it.
        for (var below = 0; below < builder.ChainElements.Count; below++)
        {
            var constraints = builder.ChainElements[below].Certificate.Extensions.OfType<X509BasicConstraintsExtension>().FirstOrDefault();
            if (constraints is { HasPathLengthConstraint: true } && constraints.PathLengthConstraint < below)
            {
                return $"`{builder.ChainElements[below].Certificate.Subject}` allows a path of {constraints.PathLengthConstraint} authorities below it, but {below} stand there (RFC 5280 §4.2.1.9)";
            }
        }

        return null;
    }

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
