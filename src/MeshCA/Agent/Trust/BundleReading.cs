using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using SpiffeIdentity;
using SpiffeIdentity.Bundles;

namespace MeshCA.Agent.Trust;

/// <summary>Reads what comes on the bundle stream. Pure; a message that breaks a rule is refused, and what was there before stays.</summary>
internal static class BundleReading
{
    /// <summary>Most bundles of other trust domains.</summary>
    public const int MaxFederated = 4_096;

    /// <summary>Most other trust domains of the same authorities.</summary>
    public const int MaxShared = 1_024;

    private const int MaxTainted = 4_096;

    /// <summary>Reads the own trust domain's bundle.</summary>
    /// <param name="message">The message; untrusted.</param>
    /// <param name="trustDomain">Of which it must be.</param>
    /// <param name="bundle">The bundle, or null.</param>
    /// <param name="fault">What is wrong, or null.</param>
    public static bool TryRead(
        Wire.Identity.TrustBundle message,
        TrustDomain trustDomain,
        [NotNullWhen(true)] out TrustBundle? bundle,
        [NotNullWhen(false)] out string? fault)
    {
        bundle = null;
        if (message.TrustDomain != trustDomain.Name)
        {
            fault = $"it is of the trust domain `{message.TrustDomain}`";
            return false;
        }

        // A bundle of nothing would cut every connection; no CA that works has none.
        if (message.X509Authorities.Count == 0)
        {
            fault = "it has no roots";
            return false;
        }

        if (message.TaintedKeyIds.Count > MaxTainted)
        {
            fault = $"it has {message.TaintedKeyIds.Count} compromised keys";
            return false;
        }

        return TryConvert(message, trustDomain, out bundle, out fault);
    }

    /// <summary>The compromised keys that a message names.</summary>
    public static ImmutableHashSet<string> TaintedOf(Wire.Identity.TrustBundle message) =>
        [.. message.TaintedKeyIds.Select(id => id.ToLowerInvariant())];

    /// <summary>The other trust domains for which a message's authorities speak too. A name that is none is left out: nothing is trusted under it.</summary>
    /// <param name="message">The message; untrusted.</param>
    /// <param name="trustDomain">The own trust domain.</param>
    public static ImmutableHashSet<TrustDomain> SharedOf(Wire.Identity.TrustBundle message, TrustDomain trustDomain) =>
    [
        .. message.SharedTrustDomains.Take(MaxShared)
            .Select(name => TrustDomain.TryParse(name, out var domain, out _) ? domain : null)
            .OfType<TrustDomain>()
            .Where(domain => !domain.Equals(trustDomain)),
    ];

    /// <summary>Reads all bundles of other trust domains.</summary>
    /// <param name="message">The message; untrusted.</param>
    /// <param name="trustDomain">The own trust domain, for which it cannot speak.</param>
    /// <param name="present">What is held: one that cannot be read leaves what is held for its domain.</param>
    /// <param name="faults">What was wrong, for people.</param>
    public static ImmutableDictionary<TrustDomain, TrustBundle> ReadFederated(
        Wire.Identity.FederatedBundles message,
        TrustDomain trustDomain,
        ImmutableDictionary<TrustDomain, TrustBundle> present,
        out IReadOnlyList<string> faults)
    {
        var (federated, wrong) = (ImmutableDictionary.CreateBuilder<TrustDomain, TrustBundle>(), new List<string>());
        foreach (var each in message.Bundles.Take(MaxFederated))
        {
            if (!TrustDomain.TryParse(each.TrustDomain, out var domain, out _) || domain.Equals(trustDomain))
            {
                wrong.Add($"`{each.TrustDomain}` is no other trust domain");
            }
            else if (TryConvert(each, domain, out var bundle, out var fault))
            {
                federated[domain] = bundle;
            }
            else
            {
                wrong.Add($"`{domain}`: {fault}");
                if (present.TryGetValue(domain, out var last))
                {
                    federated[domain] = last;
                }
            }
        }

        if (message.Bundles.Count > MaxFederated)
        {
            wrong.Add($"only {MaxFederated} of {message.Bundles.Count} were taken");
        }

        faults = wrong;
        return federated.ToImmutable();
    }

    private static bool TryConvert(
        Wire.Identity.TrustBundle message,
        TrustDomain trustDomain,
        [NotNullWhen(true)] out TrustBundle? bundle,
        [NotNullWhen(false)] out string? fault)
    {
        bundle = null;
        if (!X509Bundle.TryCreate(trustDomain, [.. message.X509Authorities.Select(der => der.Memory)], out var x509, out var error))
        {
            fault = $"its roots cannot be read: {error}";
            return false;
        }

        if (!TryReadKeys(message, trustDomain, out var jwt, out fault))
        {
            return false;
        }

        TimeSpan? hint = message.RefreshHint is { Seconds: > 0 and < 1_000_000_000 } refresh ? TimeSpan.FromSeconds(refresh.Seconds) : null;
        bundle = new TrustBundle(x509, message.Sequence, hint) { Jwt = jwt };
        return true;
    }

    private static bool TryReadKeys(
        Wire.Identity.TrustBundle message,
        TrustDomain trustDomain,
        [NotNullWhen(true)] out JwtBundle? bundle,
        [NotNullWhen(false)] out string? fault)
    {
        bundle = null;
        fault = message.JwtAuthorities.Any(key => key.KeyId.Length is 0 or > JwtAuthority.MaxKeyIdLength || key.PublicKey.IsEmpty)
            ? "a key of its JWT-SVIDs has no name or no key"
            : null;
        if (fault is null
            && !JwtBundle.TryCreate(
                trustDomain, [.. message.JwtAuthorities.Select(key => new JwtAuthority(key.KeyId, key.PublicKey.Memory))], out bundle, out var error))
        {
            fault = $"the keys of its JWT-SVIDs cannot be read: {error}";
        }

        return bundle is not null;
    }
}
