using System.Diagnostics.CodeAnalysis;
using BenchmarkDotNet.Attributes;
using MeshCA.Authorities;
using MeshCA.Cryptography;
using MeshCA.Issuance;
using MeshCA.Issuance.Lints;
using MeshCA.Registration;
using MeshCA.Telemetry;
using Microsoft.Extensions.Logging.Abstractions;
using TestSupport;

namespace MeshCA.Benchmarks.Issuance;

/// <summary>From a proved key and an authenticated caller to a signed leaf: each step, and the whole without a disk.</summary>
/// <remarks>Everything is P-256. A lint is redeemed once, so signing has no benchmark alone: subtract <see cref="Lint"/>.</remarks>
[SuppressMessage("Design", "CA1001", Justification = "BenchmarkDotNet calls CleanUp, and never Dispose.")]
public class IssueBenchmarks
{
    // More would measure how the heap grows.
    private const int RecordsKept = 4_096;

    private readonly MemoryStore _store = new();
    private readonly TestMeterFactory _meters = new();
    private SigningKey _key = null!; // this and the following are set in Prepare
    private AuthorityRotator _authorities = null!;
    private SigningAuthority _signer = null!;
    private SvidRequest _request = null!;
    private SvidIssuer _checkingNone = null!;
    private SvidIssuer _checkingAll = null!;
    private CertificatePlan _plan = null!;
    private byte[] _toBeSigned = [];
    private ReadOnlyMemory<byte> _certificate;

    [GlobalSetup]
    public void Prepare()
    {
        // A certificate's times are whole seconds.
        var now = DateTimeOffset.FromUnixTimeSeconds(TimeProvider.System.GetUtcNow().ToUnixTimeSeconds());
        _key = SigningKey.Generate(KeyAlgorithm.EcdsaP256);
        _authorities = new(_store, MeshAuthority.Settings, TimeProvider.System, NullLogger<AuthorityRotator>.Instance);
        _signer = CurrentSigner();
        var caller = MeshAuthority.Caller("spiffe://cluster.local/ns/default/sa/web", now);
        _request = new(caller, _key.PublicKey, TimeSpan.Zero, "ipv4:127.0.0.1:1");
        var metrics = new CertificateMetrics(_meters);
        _checkingNone = NewIssuer(share: 0, metrics);
        _checkingAll = NewIssuer(share: 1, metrics);
        _plan = MeshAuthority.LeafPlan(_signer, _key.PublicKey, now);
        _toBeSigned = TbsCertificateBuilder.Build(_plan);
        _certificate = _signer.Sign(Linted(_toBeSigned)).Der;
    }

    [GlobalCleanup]
    public void CleanUp()
    {
        _authorities.Dispose();
        _key.Dispose();
        _meters.Dispose();
    }

    /// <summary>The to-be-signed bytes of a plan.</summary>
    [Benchmark]
    public byte[] Build() => TbsCertificateBuilder.Build(_plan);

    /// <summary>Those bytes read back and held against every lint.</summary>
    [Benchmark]
    public object Lint() => Linted(_toBeSigned);

    /// <summary>The only way to a signature.</summary>
    [Benchmark]
    public object LintAndSign() => _signer.Sign(Linted(_toBeSigned));

    /// <summary>The check against faults, alone.</summary>
    [Benchmark]
    public bool CheckSignature() => _signer.Verifies(_certificate);

    /// <summary>All of the ceremony; no signature is checked.</summary>
    [Benchmark(Baseline = true)]
    public Task Issue() => IssueAsync(_checkingNone);

    /// <summary>The same with every signature checked: the difference is what a share of 1 costs.</summary>
    [Benchmark]
    public Task IssueCheckingEach() => IssueAsync(_checkingAll);

    private async Task IssueAsync(SvidIssuer issuer)
    {
        if (_store.Journal.Count >= RecordsKept)
        {
            _store.Journal.Clear();
        }

        if (await issuer.IssueAsync(_request, default) is not IssuanceOutcome.Issued)
        {
            throw new InvalidOperationException("the request must be good");
        }
    }

    private LintedCertificate Linted(byte[] toBeSigned) =>
        LintedCertificate.TryLint(toBeSigned, _plan, out var linted, out var broken)
            ? linted
            : throw new InvalidOperationException(broken);

    private SvidIssuer NewIssuer(double share, CertificateMetrics metrics) => new(
        _authorities,
        PermittedTrustDomains.Only(MeshAuthority.Settings.TrustDomain),
        _store,
        new TestRevocations(),
        new DistributionPoint(""),
        MeshAuthority.Gate(TimeProvider.System),
        ChanceSource.Random,
        new SignatureSampling(share),
        metrics,
        TimeProvider.System);

    [SuppressMessage("Usage", "VSTHRD002", Justification = "The store is memory: the task has ended when it is returned.")]
    private SigningAuthority CurrentSigner()
    {
        _authorities.AdvanceAsync(default).GetAwaiter().GetResult();
        return _authorities.Current?.Signer ?? throw new InvalidOperationException("an authority must have been made");
    }
}
