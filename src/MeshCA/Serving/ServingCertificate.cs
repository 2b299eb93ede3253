using System.IO;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MeshCA.Authorities;
using MeshCA.Cryptography;
using MeshCA.Issuance;
using MeshCA.Telemetry;
using Microsoft.Extensions.Logging;
using SpiffeIdentity;

namespace MeshCA.Serving;

/// <summary>The certificate the TLS port shows: renewed and swapped between handshakes, so no connection is dropped.</summary>
/// <param name="files">Where somebody else's certificate is read from; null: we issue our own.</param>
internal sealed class ServingCertificate(
    IAuthoritySnapshots authorities,
    ServingIssuer issuer,
    IServingFileSource? files,
    IReadOnlyList<string> dnsNames,
    TimeSpan lifetime,
    TimeProvider clock,
    ILogger<ServingCertificate> logger)
{
    private volatile Shown? _shown;

    /// <summary>The SPIFFE ID it is for, instead of DNS names; null: it is for DNS names.</summary>
    public SpiffeId? Identity { get; init; }

    /// <summary>The certificates of other ports of this service, which are kept current with this one.</summary>
    public IReadOnlyList<ServingCertificate> Others { get; init; } = [];

    private Fingerprint? _loaded;

    /// <summary>What handshakes show now; null before the first success.</summary>
    public SslStreamCertificateContext? Current => _shown?.Context;

    /// <summary>End of the shown certificate's validity.</summary>
    public DateTimeOffset? NotAfter => _shown?.NotAfter;

    /// <summary>Renews or reloads, if that is due. A failure leaves the present certificate in place.</summary>
    public async Task AdvanceAsync(CancellationToken cancellationToken)
    {
        await AdvanceThisAsync(cancellationToken);
        foreach (var other in Others)
        {
            await other.AdvanceAsync(cancellationToken);
        }
    }

    private async Task AdvanceThisAsync(CancellationToken cancellationToken)
    {
        try
        {
            if (files is not null)
            {
                Load(files.Read());
            }
            else if (authorities.Current is { } snapshot && IsDue(snapshot))
            {
                Show(Identity is { } id
                    ? await issuer.IssueAsync(snapshot, id, lifetime, cancellationToken)
                    : await issuer.IssueAsync(snapshot, dnsNames, lifetime, cancellationToken));
            }
        }
        catch (Exception e) when (e is JournalUnavailableException or IOException or CryptographicException or UnauthorizedAccessException)
        {
            Log.ServingCertificateNotRenewed(logger, e.Message);
        }
    }

    private bool IsDue(AuthoritySnapshot snapshot)
    {
        var now = clock.GetUtcNow();
        if (snapshot.Signer.NotAfter <= now)
        {
            return false;
        }

        return _shown is not { } shown
            || !SameChain(shown.Chain, snapshot.ServingIntermediates)
            || (now >= shown.Since + ((shown.NotAfter - shown.Since) / 2) && WouldGainTime(shown, snapshot, now));
    }

    // By content and not by key: a signer that was certified anew with its key needs its new certificate sent.
    private static bool SameChain(IReadOnlyList<ReadOnlyMemory<byte>> left, IReadOnlyList<ReadOnlyMemory<byte>> right) =>
        left.Count == right.Count && left.Zip(right).All(pair => pair.First.Span.SequenceEqual(pair.Second.Span));

    // Near its signer's end a new certificate would end with it too, and be half-way through its life at once, again and again.
    private bool WouldGainTime(Shown shown, AuthoritySnapshot snapshot, DateTimeOffset now) =>
        shown.NotAfter < snapshot.Signer.NotAfter && shown.NotAfter < now + lifetime;

    private void Show(ServingCredential credential)
    {
        var plan = credential.Certificate.Plan;
        using var signingKey = credential.Key;
        using var pkcs8 = signingKey.ExportPkcs8();
        using var key = ECDsa.Create();
        key.ImportPkcs8PrivateKey(pkcs8.Der, out _);
        using var bare = X509CertificateLoader.LoadCertificate(credential.Certificate.Der.Span);
        var chain = new X509Certificate2Collection();
        foreach (var intermediate in credential.Intermediates)
        {
            chain.Add(X509CertificateLoader.LoadCertificate(intermediate.Span));
        }

        _shown = new Shown(Context(bare.CopyWithPrivateKey(key), chain), clock.GetUtcNow(), plan.NotAfter, credential.Intermediates);
        Log.ServingCertificateIssued(logger, plan.Serial.ToString(), plan.NotAfter, Identity?.ToString() ?? string.Join(' ', dnsNames));
    }

    private void Load(ServingFiles read)
    {
        if (read.Content.Equals(_loaded))
        {
            return;
        }

        var leaf = Join(read);
        var all = new X509Certificate2Collection();
        all.ImportFromPem(read.Certificates);
        all.RemoveAt(0);
        var notAfter = new DateTimeOffset(leaf.NotAfter.ToUniversalTime());
        var now = clock.GetUtcNow();
        if (notAfter <= now || leaf.NotBefore.ToUniversalTime() > now)
        {
            throw new CryptographicException("the certificate in the file is not valid now");
        }

        _shown = new Shown(Context(leaf, all), now, notAfter, []);
        _loaded = read.Content; // only now: a pair that is refused is judged again at the next tick
        Log.ServingCertificateIssued(logger, leaf.SerialNumber, notAfter, leaf.Subject);
    }

    private static X509Certificate2 Join(ServingFiles read)
    {
        try
        {
            return X509Certificate2.CreateFromPem(read.Certificates, read.Key);
        }
        catch (ArgumentException e)
        {
            // What the platform throws for a key that is not the certificate's: two files are never swapped at once.
            throw new CryptographicException("certificate and key do not belong together", e);
        }
    }

    // Offline: the chain is what we say it is, never fetched.
    private static SslStreamCertificateContext Context(X509Certificate2 leaf, X509Certificate2Collection chain) =>
        SslStreamCertificateContext.Create(leaf, chain, offline: true);

    private sealed record Shown(
        SslStreamCertificateContext Context, DateTimeOffset Since, DateTimeOffset NotAfter, IReadOnlyList<ReadOnlyMemory<byte>> Chain);
}
