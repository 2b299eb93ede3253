using MeshCA.Authorities.JwtKeys;
using SpiffeIdentity;
using SpiffeIdentity.Bundles;
using SpiffeIdentity.Pem;

namespace MeshCA.Authorities;

/// <summary>All that one answer takes from the authorities, at one moment; replaced whole, never changed (istio-ca §9.1 item 4).</summary>
internal sealed class AuthoritySnapshot
{
    private AuthoritySnapshot(
        SigningAuthority signer,
        IReadOnlyList<ReadOnlyMemory<byte>> intermediates,
        IEnumerable<ReadOnlyMemory<byte>> former,
        X509Bundle bundle,
        ulong bundleSequence,
        IReadOnlyList<ReadOnlyMemory<byte>>? serving,
        IReadOnlyList<string>? tainted)
    {
        ServingIntermediates = serving ?? intermediates;
        TaintedKeys = tainted ?? [];
        Issuers = [.. intermediates, .. former];
        Signer = signer;
        Intermediates = intermediates;
        Bundle = bundle;
        BundleSequence = bundleSequence;
        BundlePem = bundle.ToPem();
        RootsNotAfter = bundle.Authorities.Min(CertificateEnd.Of);
        AnswerTail = [.. intermediates.Select(der => PemWriter.WriteCertificate(der.Span)), BundlePem];
    }

    /// <summary>The trust domain all of them sign for.</summary>
    public TrustDomain TrustDomain => Bundle.TrustDomain;

    /// <summary>The authority that signs leaves.</summary>
    public SigningAuthority Signer { get; }

    /// <summary>The authorities between a leaf and the roots, signer first, as DER; no self-signed one.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> Intermediates { get; }

    /// <summary>What this service's own certificate is followed by: also cross-certificates of roots that are retired already, for
    /// callers that learned of no newer root yet.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> ServingIntermediates { get; }

    /// <summary>The key identifiers, in hexadecimal, of authorities whose keys were declared compromised: who holds a certificate
    /// under one renews at once (spiffe §6.4).</summary>
    public IReadOnlyList<string> TaintedKeys { get; }

    /// <summary>All of those, and the former signers whose leaves may still be valid: what a client's leaf may lead through.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> Issuers { get; }

    /// <summary>The trust bundle.</summary>
    public X509Bundle Bundle { get; }

    /// <summary>The roots of the trust bundle as DER.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> Roots => Bundle.Authorities;

    /// <summary>End of the root that ends first.</summary>
    public DateTimeOffset RootsNotAfter { get; }

    /// <summary>The roots as PEM, one after the other.</summary>
    public string BundlePem { get; }

    /// <summary>What follows the leaf in an answer: each intermediate one element, then the whole bundle as the last.</summary>
    /// <remarks>Encoded once here, not per answer. ztunnel reads only the first certificate of each element but the last.</remarks>
    public IReadOnlyList<string> AnswerTail { get; }

    /// <summary>The bundle's <c>spiffe_sequence</c>.</summary>
    public ulong BundleSequence { get; }

    /// <summary>The keys of JWT-SVIDs.</summary>
    public JwtKeyRing Jwt { get; init; } = JwtKeyRing.None;

    /// <summary>Composes a snapshot.</summary>
    /// <param name="signer">The authority that signs leaves.</param>
    /// <param name="above">The authorities above the signer, in order, as DER. Self-signed ones and repetitions are left out:
    /// a verifier that knows only an older root fails on a self-signed certificate before the last element.</param>
    /// <param name="former">Former signers, newest first, as DER.</param>
    /// <param name="bundle">The trust bundle.</param>
    /// <param name="bundleSequence">Its sequence.</param>
    /// <param name="serving">The authorities above the signer in the service's own chain; null: the same.</param>
    /// <param name="tainted">Key identifiers of authorities declared compromised.</param>
    /// <param name="jwt">The keys of JWT-SVIDs; null: none.</param>
    public static AuthoritySnapshot Of(
        SigningAuthority signer,
        IEnumerable<ReadOnlyMemory<byte>> above,
        IEnumerable<ReadOnlyMemory<byte>> former,
        X509Bundle bundle,
        ulong bundleSequence,
        IEnumerable<ReadOnlyMemory<byte>>? serving = null,
        IReadOnlyList<string>? tainted = null,
        JwtKeyRing? jwt = null) => new(
            signer,
            Chain(signer, above),
            former,
            bundle,
            bundleSequence,
            serving is null ? null : Chain(signer, serving),
            tainted)
        {
            Jwt = jwt ?? JwtKeyRing.None,
        };

    private static List<ReadOnlyMemory<byte>> Chain(SigningAuthority signer, IEnumerable<ReadOnlyMemory<byte>> above)
    {
        var intermediates = new List<ReadOnlyMemory<byte>>();
        foreach (var certificate in above.Prepend(signer.Certificate))
        {
            if (!SelfSigned.Is(certificate) && !intermediates.Exists(i => i.Span.SequenceEqual(certificate.Span)))
            {
                intermediates.Add(certificate);
            }
        }

        return intermediates;
    }
}

/// <summary>Where the present authorities are found.</summary>
internal interface IAuthoritySnapshots
{
    /// <summary>The present snapshot; null while no authority can sign.</summary>
    AuthoritySnapshot? Current { get; }
}

/// <summary>Where the authorities come from: made and renewed by this CA, or plugged in.</summary>
internal interface IAuthoritySource : IAuthoritySnapshots
{
    /// <summary>Does what is due: bootstraps, renews, reloads. Called at start and then periodically.</summary>
    /// <exception cref="Issuance.JournalUnavailableException">The store failed; what was done before it holds.</exception>
    /// <exception cref="KeySealException">A stored key cannot be opened.</exception>
    Task AdvanceAsync(CancellationToken cancellationToken);
}
