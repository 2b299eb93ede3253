using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using KubernetesClient;
using KubernetesClient.Models;
using MeshCA.Authorities;
using MeshCA.Clusters;
using MeshCA.Issuance;
using MeshCA.Serving;
using MeshCA.Telemetry;
using Microsoft.Extensions.Logging;
using SpiffeIdentity.Pem;

namespace MeshCA.TrustDistribution;

/// <summary>Keeps istiod's serving certificate in the secret that its chart mounts (istio-ca §4.6, §6.7 item 3).</summary>
/// <param name="api">The home cluster's API server.</param>
/// <param name="secret">Which secret.</param>
/// <param name="names">The names the certificate is for, sorted.</param>
/// <param name="lifetime">Its lifetime.</param>
/// <param name="issuer">Issues and records it.</param>
/// <param name="clock">The time.</param>
/// <param name="logger">Gets each certificate, and each kind of failure once.</param>
internal sealed class IstiodCertificate(
    IKubernetes api,
    ObjectName secret,
    IReadOnlyList<string> names,
    TimeSpan lifetime,
    ServingIssuer issuer,
    TimeProvider clock,
    ILogger logger)
{
    private const string Certificate = "tls.crt";
    private const string Key = "tls.key";
    private const string Roots = "ca.crt";
    private readonly OverwriteWatch _overwrites = new(clock);
    private string _fault = "";
    private Made? _made;
    private DateTimeOffset _notBefore;

    /// <summary>Makes and writes a certificate, if one is due. One caller at a time.</summary>
    /// <remarks>
    /// One that is still good and not in the secret is written again, and no other is made: a secret that cannot be written, or that somebody
    /// else writes too, must not fill the journal.
    /// </remarks>
    /// <param name="snapshot">The authorities.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>Whether the secret is as it should be.</returns>
    public async Task<bool> AdvanceAsync(AuthoritySnapshot snapshot, CancellationToken cancellationToken)
    {
        switch (await api.ReadAsync<V1Secret>(secret.Name, secret.Namespace, cancellationToken))
        {
            case ApiOutcome<V1Secret>.Done(var present) when IsCurrent(present, snapshot, names, clock.GetUtcNow()):
                return true;
            case ApiOutcome<V1Secret>.Done or ApiOutcome<V1Secret>.Failed({ Kind: ApiFailureKind.NotFound }):
                return await RepairAsync(snapshot, cancellationToken);
            case ApiOutcome<V1Secret>.Failed(var failure):
                return TellOnce($"it cannot be read: {failure.Kind}: {failure.Message}");
            default:
                throw new System.Diagnostics.UnreachableException();
        }
    }

    /// <summary>Whether a secret's certificate need not be made anew: names, chain and roots are right, and half its life is not over; pure.</summary>
    /// <param name="secret">The secret; untrusted.</param>
    /// <param name="snapshot">The authorities.</param>
    /// <param name="names">The names, sorted.</param>
    /// <param name="now">The time.</param>
    public static bool IsCurrent(V1Secret secret, AuthoritySnapshot snapshot, IReadOnlyList<string> names, DateTimeOffset now)
    {
        if (secret.Data is not { } data
            || !data.TryGetValue(Certificate, out var pem) || !data.TryGetValue(Key, out var key) || !data.TryGetValue(Roots, out var roots)
            || Encoding.UTF8.GetString(roots) != snapshot.BundlePem
            || !CertificatePem.TryRead(Encoding.UTF8.GetString(pem), 1 << 16, 16, out var chain, out _))
        {
            return false;
        }

        try
        {
            using var leaf = X509CertificateLoader.LoadCertificate(chain[0].Span);
            using var joined = X509Certificate2.CreateFromPem(Encoding.UTF8.GetString(pem), Encoding.UTF8.GetString(key));
            var (begin, end) = (new DateTimeOffset(leaf.NotBefore.ToUniversalTime()), new DateTimeOffset(leaf.NotAfter.ToUniversalTime()));
            var isYoung = now < begin + ((end - begin) / 2) || end >= snapshot.Signer.NotAfter; // at its signer's end another would end with it too
            return isYoung
                && now < end
                && SameChain(chain.Skip(1), snapshot.ServingIntermediates)
                && NamesOf(leaf).SequenceEqual(names);
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            return false; // an ArgumentException is how a key is refused that is another certificate's
        }
    }

    private async Task<bool> RepairAsync(AuthoritySnapshot snapshot, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        if (now < _notBefore)
        {
            return false;
        }

        if (_made is { } made && IsCurrent(made.Body, snapshot, names, now))
        {
            if (!made.IsWritten || _overwrites.Overwritten(Certificate) is not { } pause)
            {
                return await WriteAsync(made, cancellationToken);
            }

            made.IsWritten = false; // after the pause there is a write, and not another pause
            _notBefore = now + pause;
            return TellOnce($"somebody else writes it too; it is left alone for {pause}");
        }

        try
        {
            _made?.Dispose();
            _made = null;
            _made = await MakeAsync(snapshot, cancellationToken);
            return await WriteAsync(_made, cancellationToken);
        }
        catch (JournalUnavailableException e)
        {
            return TellOnce(e.Message); // it is not on record, so it is not written
        }
    }

    private async Task<Made> MakeAsync(AuthoritySnapshot snapshot, CancellationToken cancellationToken)
    {
        var credential = await issuer.IssueAsync(snapshot, names, lifetime, cancellationToken);
        using var key = credential.Key;
        using var privateKey = key.ExportPkcs8();
        var chain = credential.Certificate.ToPem() + string.Concat(credential.Intermediates.Select(der => PemWriter.WriteCertificate(der.Span)));
        return new(credential.Certificate.Plan, new V1Secret
        {
            Metadata = new V1ObjectMeta { Name = secret.Name, Namespace = secret.Namespace },
            Type = "kubernetes.io/tls",
            Data = new Dictionary<string, byte[]>
            {
                [Certificate] = Encoding.UTF8.GetBytes(chain),
                [Key] = Encoding.UTF8.GetBytes(PemEncoding.WriteString("PRIVATE KEY", privateKey.Der) + "\n"),
                [Roots] = Encoding.UTF8.GetBytes(snapshot.BundlePem),
            },
        });
    }

    private async Task<bool> WriteAsync(Made made, CancellationToken cancellationToken)
    {
        var outcome = await api.ApplyAsync(made.Body, new ApplyOptions(ClusterDistributor.FieldManager, Force: true), cancellationToken);
        if (outcome is ApiOutcome<V1Secret>.Failed(var failure))
        {
            return TellOnce($"it cannot be written: {failure.Kind}: {failure.Message}");
        }

        _fault = "";
        made.IsWritten = true;
        Log.IstiodCertificateWritten(logger, secret.ToString(), made.Plan.Serial.ToString(), made.Plan.NotAfter);
        return true;
    }

    private bool TellOnce(string fault)
    {
        if (fault != _fault)
        {
            _fault = fault;
            Log.IstiodCertificateFailed(logger, secret.ToString(), fault);
        }

        return false;
    }

    private static bool SameChain(IEnumerable<ReadOnlyMemory<byte>> present, IReadOnlyList<ReadOnlyMemory<byte>> wanted) =>
        present.Select(der => Convert.ToHexString(der.Span)).SequenceEqual(wanted.Select(der => Convert.ToHexString(der.Span)));

    private static IEnumerable<string> NamesOf(X509Certificate2 leaf) =>
        leaf.Extensions.OfType<X509SubjectAlternativeNameExtension>().SelectMany(names => names.EnumerateDnsNames()).Order(StringComparer.Ordinal);

    /// <summary>The certificate that was made last, with its key. No record: a printed form would show it.</summary>
    private sealed class Made(CertificatePlan plan, V1Secret body) : IDisposable
    {
        public CertificatePlan Plan => plan;

        public V1Secret Body => body;

        public bool IsWritten { get; set; }

        public void Dispose() => CryptographicOperations.ZeroMemory(body.Data![Key]); // made with it
    }
}
