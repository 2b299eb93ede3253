using MeshCA.DecisionLog;
using MeshCA.Telemetry;
using MeshCA.Tests.Telemetry;
using Xunit;

namespace MeshCA.Tests.DecisionLog;

public sealed class DecisionCounterTests : IDisposable
{
    private const string Rules = """
        apiVersion: security.istio.io/v1
        kind: AuthorizationPolicy
        metadata: {name: readers, namespace: shop}
        spec: {rules: [{to: [{operation: {methods: [GET]}}]}]}
        ---
        apiVersion: security.istio.io/v1
        kind: AuthorizationPolicy
        metadata: {name: trial, namespace: shop, annotations: {istio.io/dry-run: 'true'}}
        spec: {action: DENY, rules: [{to: [{operation: {methods: [GET]}}]}]}
        ---
        apiVersion: security.istio.io/v1
        kind: AuthorizationPolicy
        metadata: {name: marked, namespace: shop}
        spec: {action: AUDIT, rules: [{to: [{operation: {methods: [PUT]}}]}]}
        """;

    private readonly MetricsFixture _metrics = new();
    private readonly SampleDecisions _decisions = new(Rules);
    private readonly DecisionCounter _counter;

    public DecisionCounterTests() => _counter = new DecisionCounter(new DecisionMetrics(_metrics.Factory), new PolicyLabels(10));

    public void Dispose() => _metrics.Dispose();

    [Fact]
    public void An_allowed_request_counts_for_the_rule_that_allows_it()
    {
        _counter.Record(_decisions.Decide(new() { Method = "GET" }));

        Assert.Contains("meshca_decisions_total{decision=\"allow\",action=\"ALLOW\",reason=\"allow_rule_matched\"} 1", _metrics.Lines);
        Assert.Contains("meshca_policy_decisions_total{policy=\"AuthorizationPolicy/shop/readers\",decision=\"allow\"} 1", _metrics.Lines);
        Assert.Contains("meshca_dry_run_results_total{action=\"DENY\",result=\"denied\"} 1", _metrics.Lines);
        Assert.Contains("meshca_decisions_audited_total 0", _metrics.Lines);
    }

    [Fact]
    public void A_denied_request_that_no_rule_matches_counts_for_none()
    {
        _counter.Record(_decisions.Decide(new() { Method = "PUT" }));

        Assert.Contains("meshca_decisions_total{decision=\"deny\",action=\"NONE\",reason=\"no_allow_rule_matched\"} 1", _metrics.Lines);
        Assert.DoesNotContain(_metrics.Lines, line => line.StartsWith("meshca_policy_decisions_total{", StringComparison.Ordinal));
        Assert.Contains("meshca_decisions_audited_total 1", _metrics.Lines);
    }

    [Fact]
    public void The_time_that_deciding_took_is_in_its_bucket()
    {
        _counter.Record(_decisions.Decide(default)); // 3.4 us, as the sample says

        Assert.Contains("meshca_decision_seconds_bucket{le=\"2.5E-06\"} 0", _metrics.Lines);
        Assert.Contains("meshca_decision_seconds_bucket{le=\"5E-06\"} 1", _metrics.Lines);
    }

    [Fact]
    public void Counting_allocates_nothing_once_the_series_are_there()
    {
        var record = _decisions.Decide(new() { Method = "GET" });
        Turn();

        var before = GC.GetAllocatedBytesForCurrentThread();
        Turn();
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());

        void Turn()
        {
            for (var i = 0; i < 100; i++)
            {
                _counter.Record(in record);
            }
        }
    }
}
