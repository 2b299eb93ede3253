using System.Collections.Immutable;
using SpiffeIdentity;
using SpiffeIdentity.Bundles;

namespace MeshCA.Agent.Trust;

/// <summary>Everything that says which roots the trust domain has, and what follows from it. Immutable, pure.</summary>
/// <param name="TrustDomain">The trust domain.</param>
internal sealed record TrustInputs(TrustDomain TrustDomain)
{
    /// <summary>The bundle that the CA's stream brought last; null while it brought none.</summary>
    public TrustBundle? Streamed { get; init; }

    /// <summary>Whether the stream is open: then it alone counts, since what it does not hold is no longer trusted.</summary>
    public bool IsStreamOpen { get; init; }

    /// <summary>The roots that came with the SVIDs that are held, by entry; while the stream is open none are added.</summary>
    public ImmutableDictionary<string, X509Bundle> Answered { get; init; } = ImmutableDictionary.Create<string, X509Bundle>(StringComparer.Ordinal);

    /// <summary>The roots file's certificates where they are of the same authority; null else.</summary>
    public X509Bundle? File { get; init; }

    /// <summary>Key identifiers, in lower-case hexadecimal, of authorities that nobody is to rely on any more.</summary>
    public ImmutableHashSet<string> Tainted { get; init; } = ImmutableHashSet.Create<string>(StringComparer.Ordinal);

    /// <summary>Other trust domains for which the same authorities speak, as the stream said last: whatever is trusted for the own one is for these.</summary>
    public ImmutableHashSet<TrustDomain> Shared { get; init; } = [];

    /// <summary>The bundles of the trust domains of other authorities.</summary>
    public ImmutableDictionary<TrustDomain, TrustBundle> Foreign { get; init; } = ImmutableDictionary<TrustDomain, TrustBundle>.Empty;

    /// <summary>Takes a bundle of the stream: it takes the place of all that came before.</summary>
    public TrustInputs Follow(TrustBundle bundle, ImmutableHashSet<string> tainted, ImmutableHashSet<TrustDomain> shared) => this with
    {
        Streamed = bundle,
        Shared = shared,
        IsStreamOpen = true,
        Tainted = tainted,
        Answered = Answered.Clear(),
    };

    /// <summary>Takes the roots that came with an SVID, unless the stream tells them better.</summary>
    public TrustInputs Answer(string entry, X509Bundle bundle, X509Bundle? file) =>
        IsStreamOpen ? this : this with { Answered = Answered.SetItem(entry, bundle), File = file };

    /// <summary>What is trusted.</summary>
    /// <returns>The bundle; null while nothing is known. Without a stream that is the union of what the SVIDs came with and of the
    /// file (istio-ca §6.2): replicas of a CA may answer differently while it turns to another root.</returns>
    public TrustBundle? Merge()
    {
        if (Streamed is { } streamed && (IsStreamOpen || Answered.IsEmpty))
        {
            return streamed;
        }

        if (Answered.IsEmpty)
        {
            return null;
        }

        var parts = Answered.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => pair.Value)
            .Concat(Streamed is { } last ? [last.X509] : File is { } file ? [file] : []);
        var all = parts.SelectMany(part => part.Authorities).DistinctBy(der => Convert.ToBase64String(der.Span)).ToList();
        var bundle = X509Bundle.TryCreate(TrustDomain, all, out var union, out _) ? union : Answered.Values.First();

        // Not one of the CA's bundles: it has no sequence of its own.
        return Streamed is null ? new TrustBundle(bundle) : Streamed with { X509 = bundle, Sequence = null };
    }

    /// <summary>What is trusted for other trust domains, each for itself alone: our authorities where they speak for it, else its own.</summary>
    /// <param name="own">What is trusted for the own one; null: nothing.</param>
    /// <returns>In one piece with <paramref name="own"/>: whoever acknowledges the one has put the others to use.</returns>
    public ImmutableDictionary<TrustDomain, TrustBundle> Federate(TrustBundle? own)
    {
        // Before the first bundle nothing of ours is trusted under any name, and nobody else speaks for these names either.
        var foreign = Foreign.RemoveRange(Shared);
        return own is null ? foreign : foreign.SetItems(Shared.Select(domain => KeyValuePair.Create(domain, Renamed(own, domain))));
    }

    // The same authorities: what made a bundle of one name makes one of the other.
    private static TrustBundle Renamed(TrustBundle bundle, TrustDomain name) =>
        X509Bundle.TryCreate(name, bundle.X509.Authorities, out var x509, out _) && JwtBundle.TryCreate(name, bundle.Jwt.Authorities, out var jwt, out _)
            ? new TrustBundle(x509, bundle.Sequence, bundle.RefreshHint) { Jwt = jwt }
            : TrustBundle.Empty(name);
}
