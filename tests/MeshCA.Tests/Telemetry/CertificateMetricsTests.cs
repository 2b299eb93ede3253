using System.Diagnostics.Metrics;
using Grpc.Core;
using MeshCA.Authorities;
using MeshCA.Configuration;
using MeshCA.Federation;
using MeshCA.Rotations;
using MeshCA.Telemetry;
using MeshCA.Tests.Federation;
using MeshCA.TrustDistribution;
using TestSupport;
using Xunit;

namespace MeshCA.Tests.Telemetry;

public sealed class CertificateMetricsTests : IDisposable
{
    private readonly MetricsFixture _fixture = new();
    private readonly ManualTimeProvider _clock = new();
    private readonly CertificateMetrics _metrics;
    private readonly DecisionMetrics _decisions;
    private readonly PolicyMetrics _policies;
    private readonly AdminMetrics _admin;
    private readonly ConsumerMetrics _consumers;
    private readonly IssuancePolicyMetrics _issuance;
    private readonly RevocationMetrics _revocations;
    private readonly RotationMetrics _rotations;
    private readonly DistributionMetrics _distribution;
    private readonly ClusterPolicyMetrics _clusterPolicies;
    private readonly ClusterTokenMetrics _clusterTokens;
    private readonly JwtSvidMetrics _jwtSvids;
    private readonly FederationMetrics _federation;
    private readonly AgentMetrics _agent;
    private readonly WorkloadMetrics _workloads;

    public CertificateMetricsTests()
    {
        _metrics = new CertificateMetrics(_fixture.Factory);
        _decisions = new DecisionMetrics(_fixture.Factory);
        _policies = new PolicyMetrics(_fixture.Factory);
        _admin = new AdminMetrics(_fixture.Factory);
        _consumers = new ConsumerMetrics(_fixture.Factory);
        _issuance = new IssuancePolicyMetrics(_fixture.Factory);
        _revocations = new RevocationMetrics(_fixture.Factory);
        _rotations = new RotationMetrics(_fixture.Factory);
        _distribution = new DistributionMetrics(_fixture.Factory);
        _clusterPolicies = new ClusterPolicyMetrics(_fixture.Factory);
        _clusterTokens = new ClusterTokenMetrics(_fixture.Factory);
        _jwtSvids = new JwtSvidMetrics(_fixture.Factory);
        _federation = new FederationMetrics(_fixture.Factory);
        _agent = new AgentMetrics(_fixture.Factory);
        _workloads = new WorkloadMetrics(_fixture.Factory);
    }

    public void Dispose() => _fixture.Dispose();

    [Fact]
    public void Every_row_of_the_table_is_an_instrument_and_every_instrument_a_row()
    {
        var published = new List<(string Name, string? Help)>();
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, _) =>
        {
            if (ReferenceEquals(instrument.Meter.Scope, _fixture.Factory))
            {
                published.Add((instrument.Name, instrument.Description));
            }
        };
        listener.Start();

        ObserveAll();

        Assert.Equal(
            Instruments.All.Select(row => (row.Name, (string?)row.Help)).Order(), published.Order());
    }

    [Fact]
    public void Every_instrument_is_shown_with_the_type_and_labels_of_its_row()
    {
        ObserveAll();
        RecordAll();

        var lines = _fixture.Lines;
        foreach (var row in Instruments.All)
        {
            Assert.Contains($"# TYPE {row.Name} {row.Type.ToString().ToLowerInvariant()}", lines);
            var suffix = row.Type == MetricType.Histogram ? "_count" : "";
            var sample = lines.First(line => line.StartsWith(row.Name + suffix, StringComparison.Ordinal));
            Assert.Equal(row.Labels, LabelsOf(sample));
        }
    }

    [Theory]
    [InlineData(0, "CA_NOT_READY")]
    [InlineData(1, "CSR_ERROR")]
    [InlineData(2, "TTL_ERROR")]
    [InlineData(3, "CERT_GEN_ERROR")]
    [InlineData(4, "UNKNOWN")]
    public void Signing_errors_bear_istiods_names(int kind, string name)
    {
        _metrics.SignError((SignErrorKind)kind);

        Assert.Contains($"citadel_server_csr_sign_err_count{{error=\"{name}\"}} 1", _fixture.Lines);
    }

    [Fact]
    public void Each_stage_has_its_own_histogram()
    {
        foreach (var stage in Enum.GetValues<IssuanceStage>())
        {
            _metrics.Stage(stage, TimeSpan.FromMilliseconds(2));
            var name = stage.ToString().ToLowerInvariant();
            Assert.Contains($"meshca_csr_stage_seconds_bucket{{stage=\"{name}\",le=\"0.001\"}} 0", _fixture.Lines);
            Assert.Contains($"meshca_csr_stage_seconds_bucket{{stage=\"{name}\",le=\"0.0025\"}} 1", _fixture.Lines);
        }
    }

    [Fact]
    public void Expiry_follows_the_clock_and_goes_below_zero()
    {
        var end = _clock.GetUtcNow().AddMinutes(10);
        _metrics.ObserveExpiry(_clock, () => end, () => null);
        Assert.Contains($"citadel_server_root_cert_expiry_timestamp {end.ToUnixTimeSeconds()}", _fixture.Lines);
        Assert.Contains("citadel_server_root_cert_expiry_seconds 600", _fixture.Lines);

        _clock.Advance(TimeSpan.FromMinutes(11));

        Assert.Contains("citadel_server_root_cert_expiry_seconds -60", _fixture.Lines);
    }

    [Fact]
    public void An_authority_that_is_not_there_has_no_expiry()
    {
        _metrics.ObserveExpiry(_clock, () => null, () => null);

        Assert.DoesNotContain(_fixture.Lines, line => line.StartsWith("citadel_", StringComparison.Ordinal) && line.Contains("expiry", StringComparison.Ordinal));
    }

    [Fact]
    public void Requests_in_flight_go_down_when_they_are_answered()
    {
        _metrics.CsrReceived();
        _metrics.CsrReceived();
        _metrics.CsrAnswered();

        Assert.Contains("meshca_csr_in_flight 1", _fixture.Lines);
        Assert.Contains("citadel_server_csr_count 2", _fixture.Lines);
    }

    private static IEnumerable<string> LabelsOf(string sample) => sample.Contains('{', StringComparison.Ordinal)
        ? sample[(sample.IndexOf('{', StringComparison.Ordinal) + 1)..sample.IndexOf('}', StringComparison.Ordinal)]
            .Split(',').Select(label => label.Split('=')[0])
        : [];

    private void ObserveAll()
    {
        _metrics.ObserveExpiry(_clock, () => _clock.GetUtcNow(), () => _clock.GetUtcNow());
        _metrics.ObserveStore(() => true);
        _metrics.ObserveReadiness(() => false);
        _policies.ObserveSnapshot(() => 1, () => TimeSpan.FromSeconds(1));
        _policies.ObserveSources(() => 0, () => [new("InForce", 1)]);
        _clusterPolicies.Observe(() => TimeSpan.Zero, () => 1);
        _consumers.Observe(() => [], () => 1, () => 1, _ => false);
        _issuance.ObserveFailure(() => false);
        _revocations.Observe(() => 1, () => [new("Identity", 1)], () => [new("aa", 1)], () => 0);
        _metrics.ObserveLeadership(() => true);
        _distribution.Observe(() => [new ClusterStanding("home", true, 1, [])], () => [new("home", 0)]);
        _jwtSvids.Observe(() => 2, () => true);
        _federation.Observe(() => [new("peer.example", Standing(_clock.GetUtcNow()))]);
        _agent.Observe(() => Holding);
        _workloads.Observe(() => 1, () => false, () => [("awaited", 1)], () => 0);
        _rotations.Observe(_clock, () => Rotating(_clock.GetUtcNow()), RotationSettings);
    }

    private void RecordAll()
    {
        _metrics.CsrReceived();
        _metrics.AuthenticationFailed();
        _metrics.SignError(SignErrorKind.Unknown);
        _metrics.Issued("jwt:local", TimeSpan.FromHours(24));
        _metrics.Rejected("KeyTooSmall");
        _metrics.Stage(IssuanceStage.Total, TimeSpan.FromMilliseconds(1));
        _metrics.RpcHandled("unary", "s", "m", "OK", TimeSpan.FromMilliseconds(1));
        _metrics.TokenCacheLookup(hit: true);
        _metrics.TokenCacheLookup(hit: false);
        _metrics.IssuerKeysNotRead("local");
        _metrics.JournalCommitted(3, TimeSpan.FromMilliseconds(1));
        _metrics.JournalFailed();
        _metrics.CsrAnswered();
        _metrics.StreamOpened();
        _metrics.AdmittedByExpiry();
        _admin.Called("/s/m", "ok");
        _issuance.Decided("rule", "issued");
        _revocations.ListRoundFailed();
        _revocations.Reached(TimeSpan.FromMilliseconds(34));
        _rotations.Stepped(new RotationOutcome.Refused(AuthorityRefusal.NoRotation, ""));
        _distribution.Wrote("home", "ok");
        _distribution.Overwritten("home");
        _clusterTokens.Reviewed("home", "accepted", TimeSpan.FromMilliseconds(1));
        _clusterTokens.NotAlive("home", "PodGone");
        _clusterTokens.Impersonated("home", "allowed");
        _federation.Polled("peer.example", "ok");
        _agent.Requested("obtained");
        _agent.StreamEnded(StatusCode.Unavailable);
        _agent.BundleRefused();
        _agent.JwtRequested("minted");
        _agent.FilesWritten(done: true);
        _agent.Reloaded(done: true);
        _workloads.StreamOpened("secrets");
        _workloads.Sent("secrets");
        _workloads.Refused("NotReady");
        _workloads.SecretNotAccepted();
        _jwtSvids.Issued("jwt:local");
        _jwtSvids.Refused("PolicyDenied");
        _clusterPolicies.StatusWritten("None");
        _clusterPolicies.WebhookAnswered("allowed");
        _policies.SourceFailed();
        _policies.Reloaded(TimeSpan.FromSeconds(1));
        _decisions.Decided("deny", "DENY", "deny_rule_matched", audited: true, TimeSpan.FromMicroseconds(1));
        _decisions.DeterminedBy("AuthorizationPolicy/shop/p", "deny");
        _decisions.DryRun("DENY", "denied");
        _decisions.Refused("NoSnapshot");
        _decisions.HttpAnswered("envoy", 503, TimeSpan.FromMilliseconds(1));
        _decisions.RecordsWritten(1);
        _decisions.RecordsExported(1);
        _decisions.RecordsDropped(RecordDrop.QueueFull, 1);
    }

    // A root that is due to be replaced, after a rotation that ended.
    private static AuthoritySet Rotating(DateTimeOffset now)
    {
        using var root = AuthorityFactory.CreateRoot(MeshAuthority.Settings, now);
        return new AuthoritySet(2, 1, [root.Record with { HasKey = true }])
        {
            Rotation = new RotationRecord
            {
                Number = 1,
                Phase = RotationPhase.Completed,
                OldRoot = "a",
                NewRoot = root.Record.Id,
                StartedAt = now,
                PhaseSince = now,
                Actor = "uid:0",
                TargetSequence = 1,
            },
        };
    }

    private static PeerStatus Standing(DateTimeOffset now) => new()
    {
        Alarms = [PeerAlarm.Overdue],
        Age = TimeSpan.FromHours(1),
        End = now,
        Standing = new() { Relationship = Peers.Web(), Interval = TimeSpan.FromMinutes(5), NextAttempt = now },
    };

    private static AgentFigures Holding => new()
    {
        SecondsToExpiry = new Dictionary<string, double> { ["web"] = 60 },
        Failures = new Dictionary<string, double> { ["web"] = 0 },
        EntriesWithoutSvid = 0,
        Acknowledged = 1,
        IsStreamOpen = true,
    };

    private static RotationSettings RotationSettings => new RotationOptions().ToSettings(TimeSpan.FromHours(24), TimeSpan.FromDays(15));
}
