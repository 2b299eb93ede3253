using System.Buffers;
using System.Text;
using System.Text.Json;
using AuthzEngine.Evaluation;
using AuthzEngine.Formats.Json;
using AuthzEngine.Policies;
using AuthzEngine.Requests;
using MeshCA.DecisionLog;
using MeshCA.Decisions;
using Xunit;

namespace MeshCA.Tests.DecisionLog;

public sealed class DecisionRecordFormatTests
{
    private const string Rules = """
        apiVersion: security.istio.io/v1
        kind: AuthorizationPolicy
        metadata: {name: readers, namespace: shop}
        spec:
          selector: {matchLabels: {app: web}}
          rules:
          - from: [{source: {principals: [cluster.local/ns/shop/sa/a]}}]
            to: [{operation: {methods: [GET], paths: [/a*]}}]
          - when:
            - {key: 'request.headers[x-team]', values: [blue]}
            - {key: 'request.auth.claims[groups]', values: [admins]}
        ---
        apiVersion: security.istio.io/v1
        kind: AuthorizationPolicy
        metadata: {name: never, namespace: shop, annotations: {istio.io/dry-run: 'true'}}
        spec: {action: DENY, rules: [{to: [{operation: {ports: ['8080']}}]}]}
        ---
        apiVersion: security.istio.io/v1
        kind: AuthorizationPolicy
        metadata: {name: marked, namespace: shop}
        spec: {action: AUDIT, rules: [{when: [{key: 'experimental.envoy.filters.http.f[k]', values: [v]}]}]}
        ---
        apiVersion: security.istio.io/v1
        kind: AuthorizationPolicy
        metadata: {name: sso, namespace: shop}
        spec: {action: CUSTOM, provider: {name: sso}, rules: [{to: [{operation: {paths: [/asked]}}]}]}
        """;

    private static readonly MeshSettings Mesh = new() { ExtensionProviders = [new("sso", ExtensionProviderKind.Grpc)] };

    private readonly SampleDecisions _decisions = new(Rules, Mesh);
    private readonly DecisionRecordFormat _format = new(SampleDecisions.Settings);

    public static TheoryData<string> Requests() => [.. Samples.Keys];

    private static Dictionary<string, RequestAttributes> Samples { get; } = new()
    {
        ["allowed by a peer"] = new() { SourcePrincipal = "spiffe://cluster.local/ns/shop/sa/a", Method = "GET", Path = "/a?x=1", DestinationPort = 8080 },
        ["denied for its method"] = new() { SourcePrincipal = "spiffe://cluster.local/ns/shop/sa/a", Method = "PUT", Path = "/a" },
        ["allowed by header and claim"] = new()
        {
            Method = "PUT",
            Path = "/b",
            Headers = SampleDecisions.Headers(("x-team", ["red", "blue"]), ("cookie", ["secret"])),
            Token = TokenState.Verified,
            Claims = SampleDecisions.Claims("""{"iss":"i","sub":"secret","groups":["admins"]}"""),
        },
        ["denied for a claim"] = new()
        {
            Headers = SampleDecisions.Headers(("x-team", ["blue"])),
            Token = TokenState.Verified,
            Claims = SampleDecisions.Claims("""{"groups":"guests"}"""),
        },
        ["a token that is invalid"] = new() { Token = TokenState.Invalid, Method = "GET", Path = "/a" },
        ["over TCP"] = new() { Protocol = RequestProtocol.Tcp, SourcePrincipal = "spiffe://cluster.local/ns/shop/sa/a", DestinationPort = 8080 },
        ["a provider is asked"] = new() { SourcePrincipal = "spiffe://cluster.local/ns/shop/sa/a", Method = "GET", Path = "/asked" },
        ["unknown headers"] = new() { Unsupplied = AttributeKinds.Headers, Method = "PUT", Path = "/a" },
        ["metadata of a filter"] = new()
        {
            FilterMetadata = SampleDecisions.Claims("""{"envoy.filters.http.f":{"k":"v","other":"secret"},"other":{"k":"secret"}}"""),
        },
        ["nothing known"] = default,
    };

    [Theory, MemberData(nameof(Requests))]
    public void A_record_is_a_line_that_decides_the_same_again(string sample)
    {
        var record = _decisions.Decide(Samples[sample]);
        var line = Write(record);

        var answer = new ArrayBufferWriter<byte>();
        Assert.True(new LineDecider(_decisions.Texts, new(Mesh)).TryDecide(Encoding.UTF8.GetBytes(line), answer, out _));

        using var again = JsonDocument.Parse(answer.WrittenMemory);
        using var logged = JsonDocument.Parse(line);
        foreach (var member in again.RootElement.EnumerateObject())
        {
            Assert.Equal(member.Value.GetRawText(), logged.RootElement.GetProperty(member.Name).GetRawText());
        }
    }

    // what new policies read that the old ones did not, and whether the record tells
    [Theory]
    [InlineData("to: [{operation: {methods: [GET]}}]", true)]
    [InlineData("when: [{key: 'request.headers[x-team]', values: [blue]}]", true)]
    [InlineData("when: [{key: 'request.headers[x-other]', values: [blue]}]", false)]
    [InlineData("when: [{key: 'request.headers[:path]', values: [/a]}]", false)]
    [InlineData("when: [{key: 'request.auth.claims[groups]', values: [a]}]", true)]
    [InlineData("when: [{key: 'request.auth.claims[other]', values: [a]}]", false)]
    [InlineData("when: [{key: 'request.auth.principal', values: [i/s]}]", false)]
    [InlineData("when: [{key: 'experimental.envoy.filters.http.f[k]', values: [w]}]", true)]
    [InlineData("when: [{key: 'experimental.envoy.filters.http.f[other]', values: [w]}]", false)]
    [InlineData("when: [{key: remote.ip, values: [10.0.0.1]}]", false)]
    public void What_the_log_left_out_is_unknown_to_policies_that_read_it_and_never_absent(string rule, bool known)
    {
        var line = Write(_decisions.Decide(Samples["allowed by header and claim"] with
        {
            Path = "/b?q",
            RemoteIp = IpAddress.Parse("192.0.2.1"),
            FilterMetadata = SampleDecisions.Claims("""{"envoy.filters.http.f":{"k":"v","other":"w"}}"""),
        }));
        var others = new SampleDecisions($$"""
            apiVersion: security.istio.io/v1
            kind: AuthorizationPolicy
            metadata: {name: new, namespace: shop}
            spec: {action: DENY, rules: [{ {{rule}} }]}
            """);

        Assert.Null(new LineDecider(others.Texts, new(Mesh)).Decide(Encoding.UTF8.GetBytes(line), out var answer));

        Assert.Equal(known, answer.Decision.Assumed == AttributeKinds.None);
    }

    [Fact]
    public void A_record_says_what_was_decided_for_whom_and_on_what()
    {
        var settings = SampleDecisions.Settings with { AlsoKept = AttributeKinds.Host };
        var request = Samples["allowed by a peer"] with { Host = "shop.example", RemoteIp = IpAddress.Parse("192.0.2.1") };

        var line = Write(_decisions.Decide(in request), new DecisionRecordFormat(settings));

        Assert.Equal(
            """
            {"time":"2026-01-02T03:04:05.678Z","decision_id":"run-1","revision":7,
            "workload":{"trust_domain":"cluster.local","principal":"spiffe://cluster.local/ns/shop/sa/web","namespace":"shop","service_account":"web","proxy":"sidecar","labels":{"app":"web"}},
            "caller":"spiffe://cluster.local/ns/shop/sa/web",
            "request":{"protocol":"http","source_principal":"spiffe://cluster.local/ns/shop/sa/a","dest_port":8080,"http":{"method":"GET","path":"/a","host":"shop.example","headers":{"x-team":[]}},"envoy_metadata":{"envoy.filters.http.f":null}},
            "redacted":["remote_ip"],"partial":["http.path","http.headers","envoy_metadata"],
            "decision":"allow","policy":"ns[shop]-policy[readers]-rule[0]","action":"ALLOW","audit":false,"dry_run":{"deny":{"result":"denied","policy":"ns[shop]-policy[never]-rule[0]"}},"reason":"ALLOW rule spec.rules[0] of AuthorizationPolicy/shop/readers matched","duration_us":3}
            """.ReplaceLineEndings(""),
            line);
    }

    [Theory, MemberData(nameof(Requests))]
    public void No_record_holds_what_no_rule_reads(string sample) =>
        Assert.DoesNotContain("secret", Write(_decisions.Decide(Samples[sample])), StringComparison.Ordinal);

    [Fact]
    public void A_request_too_long_for_a_record_is_left_out_and_called_redacted()
    {
        var request = new RequestAttributes { Method = "GET", Path = "/a" + new string('a', DecisionRecordFormat.MaxBytes) };

        var line = Write(_decisions.Decide(in request));

        Assert.InRange(line.Length, 1, 2048);
        using var json = JsonDocument.Parse(line);
        Assert.Equal(AttributeNames.Of((AttributeKinds)int.MaxValue), json.RootElement.GetProperty("redacted").EnumerateArray().Select(name => name.GetString()));
        Assert.Equal("deny", json.RootElement.GetProperty("decision").GetString());
    }

    [Theory]
    [InlineData("/a\u0000\u001f\"\\\n</script>")]
    [InlineData("/a\ud800")]
    [InlineData("/a\u2028\u00e9\ud83d\ude00")]
    public void Whatever_a_path_holds_the_record_is_one_line_of_json(string path)
    {
        var line = Write(_decisions.Decide(new() { Method = "GET", Path = path }));

        Assert.DoesNotContain('\n', line);
        using var json = JsonDocument.Parse(line);
        Assert.StartsWith("/a", json.RootElement.GetProperty("request").GetProperty("http").GetProperty("path").GetString(), StringComparison.Ordinal);
    }

    private string Write(in DecisionRecord record, DecisionRecordFormat? format = null)
    {
        var line = new ArrayBufferWriter<byte>();
        (format ?? _format).Write(in record, line);
        return Encoding.UTF8.GetString(line.WrittenSpan);
    }
}
