using System.Security.Cryptography.X509Certificates;
using MeshCA.Authorities;
using MeshCA.Cryptography;
using MeshCA.Csr;
using MeshCA.Issuance;
using MeshCA.IssuancePolicies;
using MeshCA.Registration;
using MeshCA.Revocations;
using MeshCA.Telemetry;
using MeshCA.Tests.IssuancePolicies;
using Microsoft.Extensions.Logging.Abstractions;
using SpiffeIdentity;
using SpiffeIdentity.Bundles;
using SpiffeIdentity.Svids;
using TestSupport;
using Xunit;

namespace MeshCA.Tests.Issuance;

public sealed class SvidIssuerTests : IAsyncLifetime
{
    private const string Web = "spiffe://cluster.local/ns/default/sa/web";
    private static readonly CertificateFacts Shown = new(new SerialNumber(77), Fingerprint.Of("shown"u8), "aabb");
    private readonly ManualTimeProvider _clock = new();
    private readonly MemoryStore _store = new();
    private readonly SigningKey _ecKey = SigningKey.Generate(KeyAlgorithm.EcdsaP256);
    private readonly CertificateMetrics _metrics = new(new TestMeterFactory());
    private readonly AuthorityRotator _rotator;
    private readonly TestRevocations _revocations = new();
    private readonly SvidIssuer _issuer;

    public SvidIssuerTests()
    {
        _rotator = new AuthorityRotator(_store, MeshAuthority.Settings, _clock, NullLogger<AuthorityRotator>.Instance);
        _issuer = new SvidIssuer(_rotator, MeshAuthority.TrustDomains, _store, _revocations, new DistributionPoint(""), MeshAuthority.Gate(_clock), MeshAuthority.NoChance, new SignatureSampling(1), _metrics, _clock);
    }

    public async ValueTask InitializeAsync() => await _rotator.AdvanceAsync(TestContext.Current.CancellationToken);

    public ValueTask DisposeAsync()
    {
        _rotator.Dispose();
        _ecKey.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task An_issued_leaf_is_in_the_journal_with_its_evidence()
    {
        var issued = await IssueAsync();
        var record = _store.Journal[^1];
        Assert.Equal(CertificateKind.Leaf, record.Kind);
        Assert.Equal(issued.Certificate.Fingerprint, record.Certificate);
        Assert.Equal(_ecKey.PublicKey.Fingerprint, record.Key);
        Assert.Equal(Web, record.Subject!.ToString());
        Assert.Equal("web-0", record.Evidence!.PodName);
        Assert.Equal("ipv4:127.0.0.1:1", record.Peer);
        Assert.Equal(_rotator.Current!.BundleSequence, record.BundleSequence);
        Assert.Equal(_rotator.Current.Signer.Id, record.Authority);
    }

    [Fact]
    public async Task Nothing_leaves_without_a_durable_record()
    {
        _store.Fails = true;
        var outcome = await _issuer.IssueAsync(Request(), TestContext.Current.CancellationToken);
        Assert.Equal(RejectionReason.JournalUnavailable, Assert.IsType<IssuanceOutcome.Rejected>(outcome).Reason);
    }

    [Fact]
    public async Task A_foreign_trust_domain_is_refused()
    {
        var outcome = await _issuer.IssueAsync(Request("spiffe://elsewhere/ns/a/sa/b"), TestContext.Current.CancellationToken);
        Assert.Equal(RejectionReason.ForeignTrustDomain, Assert.IsType<IssuanceOutcome.Rejected>(outcome).Reason);
        Assert.DoesNotContain(_store.Journal, record => record.Kind == CertificateKind.Leaf);
    }

    // ADR 0010: all under the same authorities, each cluster for its own.
    [Theory]
    [InlineData("west", "spiffe://west.example/ns/a/sa/b", true)]
    [InlineData("Kubernetes", "spiffe://cluster.local/ns/a/sa/b", true)]
    [InlineData("west", "spiffe://cluster.local/ns/a/sa/b", false)]
    [InlineData("Kubernetes", "spiffe://west.example/ns/a/sa/b", false)]
    public async Task A_cluster_s_own_trust_domain_is_issued_to_that_cluster_alone(string cluster, string id, bool isIssued)
    {
        var domains = PermittedTrustDomains.Of(
            MeshAuthority.TrustDomain, [new("Kubernetes", MeshAuthority.TrustDomain), new("west", TrustDomain.Parse("west.example"))]);
        var issuer = new SvidIssuer(_rotator, domains, _store, _revocations, new DistributionPoint(""), MeshAuthority.Gate(_clock), MeshAuthority.NoChance, new SignatureSampling(1), _metrics, _clock);
        var request = Request(id);
        request = request with { Caller = request.Caller with { Evidence = request.Caller.Evidence with { Cluster = cluster } } };
        var outcome = await issuer.IssueAsync(request, TestContext.Current.CancellationToken);
        if (!isIssued)
        {
            Assert.Equal(RejectionReason.ForeignTrustDomain, Assert.IsType<IssuanceOutcome.Rejected>(outcome).Reason);
            Assert.DoesNotContain(_store.Journal, record => record.Kind == CertificateKind.Leaf);
            return;
        }

        var issued = Assert.IsType<IssuanceOutcome.Issued>(outcome);
        Assert.Equal(_rotator.Current!.Signer.Id, _store.Journal[^1].Authority);
        Assert.True(X509Svid.TryParsePem(string.Concat(issued.Chain.SkipLast(1)), out var svid, out _));
        Assert.True(X509Bundle.TryParsePem(svid.Id.TrustDomain, issued.Chain[^1], out var bundle, out _));
        Assert.Equal((id, X509SvidError.None), (svid.Id.ToString(), svid.Verify(bundle, _clock.GetUtcNow())));
    }

    [Fact]
    public async Task Without_an_authority_nothing_is_issued()
    {
        using var empty = new AuthorityRotator(_store, MeshAuthority.Settings, _clock, NullLogger<AuthorityRotator>.Instance);
        var issuer = new SvidIssuer(empty, MeshAuthority.TrustDomains, _store, _revocations, new DistributionPoint(""), MeshAuthority.Gate(_clock), MeshAuthority.NoChance, new SignatureSampling(0), _metrics, _clock);
        var outcome = await issuer.IssueAsync(Request(), TestContext.Current.CancellationToken);
        Assert.Equal(RejectionReason.AuthorityUnavailable, Assert.IsType<IssuanceOutcome.Rejected>(outcome).Reason);
    }

    [Fact]
    public async Task The_answer_is_leaf_then_intermediates_then_the_whole_bundle()
    {
        var issued = await IssueAsync();
        Assert.Equal(3, issued.Chain.Count);
        Assert.Equal(issued.Certificate.ToPem(), issued.Chain[0]);
        Assert.Equal(_rotator.Current!.BundlePem, issued.Chain[^1]);
        Assert.All(issued.Chain, element => Assert.EndsWith("\n", element, StringComparison.Ordinal));
    }

    // Appendix B 2, with the issue's profile.
    [Fact]
    public async Task The_leaf_has_its_profile()
    {
        var issued = await IssueAsync();
        using var leaf = X509CertificateLoader.LoadCertificate(issued.Certificate.Der.Span);
        Assert.Equal(3, leaf.Version);
        Assert.Empty(leaf.Subject);
        Assert.Equal(_clock.GetUtcNow().AddSeconds(-120).UtcDateTime, leaf.NotBefore.ToUniversalTime());
        Assert.Equal(_clock.GetUtcNow().AddHours(24).UtcDateTime, leaf.NotAfter.ToUniversalTime());
        Assert.Equal(
            ["2.5.29.15!", "2.5.29.37", "2.5.29.19!", "2.5.29.14", "2.5.29.35", "2.5.29.17!"],
            leaf.Extensions.Select(e => e.Oid!.Value + (e.Critical ? "!" : "")));
        Assert.Equal(X509KeyUsageFlags.DigitalSignature, leaf.Extensions.OfType<X509KeyUsageExtension>().Single().KeyUsages);
        Assert.False(leaf.Extensions.OfType<X509BasicConstraintsExtension>().Single().CertificateAuthority);
        Assert.Equal(
            ["1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"],
            leaf.Extensions.OfType<X509EnhancedKeyUsageExtension>().Single().EnhancedKeyUsages.Cast<System.Security.Cryptography.Oid>().Select(o => o.Value));
        Assert.Equal(
            _rotator.Current!.Signer.Id,
            Convert.ToHexStringLower(leaf.Extensions.OfType<X509AuthorityKeyIdentifierExtension>().Single().KeyIdentifier!.Value.Span));
        Assert.InRange(leaf.SerialNumberBytes.Length, 1, 16);
    }

    [Fact]
    public async Task An_rsa_leaf_may_also_encipher_keys()
    {
        using var rsa = SigningKey.Generate(KeyAlgorithm.Rsa, 2048);
        var issued = Assert.IsType<IssuanceOutcome.Issued>(
            await _issuer.IssueAsync(Request() with { PublicKey = rsa.PublicKey }, TestContext.Current.CancellationToken));
        using var leaf = X509CertificateLoader.LoadCertificate(issued.Certificate.Der.Span);
        Assert.Equal(
            X509KeyUsageFlags.DigitalSignature | X509KeyUsageFlags.KeyEncipherment,
            leaf.Extensions.OfType<X509KeyUsageExtension>().Single().KeyUsages);
    }

    [Fact]
    public async Task The_chain_verifies_to_the_bundle_on_the_platform()
    {
        var issued = await IssueAsync();
        using var leaf = X509Certificate2.CreateFromPem(issued.Chain[0]);
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.VerificationTime = _clock.GetUtcNow().UtcDateTime;
        chain.ChainPolicy.ExtraStore.Add(X509Certificate2.CreateFromPem(issued.Chain[1]));
        chain.ChainPolicy.CustomTrustStore.Add(X509Certificate2.CreateFromPem(issued.Chain[2]));
        Assert.True(chain.Build(leaf), string.Join(", ", chain.ChainStatus.Select(s => s.StatusInformation)));
    }

    [Theory]
    [InlineData(nameof(KeyAlgorithm.EcdsaP384))]
    [InlineData(nameof(KeyAlgorithm.Rsa))]
    public async Task Authorities_of_other_keys_issue_leaves_that_verify(string name)
    {
        var algorithm = Enum.Parse<KeyAlgorithm>(name);
        var settings = MeshAuthority.Settings with
        {
            RootKey = new KeyChoice(algorithm, 2048),
            IntermediateKey = new KeyChoice(algorithm, 2048),
        };
        using var rotator = new AuthorityRotator(new MemoryStore(), settings, _clock, NullLogger<AuthorityRotator>.Instance);
        await rotator.AdvanceAsync(TestContext.Current.CancellationToken);
        var issuer = new SvidIssuer(rotator, MeshAuthority.TrustDomains, _store, _revocations, new DistributionPoint(""), MeshAuthority.Gate(_clock), MeshAuthority.NoChance, new SignatureSampling(1), _metrics, _clock);
        var outcome = await issuer.IssueAsync(Request(), TestContext.Current.CancellationToken);
        Assert.IsType<IssuanceOutcome.Issued>(outcome);
    }

    [Fact]
    public async Task A_renewal_by_certificate_ends_with_its_evidence()
    {
        var limit = _clock.GetUtcNow().AddHours(1);
        var issued = Assert.IsType<IssuanceOutcome.Issued>(
            await _issuer.IssueAsync(Request(notAfterLimit: limit), TestContext.Current.CancellationToken));
        Assert.Equal(limit, issued.Certificate.Plan.NotAfter);
        Assert.True(issued.Clamped);
    }

    [Fact]
    public async Task A_rule_that_denies_refuses_before_anything_is_signed()
    {
        var rejected = await RejectAsync("[{name: no-web, action: DENY, from: {serviceAccounts: [web]}}]");
        Assert.Equal((RejectionReason.PolicyDenied, "no-web", "rule `no-web`"), (rejected.Reason, rejected.Rule, rejected.Explanation));
    }

    [Fact]
    public async Task A_rule_limits_lifetime_and_says_so()
    {
        var issued = Assert.IsType<IssuanceOutcome.Issued>(await IssueUnderAsync("[{name: short, grant: {maxLifetime: 1h}}]"));
        Assert.Equal(_clock.GetUtcNow().AddHours(1), issued.Certificate.Plan.NotAfter);
        Assert.Equal("short", issued.Rule);
    }

    [Fact]
    public async Task What_is_refused_anyway_takes_nothing_off_the_allowance()
    {
        var issuer = Issuer("[{name: one, grant: {keys: [EcdsaP256], rate: {certificates: 1, per: 1h}}}]", () => 0);
        using var rsa = SigningKey.Generate(KeyAlgorithm.Rsa, 2048);
        var token = TestContext.Current.CancellationToken;
        Assert.IsType<IssuanceOutcome.Rejected>(await issuer.IssueAsync(Request() with { PublicKey = rsa.PublicKey }, token));
        Assert.IsType<LeafPreparation.Ready>(issuer.Prepare(Request()));
        Assert.IsType<IssuanceOutcome.Issued>(await issuer.IssueAsync(Request(), token));
        var rejected = Assert.IsType<IssuanceOutcome.Rejected>(await issuer.IssueAsync(Request(), token));
        Assert.Equal((RejectionReason.PolicyRateExceeded, "one"), (rejected.Reason, rejected.Rule));
        Assert.Single(_store.Journal, record => record.Kind == CertificateKind.Leaf);
    }

    [Fact]
    public void A_dry_run_signs_and_records_nothing()
    {
        var before = _store.Journal.Count;
        var ready = Assert.IsType<LeafPreparation.Ready>(_issuer.Prepare(Request()));
        Assert.Equal(Web, ready.Plan.SpiffeId!.ToString());
        Assert.Equal(before, _store.Journal.Count);
    }

    [Fact]
    public async Task Names_that_a_rule_permits_stand_behind_the_spiffe_id()
    {
        var names = RequestedNames.Of(Convert.FromHexString(
            "3023" + "06092A864886F70D01090E" + "3116" + "3014" + "3012" + "0603551D11" + "040B" + "3009" + "8207" + "772E612E636F6D"));
        Assert.True(names.TryRead(out var read));
        Assert.Equal(["w.a.com"], read);
        var issuer = Issuer("[{name: named, grant: {dnsNames: [\"*.com\"]}}]", () => 0);
        var issued = Assert.IsType<IssuanceOutcome.Issued>(
            await issuer.IssueAsync(Request() with { Names = names }, TestContext.Current.CancellationToken));
        using var leaf = X509CertificateLoader.LoadCertificate(issued.Certificate.Der.Span);
        var alternatives = leaf.Extensions.OfType<X509SubjectAlternativeNameExtension>().Single();
        Assert.True(alternatives.Critical);
        Assert.Equal(["w.a.com"], alternatives.EnumerateDnsNames());
        Assert.True(X509Svid.TryParse([issued.Certificate.Der], out var svid, out var error), $"{error}");
        Assert.Equal(Web, svid.Id.ToString());
    }

    [Fact]
    public async Task Chance_decides_the_end_of_a_leaf()
    {
        var issuer = Issuer("[]", () => 0.5, MeshAuthority.Lifetimes with { Jitter = 0.1 });
        var issued = Assert.IsType<IssuanceOutcome.Issued>(await issuer.IssueAsync(Request(), TestContext.Current.CancellationToken));
        Assert.Equal(_clock.GetUtcNow().AddHours(24 - 1.2), issued.Certificate.Plan.NotAfter);
        Assert.False(issued.Clamped);
    }

    public static TheoryData<string, string> Revoked() => new()
    {
        { nameof(RejectionReason.IdentityBanned), "" },
        { nameof(RejectionReason.IdentityBanned), "prefix" },
        { nameof(RejectionReason.KeyRevoked), "" },
        { nameof(RejectionReason.CertificateRevoked), "serial" },
        { nameof(RejectionReason.CertificateRevoked), "key" },
        { nameof(RejectionReason.CertificateRevoked), "authority" },
        { nameof(RejectionReason.AuthorityRevoked), "" },
    };

    [Theory, MemberData(nameof(Revoked))]
    public async Task What_is_revoked_gets_no_certificate_and_leaves_no_record(string reason, string by)
    {
        _revocations.Set(Revocation(reason, by));
        var rejected = Assert.IsType<IssuanceOutcome.Rejected>(await _issuer.IssueAsync(Renewal(), TestContext.Current.CancellationToken));
        Assert.Equal(reason, rejected.Reason.ToString());
        Assert.StartsWith("1: ", rejected.Detail, StringComparison.Ordinal);
        Assert.DoesNotContain(_store.Journal, record => record.Kind == CertificateKind.Leaf);
    }

    [Theory, MemberData(nameof(Revoked))]
    public async Task What_is_revoked_while_it_is_recorded_does_not_leave(string reason, string by)
    {
        _store.RecordAppended = () => _revocations.Set(Revocation(reason, by));
        var rejected = Assert.IsType<IssuanceOutcome.Rejected>(await _issuer.IssueAsync(Renewal(), TestContext.Current.CancellationToken));
        Assert.Equal(reason, rejected.Reason.ToString());

        // Recorded all the same: the command that revoked it counts it among those that live.
        Assert.Single(_store.Journal, record => record.Kind == CertificateKind.Leaf);
    }

    [Fact]
    public async Task A_revocation_of_others_forbids_nothing()
    {
        _revocations.Set(
            TestRevocations.Ban(Web + "2"),
            TestRevocations.Ban("spiffe://cluster.local/ns/default/sa/we", isPrefix: true, 2),
            TestRevocations.Of(RevocationKind.Key, new string('0', 64), 3),
            TestRevocations.Of(RevocationKind.Authority, "00", 4));
        Assert.IsType<IssuanceOutcome.Issued>(await _issuer.IssueAsync(Renewal(), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_banned_node_proxy_gets_nothing_for_others()
    {
        const string ztunnel = "spiffe://cluster.local/ns/istio-system/sa/ztunnel";
        var request = Request();
        request = request with { Caller = request.Caller with { Evidence = request.Caller.Evidence with { RequestedBy = SpiffeId.Parse(ztunnel) } } };
        Assert.IsType<IssuanceOutcome.Issued>(await _issuer.IssueAsync(request, TestContext.Current.CancellationToken));
        _revocations.Set(TestRevocations.Ban(ztunnel));
        var rejected = Assert.IsType<IssuanceOutcome.Rejected>(await _issuer.IssueAsync(request, TestContext.Current.CancellationToken));
        Assert.Equal(RejectionReason.IdentityBanned, rejected.Reason);
    }

    [Fact]
    public async Task A_ban_that_has_ended_forbids_nothing()
    {
        _revocations.Set(TestRevocations.Ban(Web, until: _clock.GetUtcNow()));
        await IssueAsync();
    }

    [Fact]
    public async Task A_leaf_names_the_place_of_its_signers_list_where_that_is_set()
    {
        var issuer = new SvidIssuer(
            _rotator, MeshAuthority.TrustDomains, _store, _revocations, new DistributionPoint("http://ca:15014/crl/"), MeshAuthority.Gate(_clock), MeshAuthority.NoChance, new SignatureSampling(1), _metrics, _clock);
        var issued = Assert.IsType<IssuanceOutcome.Issued>(await issuer.IssueAsync(Request(), TestContext.Current.CancellationToken));
        using var leaf = X509CertificateLoader.LoadCertificate(issued.Certificate.Der.Span);
        var expected = CertificateRevocationListBuilder.BuildCrlDistributionPointExtension([$"http://ca:15014/crl/{_rotator.Current!.Signer.Id}.crl"]);
        Assert.Equal(expected.RawData, leaf.Extensions.Single(extension => extension.Oid!.Value == Oids.CrlDistributionPoints).RawData);
    }

    private Revocation Revocation(string reason, string by) => (reason, by) switch
    {
        (nameof(RejectionReason.IdentityBanned), "") => TestRevocations.Ban(Web),
        (nameof(RejectionReason.IdentityBanned), _) => TestRevocations.Ban("spiffe://cluster.local/ns/default", isPrefix: true),
        (nameof(RejectionReason.KeyRevoked), _) => TestRevocations.Of(RevocationKind.Key, _ecKey.PublicKey.Fingerprint.ToString()),
        (_, "serial") => TestRevocations.Of(RevocationKind.Certificate, Shown.Serial.ToString()) with { Serial = Shown.Serial, Issuer = Shown.Authority },
        (_, "key") => TestRevocations.Of(RevocationKind.Key, Shown.Key.ToString()),
        (_, "authority") => TestRevocations.Of(RevocationKind.Authority, Shown.Authority),
        _ => TestRevocations.Of(RevocationKind.Authority, _rotator.Current!.Signer.Id),
    };

    private SvidRequest Renewal()
    {
        var request = Request();
        return request with { Caller = request.Caller with { Evidence = request.Caller.Evidence with { Shown = Shown } } };
    }

    private async Task<IssuanceOutcome.Rejected> RejectAsync(string rules)
    {
        var rejected = Assert.IsType<IssuanceOutcome.Rejected>(await IssueUnderAsync(rules));
        Assert.DoesNotContain(_store.Journal, record => record.Kind == CertificateKind.Leaf);
        return rejected;
    }

    private Task<IssuanceOutcome> IssueUnderAsync(string rules) =>
        Issuer(rules, () => 0).IssueAsync(Request(), TestContext.Current.CancellationToken);

    private SvidIssuer Issuer(string rules, Func<double> chance, LifetimePolicy? lifetimes = null) => new(
        _rotator,
        MeshAuthority.TrustDomains,
        _store,
        _revocations,
        new DistributionPoint(""),
        lifetimes is null
            ? Policy.Gate(rules, _clock)
            : new IssuanceGate(IssuancePolicy.Open(lifetimes), new IssuanceRates(_clock), podLabels: null),
        new ChanceSource(chance),
        new SignatureSampling(1),
        _metrics,
        _clock);

    private async Task<IssuanceOutcome.Issued> IssueAsync() =>
        Assert.IsType<IssuanceOutcome.Issued>(await _issuer.IssueAsync(Request(), TestContext.Current.CancellationToken));

    private SvidRequest Request(string id = Web, DateTimeOffset? notAfterLimit = null) => new(
        MeshAuthority.Caller(id, _clock.GetUtcNow(), notAfterLimit), _ecKey.PublicKey, TimeSpan.Zero, "ipv4:127.0.0.1:1");
}
