using MeshCA.Authorities;
using MeshCA.Cryptography;
using MeshCA.Issuance;
using MeshCA.Issuance.Lints;
using SpiffeIdentity;

namespace MeshCA.Serving;

/// <summary>Issues the certificates of this service's own TLS ports, under the same ceremony as a leaf.</summary>
internal sealed class ServingIssuer(IIssuanceJournal journal, TimeSpan backdate, TimeProvider clock)
{
    /// <summary>Issues one.</summary>
    /// <param name="snapshot">The authorities; the certificate's root is in the bundle they publish.</param>
    /// <param name="dnsNames">The names it is for.</param>
    /// <param name="lifetime">How long it lives, unless the signer ends earlier.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="JournalUnavailableException">It is not on record, so it must not be used.</exception>
    public Task<ServingCredential> IssueAsync(
        AuthoritySnapshot snapshot, IReadOnlyList<string> dnsNames, TimeSpan lifetime, CancellationToken cancellationToken) =>
        IssueAsync(snapshot, CertificateProfile.Serving, null, dnsNames, lifetime, cancellationToken);

    /// <summary>Issues an X509-SVID of this service itself.</summary>
    /// <param name="snapshot">The authorities.</param>
    /// <param name="id">Its SPIFFE ID, of their trust domain.</param>
    /// <param name="lifetime">How long it lives, unless the signer ends earlier.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="JournalUnavailableException">It is not on record, so it must not be used.</exception>
    public Task<ServingCredential> IssueAsync(
        AuthoritySnapshot snapshot, SpiffeId id, TimeSpan lifetime, CancellationToken cancellationToken) =>
        IssueAsync(snapshot, CertificateProfile.BundleEndpoint, id, [], lifetime, cancellationToken);

    private async Task<ServingCredential> IssueAsync(
        AuthoritySnapshot snapshot,
        CertificateProfile profile,
        SpiffeId? id,
        IReadOnlyList<string> dnsNames,
        TimeSpan lifetime,
        CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var start = ValidityPlanner.WholeSecond(now);
        var end = start + lifetime;
        var key = SigningKey.Generate(KeyAlgorithm.EcdsaP256);
        var plan = new CertificatePlan
        {
            Profile = profile,
            Issuer = snapshot.Signer.Name,
            Serial = SerialNumber.Draw(),
            PublicKey = key.PublicKey,
            KeyIdentifier = key.PublicKey.DeriveKeyIdentifier(),
            SpiffeId = id,
            DnsNames = dnsNames,
            NotBefore = start - backdate,
            NotAfter = end < snapshot.Signer.NotAfter ? end : snapshot.Signer.NotAfter,
        };
        if (!LintedCertificate.TryLint(TbsCertificateBuilder.Build(plan), plan, out var linted, out var broken))
        {
            throw new InvalidOperationException($"the serving certificate breaks the lint `{broken}`");
        }

        var certificate = snapshot.Signer.Sign(linted);
        await journal.AppendAsync(IssuanceRecords.Of(certificate, now), cancellationToken);
        return new ServingCredential(certificate, key, snapshot.ServingIntermediates);
    }
}

/// <summary>A serving certificate with its key.</summary>
internal sealed class ServingCredential(
    IssuedCertificate certificate, SigningKey key, IReadOnlyList<ReadOnlyMemory<byte>> intermediates)
{
    /// <summary>The certificate.</summary>
    public IssuedCertificate Certificate { get; } = certificate;

    /// <summary>Its key.</summary>
    public SigningKey Key { get; } = key;

    /// <summary>What the server sends after it, or clients that know only the root fail.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> Intermediates { get; } = intermediates;
}
