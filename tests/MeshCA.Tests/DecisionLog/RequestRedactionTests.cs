using System.Collections.Frozen;
using AuthzEngine.Evaluation;
using AuthzEngine.Requests;
using MeshCA.DecisionLog;
using Xunit;

namespace MeshCA.Tests.DecisionLog;

public sealed class RequestRedactionTests
{
    private const string Everything = "source_principal source_ip remote_ip dest_ip dest_port sni http.method http.path http.host";

    private static readonly RequestAttributes Full = new()
    {
        SourcePrincipal = "spiffe://cluster.local/ns/shop/sa/a",
        SourceIp = IpAddress.Parse("10.0.0.1"),
        RemoteIp = IpAddress.Parse("192.0.2.1"),
        DestinationIp = IpAddress.Parse("10.0.0.2"),
        DestinationPort = 8080,
        Sni = "shop.example",
        Method = "GET",
        Path = "/a?x=1#f",
        Host = "shop.example:8080",
        Headers = SampleDecisions.Headers(("x-team", ["a", "b"]), ("x-other", ["o"]), ("authorization", ["Bearer secret"]), ("cookie", ["id=secret"])),
        Token = TokenState.Verified,
        Claims = SampleDecisions.Claims("""{"iss":"i","sub":"s","email":"e","groups":["g"]}"""),
        FilterMetadata = SampleDecisions.Claims("""{"envoy.filters.http.f":{"k":"v","other":1}}"""),
    };

    // a condition of the workload's only rule, and of the plain attributes those that it keeps
    public static TheoryData<string, string> Conditions() =>
    [
        new("source.namespace, values: [shop]", "source_principal"),
        new("source.principal, values: ['*']", "source_principal"),
        new("source.ip, values: [10.0.0.0/8]", "source_ip"),
        new("remote.ip, values: [10.0.0.0/8]", "remote_ip"),
        new("destination.ip, values: [10.0.0.0/8]", "dest_ip"),
        new("destination.port, values: ['80']", "dest_port"),
        new("connection.sni, values: [a.example]", "sni"),
        new("'request.headers[:method]', values: [GET]", "http.method"),
        new("'request.headers[:authority]', values: [a.example]", "http.host"),
        new("'request.headers[:path]', values: [/a]", "http.path"),
        new("'request.headers[x-team]', values: [a]", ""),
        new("'request.auth.claims[groups]', values: [a]", ""),
    ];

    [Theory, MemberData(nameof(Conditions))]
    public void A_plain_attribute_that_no_rule_reads_is_removed_and_named(string condition, string kept)
    {
        var redacted = Redact(Rule(condition), Full);

        Assert.Equal(Everything.Split(' ').Except([kept]), redacted.Redacted);
        Assert.Equal(kept.Split(' ', StringSplitOptions.RemoveEmptyEntries), PresentIn(redacted.Request));
    }

    [Fact]
    public void What_a_setting_keeps_stays_without_being_read()
    {
        var settings = SampleDecisions.Settings with { AlsoKept = AttributeKinds.RemoteIp | AttributeKinds.Method };

        Assert.Equal(["remote_ip", "http.method"], PresentIn(Redact("", Full, settings).Request));
    }

    [Fact]
    public void What_is_absent_is_not_called_redacted() => Assert.Empty(Redact("", default).Redacted);

    [Fact]
    public void What_was_unknown_to_the_decision_stays_unknown()
    {
        var request = new RequestAttributes { Unsupplied = AttributeKinds.RemoteIp | AttributeKinds.Headers };

        Assert.Equal(["remote_ip", "http.headers"], Redact("", request).Redacted);
    }

    [Fact]
    public void A_path_loses_its_query_unless_a_rule_reads_it()
    {
        var byPath = Redact("to: [{operation: {paths: [/a]}}]", Full);
        var byTarget = Redact(Rule("'request.headers[:path]', values: [/a]"), Full);

        Assert.Equal(("/a", "/a?x=1#f"), (byPath.Request.Path, byTarget.Request.Path));
        Assert.Contains("http.path", byPath.Partial);
        Assert.DoesNotContain("http.path", byTarget.Partial);
        Assert.DoesNotContain("http.path", byPath.Redacted);
    }

    [Fact]
    public void A_path_without_query_is_whole() =>
        Assert.DoesNotContain("http.path", Redact("to: [{operation: {paths: [/a]}}]", Full with { Path = "/a" }).Partial);

    [Fact]
    public void A_token_in_a_query_that_a_rule_reads_becomes_a_digest()
    {
        var redacted = Redact(Rule("'request.headers[:path]', values: [/a]"), Full with { Path = "/a?access_token=secret" });

        Assert.Equal("/a?access_token=" + SampleDecisions.Digest.Of("secret"), redacted.Request.Path);
        Assert.Contains("http.path", redacted.Redacted);
    }

    [Fact]
    public void Only_headers_that_a_rule_reads_are_kept_and_absent_ones_are_known_to_be_absent()
    {
        var redacted = Redact(
            "when: [{key: 'request.headers[X-Team]', values: [a]}, {key: 'request.headers[x-absent]', notValues: [a]}]", Full);

        Assert.Equal(["x-absent=", "x-team=a,b"], LinesOf(redacted));
        Assert.Contains("http.headers", redacted.Partial);
        Assert.DoesNotContain("http.headers", redacted.Redacted);
    }

    [Fact]
    public void A_header_that_a_setting_keeps_is_there_if_the_request_has_it()
    {
        var settings = SampleDecisions.Settings with { AlsoKeptHeaders = FrozenSet.Create("x-other", "x-absent", "cookie") };

        Assert.Equal(["x-other=o"], LinesOf(Redact("", Full, settings)));
    }

    [Theory]
    [InlineData("authorization", "Bearer secret")]
    [InlineData("cookie", "id=secret")]
    public void A_secret_header_is_never_shown_be_it_read(string name, string secret)
    {
        var redacted = Redact(Rule($"'request.headers[{name}]', values: ['*']"), Full);

        Assert.Equal([$"{name}={SampleDecisions.Digest.Of(secret)}"], LinesOf(redacted));
        Assert.Contains($"http.headers.{name}", redacted.Redacted);
    }

    [Fact]
    public void A_secret_header_that_is_absent_is_known_to_be_absent()
    {
        var redacted = Redact(Rule("'request.headers[cookie]', values: ['*']"), Full with { Headers = null });

        Assert.Equal(["cookie="], LinesOf(redacted));
        Assert.DoesNotContain("http.headers.cookie", redacted.Redacted);
    }

    [Fact]
    public void Headers_that_tokens_come_in_are_secret()
    {
        var redacted = Redact(
            Rule("'request.headers[x-token]', values: ['*']"),
            Full with { Headers = SampleDecisions.Headers(("x-token", ["secret"])) },
            tokens: "fromHeaders: [{name: X-Token}]");

        Assert.Equal([$"x-token={SampleDecisions.Digest.Of("secret")}"], LinesOf(redacted));
    }

    [Fact]
    public void Parameters_that_tokens_come_in_are_secret()
    {
        var redacted = Redact(
            Rule("'request.headers[:path]', values: [/a]"), Full with { Path = "/a?tok=secret" }, tokens: "fromParams: [tok]");

        Assert.Equal("/a?tok=" + SampleDecisions.Digest.Of("secret"), redacted.Request.Path);
    }

    [Theory]
    [InlineData("'request.auth.claims[groups]', values: [a]", "groups iss")]
    [InlineData("request.auth.principal, values: ['*']", "iss sub")]
    [InlineData("'request.auth.claims[realm][roles]', values: [a]", "iss realm")]
    [InlineData("source.ip, values: [10.0.0.0/8]", "")]
    public void Only_claims_that_a_rule_reads_are_kept(string condition, string kept)
    {
        var redacted = Redact(Rule(condition), Full);

        Assert.Equal(kept.Split(' ', StringSplitOptions.RemoveEmptyEntries), redacted.Request.Claims!.Members.Keys.Order());
        Assert.Equal(TokenState.Verified, redacted.Request.Token);
        Assert.Contains("jwt", redacted.Partial);
    }

    [Fact]
    public void Only_metadata_that_a_rule_reads_is_kept()
    {
        var redacted = Redact(Rule("'experimental.envoy.filters.http.f[k]', values: [v]"), Full);

        var filter = Assert.IsType<ClaimValue.Struct>(Assert.Single(redacted.Request.FilterMetadata!.Members).Value);
        Assert.Equal(["k"], filter.Members.Keys);
        Assert.Contains("envoy_metadata", redacted.Partial);
    }

    [Fact]
    public void Rules_of_dry_runs_and_for_tcp_are_rules_too()
    {
        const string dryRun = "annotations: {istio.io/dry-run: 'true'}";

        Assert.Equal(["source_ip"], PresentIn(Redact(Rule("source.ip, values: [10.0.0.0/8]"), Full, metadata: dryRun).Request));
        Assert.Equal(
            ["dest_port"],
            PresentIn(Redact(Rule("destination.port, values: ['80']"), Full with { Protocol = RequestProtocol.Tcp }).Request));
    }

    private static string Rule(string condition) => $"when: [{{key: {condition}}}]";

    private static RedactedRequest Redact(
        string rule, in RequestAttributes request, RedactionSettings? settings = null, string tokens = "", string metadata = "")
    {
        var yaml = $$"""
            apiVersion: security.istio.io/v1
            kind: AuthorizationPolicy
            metadata: {name: p, namespace: shop, {{metadata}} }
            spec: {rules: [{ {{rule}} }]}
            ---
            apiVersion: security.istio.io/v1
            kind: RequestAuthentication
            metadata: {name: r, namespace: shop}
            spec: {jwtRules: [{issuer: i, {{tokens}} }]}
            """;
        var policies = new SampleDecisions(yaml).Policies;
        return new RequestRedaction(AttributesRead.Of(policies), policies.JwtRules, settings ?? SampleDecisions.Settings).Redact(in request);
    }

    private static IEnumerable<string> LinesOf(RedactedRequest redacted) => redacted.Headers.Select(header =>
        $"{header.Key}={(header.Value.Count == 0 ? "" : header.Value.Join())}");

    private static IEnumerable<string> PresentIn(RequestAttributes request)
    {
        (string Name, bool IsPresent)[] attributes =
        [
            ("source_principal", request.SourcePrincipal is not null),
            ("source_ip", request.SourceIp.IsPresent),
            ("remote_ip", request.RemoteIp.IsPresent),
            ("dest_ip", request.DestinationIp.IsPresent),
            ("dest_port", request.DestinationPort is not null),
            ("sni", request.Sni is not null),
            ("http.method", request.Method is not null),
            ("http.path", request.Path is not null),
            ("http.host", request.Host is not null),
        ];
        return attributes.Where(attribute => attribute.IsPresent).Select(attribute => attribute.Name);
    }
}
