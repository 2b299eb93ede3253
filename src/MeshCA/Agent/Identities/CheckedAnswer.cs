using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MeshCA.Requesting;
using SpiffeIdentity;
using SpiffeIdentity.Bundles;
using SpiffeIdentity.Svids;

namespace MeshCA.Agent.Identities;

/// <summary>What an answer of a CA must be, beside what every answer must.</summary>
/// <param name="TrustDomain">Of which it must be.</param>
/// <param name="Id">The identity; null: any of the trust domain.</param>
internal sealed record AnswerRules(TrustDomain TrustDomain, SpiffeId? Id);

/// <summary>A CA's answer that keeps every rule: key, identity, trust domain, bundle, profile.</summary>
internal sealed class CheckedAnswer
{
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";
    private const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";

    private CheckedAnswer(X509Svid svid, X509Bundle bundle, ImmutableHashSet<string> keyIds)
    {
        Svid = svid;
        Bundle = bundle;
        KeyIds = keyIds;
    }

    /// <summary>Leaf and intermediates; roots that the CA sent among them are left out (Workload API §5.2).</summary>
    public X509Svid Svid { get; }

    /// <summary>The CA's roots.</summary>
    public X509Bundle Bundle { get; }

    /// <summary>The key identifiers of all authorities above the leaf, in lower-case hexadecimal.</summary>
    public ImmutableHashSet<string> KeyIds { get; }

    /// <summary>Checks an answer.</summary>
    /// <param name="elements">The <c>cert_chain</c>; untrusted.</param>
    /// <param name="subjectPublicKeyInfo">The key that asked.</param>
    /// <param name="rules">What it must be.</param>
    /// <param name="now">The time of use.</param>
    /// <param name="answer">The answer, or null.</param>
    /// <param name="fault">What is wrong with it, or null.</param>
    public static bool TryCreate(
        IReadOnlyList<string> elements,
        ReadOnlySpan<byte> subjectPublicKeyInfo,
        AnswerRules rules,
        DateTimeOffset now,
        [NotNullWhen(true)] out CheckedAnswer? answer,
        [NotNullWhen(false)] out string? fault)
    {
        answer = null;
        if (!IssuedChain.TryCreate(elements, subjectPublicKeyInfo, now, out var chain, out fault))
        {
            return false;
        }

        fault = FaultOf(chain.Svid, rules);
        if (fault is not null)
        {
            return false;
        }

        // Parsed before, by the chain.
        if (!X509Bundle.TryParsePem(rules.TrustDomain, chain.BundlePem, out var bundle, out var bundleError))
        {
            fault = $"the last element is no trust bundle: {bundleError}";
            return false;
        }

        try
        {
            answer = new CheckedAnswer(WithoutRoots(chain.Svid, bundle), bundle, KeyIdsOf(chain.Svid, bundle, now));
            return true;
        }
        catch (CryptographicException)
        {
            fault = "the platform does not read the chain's certificates";
            return false;
        }
    }

    private static string? FaultOf(X509Svid svid, AnswerRules rules)
    {
        if (!svid.Id.MemberOf(rules.TrustDomain))
        {
            return $"the certificate is for `{svid.Id}`, which is not of the trust domain `{rules.TrustDomain}`";
        }

        if (rules.Id is { } wanted && !svid.Id.Equals(wanted))
        {
            return $"the certificate is for `{svid.Id}`, not for `{wanted}`";
        }

        return HasBothRoles(svid) ? null : "the certificate is not for clients and servers both (X509-SVID §4.4)";
    }

    // A leaf with one of them alone works until the first connection in the other direction.
    private static bool HasBothRoles(X509Svid svid)
    {
        try
        {
            using var leaf = X509CertificateLoader.LoadCertificate(svid.Certificates[0].Span);
            return leaf.Extensions.OfType<X509EnhancedKeyUsageExtension>().FirstOrDefault() is not { } usage
                || (usage.EnhancedKeyUsages[ServerAuthentication] is not null && usage.EnhancedKeyUsages[ClientAuthentication] is not null);
        }
        catch (CryptographicException)
        {
            return false;
        }
    }

    private static X509Svid WithoutRoots(X509Svid svid, X509Bundle bundle)
    {
        ReadOnlyMemory<byte>[] kept = [.. svid.Certificates.Where((certificate, index) => index == 0 || !IsRoot(certificate, bundle))];
        return kept.Length < svid.Certificates.Count && X509Svid.TryParse(kept, out var shorter, out _) ? shorter : svid;
    }

    private static bool IsRoot(ReadOnlyMemory<byte> der, X509Bundle bundle)
    {
        using var certificate = X509CertificateLoader.LoadCertificate(der.Span);
        return bundle.Contains(der.Span) && certificate.SubjectName.RawData.AsSpan().SequenceEqual(certificate.IssuerName.RawData);
    }

    // The issuer that the leaf names, too: a CA may leave its own certificate out where it is a root.
    private static ImmutableHashSet<string> KeyIdsOf(X509Svid svid, X509Bundle bundle, DateTimeOffset now)
    {
        var ids = ImmutableHashSet.CreateBuilder<string>(StringComparer.Ordinal);
        var path = X509PathBuilder.TryBuild(svid.Certificates, bundle, now, out var built, out _) ? built : [];
        foreach (var der in svid.Certificates.Concat(path))
        {
            using var certificate = X509CertificateLoader.LoadCertificate(der.Span);
            if (!der.Span.SequenceEqual(svid.Certificates[0].Span)
                && certificate.Extensions.OfType<X509SubjectKeyIdentifierExtension>().FirstOrDefault()?.SubjectKeyIdentifier is { } own)
            {
                ids.Add(own.ToLowerInvariant());
            }

            if (certificate.Extensions.OfType<X509AuthorityKeyIdentifierExtension>().FirstOrDefault()?.KeyIdentifier is { } issuer)
            {
                ids.Add(Convert.ToHexStringLower(issuer.Span));
            }
        }

        return ids.ToImmutable();
    }
}
