using System.Security.Cryptography;
using System.Text;
using KubernetesClient;
using KubernetesClient.Models;
using MeshCA.Authorities;
using MeshCA.CertificateSigningRequests;
using MeshCA.Configuration;
using MeshCA.Csr;
using MeshCA.Issuance;
using MeshCA.Rpc;
using MeshCA.Telemetry;
using MeshCA.Tests.Csr;
using Microsoft.Extensions.Logging.Abstractions;
using SpiffeIdentity;
using SpiffeIdentity.Bundles;
using SpiffeIdentity.Svids;
using TestSupport;
using TestSupport.Kubernetes;
using Xunit;

namespace MeshCA.Tests.CertificateSigningRequests;

public sealed class RequestSignerTests : IAsyncLifetime
{
    private const string Signer = "meshca.io/workload";
    private const string Web = "spiffe://cluster.local/ns/shop/sa/web";
    private static readonly string Pem = TestRequest.P256().ToPem();

    private readonly ManualTimeProvider _clock = new();
    private readonly MemoryStore _store = new();
    private readonly TestRevocations _revocations = new();
    private readonly AuthorityRotator _rotator;
    private readonly SvidIssuer _issuer;
    private readonly Admission _admission = new(new LimitsOptions());
    private readonly RefusalAudit _refusals;
    private FakeApiServer _server = null!;
    private KubernetesApi _api = null!;
    private RequestSigner _signer = null!;

    public RequestSignerTests()
    {
        _rotator = new AuthorityRotator(_store, MeshAuthority.Settings, _clock, NullLogger<AuthorityRotator>.Instance);
        _issuer = new SvidIssuer(
            _rotator, MeshAuthority.TrustDomains, _store, _revocations, new DistributionPoint(""), MeshAuthority.Gate(_clock), MeshAuthority.NoChance, new SignatureSampling(1), Metrics(), _clock);
        _refusals = new RefusalAudit(_store, _clock);
    }

    public async ValueTask InitializeAsync()
    {
        await _rotator.AdvanceAsync(TestContext.Current.CancellationToken);
        _server = await FakeApiServer.StartAsync(TestContext.Current.CancellationToken, clock: _clock);
        _api = _server.CreateClient();
        _signer = NewSigner();
    }

    public async ValueTask DisposeAsync()
    {
        _api.Dispose();
        await _server.DisposeAsync();
        _rotator.Dispose();
        _admission.Dispose();
        _refusals.Dispose();
    }

    [Fact]
    public async Task An_approved_request_gets_a_chain_that_leads_to_the_roots_and_is_on_record()
    {
        Put("csr-1");
        await RunAsync();
        var item = Get("csr-1");
        Assert.True(X509Svid.TryParsePem(Certificate(item), out var svid, out var error), error.ToString());
        Assert.Equal(Web, svid.Id.ToString());
        var roots = X509Bundle.TryParsePem(TrustDomain.Parse("cluster.local"), _rotator.Current!.AnswerTail[^1], out var bundle, out _) ? bundle : null;
        Assert.Equal(X509SvidError.None, svid.Verify(roots!, _clock.GetUtcNow()));

        // certificates.k8s.io/v1: what follows the leaf are intermediates; roots are published elsewhere.
        Assert.DoesNotContain(svid.Certificates, certificate => roots!.Contains(certificate.Span));
        var record = Assert.Single(_store.Journal, record => record.Kind == CertificateKind.Leaf);
        Assert.Equal(item.Metadata.Uid, record.Evidence!.TokenId);
        Assert.Equal("csr:" + Signer, record.Evidence.Authenticator);
    }

    [Fact]
    public async Task The_record_is_durable_before_the_certificate_is_written()
    {
        Put("csr-1");
        _store.Fails = true;
        await RunAsync();
        Assert.Null(Get("csr-1").Status?.Certificate);
        Assert.DoesNotContain(SigningRequest.Failed, Conditions("csr-1"));

        // The store takes records again: the request waited, and is signed now.
        _store.Fails = false;
        _clock.Advance(TimeSpan.FromSeconds(2));
        await RunAsync();
        Assert.NotNull(Get("csr-1").Status?.Certificate);
        Assert.Equal(1, Leaves);
    }

    [Theory]
    [InlineData("PATCH", "status", 2)] // the delivery, after the reservation
    public async Task A_delivery_that_fails_is_made_again_with_the_same_certificate(string method, string subresource, int which)
    {
        Put("csr-1");
        var count = 0;
        _server.Fault = request => request.Method == method && request.Path.EndsWith(subresource, StringComparison.Ordinal) && ++count == which
            ? new FakeApiFault.Error(500, "InternalError")
            : null;
        await RunAsync();
        Assert.Null(Get("csr-1").Status?.Certificate);
        Assert.Equal(1, Leaves);

        _clock.Advance(TimeSpan.FromSeconds(2));
        await RunAsync();
        Assert.NotNull(Get("csr-1").Status?.Certificate);
        Assert.Equal(1, Leaves);
    }

    [Fact]
    public async Task An_answer_that_is_lost_makes_no_second_certificate()
    {
        // The API server did as it was told, and its answer never came.
        Put("csr-1");
        var count = 0;
        _server.Fault = request => request.Method == "PATCH" && ++count == 2 ? new FakeApiFault.Abort() : null;
        await RunAsync();
        for (var i = 0; i < 5; i++)
        {
            _clock.Advance(TimeSpan.FromMinutes(2));
            await RunAsync();
        }

        Assert.NotNull(Get("csr-1").Status?.Certificate);
        Assert.Equal(1, Leaves);
    }

    [Fact]
    public async Task An_old_copy_of_a_request_makes_no_second_certificate()
    {
        Put("csr-1");
        var before = _server.All<V1CertificateSigningRequest>();
        await RunAsync();
        await _signer.RunAsync(before, TestContext.Current.CancellationToken);
        Assert.Equal(1, Leaves);
    }

    [Fact]
    public async Task Of_two_replicas_that_both_believe_to_lead_one_signs()
    {
        Put("csr-1");
        var before = _server.All<V1CertificateSigningRequest>();
        var other = NewSigner();
        await _signer.RunAsync(before, TestContext.Current.CancellationToken);
        await other.RunAsync(before, TestContext.Current.CancellationToken);
        Assert.Equal(1, Leaves);
    }

    [Fact]
    public async Task What_a_process_that_is_gone_may_have_signed_fails_after_a_while_and_is_not_signed_again()
    {
        Put("csr-1");
        var count = 0;
        _server.Fault = request => request.Method == "PATCH" && ++count == 2 ? new FakeApiFault.Error(503, "ServiceUnavailable") : null;
        await RunAsync();
        Assert.Equal(1, Leaves);

        // A new process: it finds the reservation, and nothing else.
        _server.Fault = null;
        _signer = NewSigner();
        await RunAsync();
        Assert.DoesNotContain(SigningRequest.Failed, Conditions("csr-1"));
        _clock.Advance(TimeSpan.FromMinutes(3));
        await RunAsync();
        Assert.Contains(SigningRequest.Failed, Conditions("csr-1"));
        Assert.Equal(nameof(SigningRefusal.Abandoned), ReasonOf("csr-1"));
        Assert.Equal(1, Leaves);
    }

    [Fact]
    public async Task A_request_made_anew_under_the_same_name_is_another()
    {
        Put("csr-1");
        var old = _server.All<V1CertificateSigningRequest>();
        _server.Remove<V1CertificateSigningRequest>("csr-1");
        Put("csr-1");
        await _signer.RunAsync(old, TestContext.Current.CancellationToken);
        Assert.Null(Get("csr-1").Status?.Certificate);
        Assert.Equal(0, Leaves);
        await RunAsync();
        Assert.NotNull(Get("csr-1").Status?.Certificate);
        Assert.Equal(1, Leaves);
    }

    [Fact]
    public async Task What_is_not_in_order_fails_with_its_reason_and_the_audit_knows()
    {
        Put("csr-1", spec => spec with { Usages = ["client auth", "cert sign"] });
        await RunAsync();
        Assert.Equal(nameof(SigningRefusal.UsageNotAllowed), ReasonOf("csr-1"));
        Assert.Contains(SigningRequest.Approved, Conditions("csr-1"));
        Assert.Equal(0, Leaves);
        Assert.Contains(_store.Audit, entry => entry.Action == "csr.refused" && entry.Detail.Contains("csr-1", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_banned_identity_gets_nothing()
    {
        _revocations.Set(TestRevocations.Ban(Web));
        Put("csr-1");
        await RunAsync();
        Assert.Equal(nameof(SigningRefusal.IssuanceRefused), ReasonOf("csr-1"));
        Assert.Equal(0, Leaves);
    }

    [Fact]
    public async Task A_request_that_nobody_approved_is_left_alone()
    {
        Put("csr-1", approved: false);
        await RunAsync();
        Assert.Empty(Conditions("csr-1"));
        Assert.Equal(0, Leaves);
    }

    [Fact]
    public async Task A_request_for_the_requesters_own_identity_is_approved_where_that_is_set_and_then_signed()
    {
        _signer = NewSigner(approves: true);
        Put("csr-1", spec => spec with { Request = Encoding.ASCII.GetBytes((TestRequest.P256() with { Attributes = RequestedUrisTests.Attributes((6, Web)) }).ToPem()) }, approved: false);
        await RunAsync();
        Assert.Equal([SigningRequest.Approved], Conditions("csr-1"));
        await RunAsync();
        Assert.NotNull(Get("csr-1").Status?.Certificate);
        Assert.Contains(SigningRequest.Approved, Conditions("csr-1"));
    }

    [Fact]
    public async Task What_the_policy_denies_is_not_approved()
    {
        _revocations.Set(TestRevocations.Ban(Web));
        _signer = NewSigner(approves: true);
        Put("csr-1", spec => spec with { Request = Encoding.ASCII.GetBytes((TestRequest.P256() with { Attributes = RequestedUrisTests.Attributes((6, Web)) }).ToPem()) }, approved: false);
        await RunAsync();
        Assert.Empty(Conditions("csr-1"));
    }

    [Fact]
    public async Task A_lifetime_is_honoured_within_the_policy()
    {
        Put("short", spec => spec with { ExpirationSeconds = 3600 });
        Put("long", spec => spec with { ExpirationSeconds = int.MaxValue });
        await RunAsync();
        Assert.Equal(_clock.GetUtcNow().AddHours(1), Svid("short").NotAfter, TimeSpan.FromSeconds(2));
        Assert.True(Svid("long").NotAfter <= _rotator.Current!.Signer.NotAfter);
        Assert.Contains(_store.Audit, entry => entry.Action == "csr.clamped");
    }

    [Fact]
    public async Task It_says_when_to_come_back()
    {
        Put("csr-1");
        _store.Fails = true;
        Assert.Equal(_clock.GetUtcNow() + TimeSpan.FromSeconds(1), await RunAsync());
        _store.Fails = false;
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Null(await RunAsync());
    }

    private int Leaves => _store.Journal.Count(record => record.Kind == CertificateKind.Leaf);

    private static CertificateMetrics Metrics() => new(new TestMeterFactory());

    private RequestSigner NewSigner(bool approves = false) => new(
        _api,
        new SigningSettings
        {
            SignerNames = new HashSet<string> { Signer },
            Cluster = "Kubernetes",
            TrustDomain = TrustDomain.Parse("cluster.local"),
            Csr = new CsrPolicy(KeyPolicy.Default),
            ApprovesOwnIdentity = approves,
        },
        _issuer,
        _admission,
        _store,
        _refusals,
        Metrics(),
        new IssuancePolicyMetrics(new TestMeterFactory()),
        _clock,
        NullLogger<RequestSigner>.Instance);

    private Task<DateTimeOffset?> RunAsync() => _signer.RunAsync(_server.All<V1CertificateSigningRequest>(), TestContext.Current.CancellationToken);

    private void Put(string name, Func<V1CertificateSigningRequestSpec, V1CertificateSigningRequestSpec>? change = null, bool approved = true)
    {
        var spec = new V1CertificateSigningRequestSpec
        {
            Request = Encoding.ASCII.GetBytes(Pem),
            SignerName = Signer,
            Username = "system:serviceaccount:shop:web",
            Groups = ["system:serviceaccounts", "system:serviceaccounts:shop", "system:authenticated"],
            Usages = ["digital signature", "key encipherment", "client auth", "server auth"],
        };
        _server.Put(new V1CertificateSigningRequest
        {
            Metadata = new() { Name = name },
            Spec = change is null ? spec : change(spec),
            Status = approved ? new() { Conditions = [new() { Type = "Approved", Status = "True", Reason = "ByHand" }] } : null,
        });
    }

    private V1CertificateSigningRequest Get(string name) => _server.Find<V1CertificateSigningRequest>(name)!;

    private string[] Conditions(string name) => [.. (Get(name).Status?.Conditions ?? []).Select(condition => condition.Type!)];

    private string? ReasonOf(string name) => Get(name).Status?.Conditions?.Single(condition => condition.Type == "Failed").Reason;

    private X509Svid Svid(string name) => X509Svid.TryParsePem(Certificate(Get(name)), out var svid, out _) ? svid : throw new CryptographicException();

    private static string Certificate(V1CertificateSigningRequest item) => Encoding.ASCII.GetString(item.Status?.Certificate ?? []);
}
