using System.Buffers;
using System.Text;
using System.Text.Json;
using AuthzEngine.Admission;
using AuthzEngine.Formats.Json;
using AuthzEngine.Formats.Yaml;
using Xunit;

namespace AuthzEngine.Formats.Tests.Json;

public sealed class LineDeciderTests
{
    private const string Peer = "spiffe://cluster.local/ns/shop/sa/web";

    // One rule; the request that goes with it matches, and without the key in question does not.
    public static TheoryData<string, string, bool> RequestKeys() =>
    [
        new("from: [{source: {principals: ['cluster.local/ns/shop/sa/web']}}]", """{"source_principal":"spiffe://cluster.local/ns/shop/sa/web"}""", true) { Label = "source_principal" },
        new("from: [{source: {principals: ['*']}}]", """{"source_principal":null}""", false) { Label = "source_principal null" },
        new("from: [{source: {ipBlocks: ['10.0.0.0/8']}}]", """{"source_ip":"10.1.2.3"}""", true) { Label = "source_ip" },
        new("from: [{source: {ipBlocks: ['0.0.0.0/0']}}]", """{"source_ip":"","remote_ip":"1.2.3.4"}""", false) { Label = "source_ip empty" },
        new("from: [{source: {remoteIpBlocks: ['10.0.0.0/8']}}]", """{"remote_ip":"10.1.2.3"}""", true) { Label = "remote_ip" },
        new("when: [{key: destination.ip, values: ['::1']}]", """{"dest_ip":"::1"}""", true) { Label = "dest_ip" },
        new("to: [{operation: {ports: ['8080']}}]", """{"dest_port":8080}""", true) { Label = "dest_port" },
        new("to: [{operation: {ports: ['8080']}}]", """{"dest_port":"8080"}""", true) { Label = "dest_port as text" },
        new("when: [{key: connection.sni, values: [a.example]}]", """{"sni":"A.example"}""", true) { Label = "sni" },
        new("to: [{operation: {methods: [GET]}}]", """{"http":{"method":"GET"}}""", true) { Label = "http.method" },
        new("to: [{operation: {methods: [GET]}}]", """{"http":{"headers":{":method":"GET"}}}""", true) { Label = "http.method as pseudo header" },
        new("to: [{operation: {paths: ['/a']}}]", """{"http":{"path":"/b/../a?q=1"}}""", true) { Label = "http.path, not yet normalized" },
        new("to: [{operation: {hosts: [a.example]}}]", """{"http":{"host":"A.example"}}""", true) { Label = "http.host" },
        new("to: [{operation: {hosts: [a.example]}}]", """{"http":{"headers":{"Host":"a.example"}}}""", true) { Label = "http.host as header" },
        new("when: [{key: 'request.headers[x-team]', values: [a]}]", """{"http":{"headers":{"X-Team":"a"}}}""", true) { Label = "one line of a header" },
        new("when: [{key: 'request.headers[x-team]', values: [b]}]", """{"http":{"headers":{"x-team":["a","b",null]}}}""", true) { Label = "several lines of a header" },
        new("when: [{key: 'request.headers[x-team]', values: [b]}]", """{"http":{"headers":{"x-team":"a","X-TEAM":"b"}}}""", true) { Label = "names of a header in two cases" },
        new("when: [{key: 'request.headers[x-team]', values: ['*']}]", """{"http":{"headers":{"x-team":null}}}""", false) { Label = "a header that is null" },
        new("when: [{key: 'request.headers[x-team]', values: ['*']}]", """{"http":{"headers":{"x-team":[]}}}""", false) { Label = "a header without lines" },
        new("when: [{key: 'request.headers[x-team]', values: ['*']}]", """{"http":{"headers":{"x-team":""}}}""", true) { Label = "an empty header" },
        new("from: [{source: {requestPrincipals: ['https://i/s']}}]", """{"http":{},"jwt":{"iss":"https://i","sub":"s"}}""", true) { Label = "jwt.iss and jwt.sub" },
        new("from: [{source: {requestPrincipals: ['*']}}]", """{"http":{},"jwt":null}""", false) { Label = "jwt null" },
        new("from: [{source: {requestPrincipals: ['*']}}]", """{"http":{},"jwt":{"iss":"i"}}""", false) { Label = "jwt without sub" },
        new("when: [{key: request.auth.audiences, values: [b]}]", """{"http":{},"jwt":{"aud":"b"}}""", true) { Label = "jwt.aud, a text" },
        new("when: [{key: request.auth.audiences, values: [b]}]", """{"http":{},"jwt":{"aud":["a","b"]}}""", true) { Label = "jwt.aud, a list" },
        new("when: [{key: request.auth.presenter, values: [p]}]", """{"http":{},"jwt":{"azp":"p"}}""", true) { Label = "jwt.azp" },
        new("when: [{key: 'request.auth.claims[a][b]', values: [c]}]", """{"http":{},"jwt":{"claims":{"a":{"b":"c"}}}}""", true) { Label = "jwt.claims" },
        new("when: [{key: 'request.auth.claims[n]', values: ['1']}]", """{"http":{},"jwt":{"claims":{"n":1}}}""", false) { Label = "a claim that is a number" },
        new("from: [{source: {requestPrincipals: ['i/s']}}]", """{"http":{},"jwt":{"iss":"i","sub":"s","claims":{"iss":"x"}}}""", true) { Label = "jwt.iss before jwt.claims" },
        new("when: [{key: 'experimental.envoy.filters.f[k]', values: ['[v]']}]", """{"http":{},"envoy_metadata":{"envoy.filters.f":{"k":["v"]}}}""", true) { Label = "envoy_metadata" },
        new("to: [{operation: {ports: ['1']}}]", """{"protocol":"tcp","dest_port":1,"http":{}}""", true) { Label = "protocol tcp" },
        new("to: [{operation: {ports: ['1'], methods: ['*']}}]", """{"protocol":"tcp","dest_port":1,"http":{"method":"GET"}}""", false) { Label = "an HTTP rule on protocol tcp" },
        new("to: [{operation: {ports: ['1'], notMethods: [GET]}}]", """{"protocol":"http","dest_port":1}""", true) { Label = "protocol http without http" },
        new("to: [{operation: {ports: ['1'], notMethods: [GET]}}]", """{"dest_port":1}""", false) { Label = "neither protocol nor http is tcp" },
        new("{}", """{"surprise":[1],"http":{"surprise":1,"method":null,"headers":null},"ext_authz":null,"envoy_metadata":null}""", true) { Label = "unknown keys and nulls" },
    ];

    [Theory, MemberData(nameof(RequestKeys))]
    public void Each_key_of_a_request_is_what_its_rule_reads(string rule, string request, bool allowed)
    {
        var answer = Decide($$$$"""{"policies_yaml":{{{{Json(Policy("ALLOW", rule))}}}},"request":{{{{request}}}}}""");

        Assert.Equal(allowed ? "allow" : "deny", answer.GetProperty("decision").GetString());
        Assert.Equal(allowed ? "ns[default]-policy[p]-rule[0]" : null, answer.GetProperty("policy").GetString());
    }

    // A policy whose DENY rule matches everything where it applies, and whether it does in this context.
    public static TheoryData<string, string, string, bool> ContextKeys() =>
    [
        new("metadata: {name: p, namespace: shop}", "", """{"workload":{"namespace":"shop"}}""", true) { Label = "workload.namespace" },
        new("metadata: {name: p, namespace: shop}", "", """{"workload":{"namespace":"other"}}""", false) { Label = "workload.namespace, another" },
        new("metadata: {name: p}", "", """{"workload":null}""", true) { Label = "no workload is one of the namespace default" },
        new("metadata: {name: p}", "selector: {matchLabels: {app: api}}", """{"workload":{"labels":{"app":"api","x":"y"}}}""", true) { Label = "workload.labels" },
        new("metadata: {name: p}", "selector: {matchLabels: {app: api}}", """{"workload":{"labels":null}}""", false) { Label = "workload.labels null" },
        new("metadata: {name: p, namespace: root}", "", """{"root_namespace":"root"}""", true) { Label = "root_namespace" },
        new("metadata: {name: p, namespace: istio-system}", "", """{"root_namespace":null}""", true) { Label = "root_namespace null" },
        new("metadata: {name: p}", "targetRefs: [{group: gateway.networking.k8s.io, kind: Gateway, name: g}]", """{"proxy":"waypoint","workload":{"labels":{"gateway.networking.k8s.io/gateway-name":"g"}}}""", true) { Label = "a gateway's policy" },
        new("metadata: {name: p}", "", """{"proxy":"gateway","workload":{"labels":{"gateway.networking.k8s.io/gateway-name":"g"}}}""", true) { Label = "proxy gateway" },
        new("metadata: {name: p}", "", """{"proxy":"waypoint","workload":{"labels":{"gateway.networking.k8s.io/gateway-name":"g"}}}""", false) { Label = "proxy waypoint" },
        new("metadata: {name: p}", "", """{"workload":{"proxy":"waypoint","labels":{"gateway.networking.k8s.io/gateway-name":"g"}}}""", false) { Label = "workload.proxy, as the decision log has it" },
        new("metadata: {name: p}", "", """{"selector_based_gateway_policy":false,"proxy":"gateway","workload":{"labels":{"gateway.networking.k8s.io/gateway-name":"g"}}}""", false) { Label = "selector_based_gateway_policy" },
        new("metadata: {name: p, namespace: shop}", "targetRefs: [{kind: Service, name: s}]", """{"proxy":"waypoint","workload":{"labels":{"gateway.networking.k8s.io/gateway-name":"g"},"service":{"namespace":"shop","name":"s"}}}""", true) { Label = "workload.service" },
    ];

    [Theory, MemberData(nameof(ContextKeys))]
    public void Each_key_of_a_workload_decides_what_applies(string metadata, string spec, string context, bool applies)
    {
        var policy = $$"""
            apiVersion: security.istio.io/v1
            kind: AuthorizationPolicy
            {{metadata}}
            spec:
              action: DENY
              {{spec}}
              rules: [{}]
            """;
        var answer = Decide($$$$"""{"policies_yaml":{{{{Json(policy)}}}},"context":{{{{context}}}},"request":{"http":{}}}""");

        Assert.Equal(applies ? "deny" : "allow", answer.GetProperty("decision").GetString());
    }

    public static TheoryData<string, string, string, bool> MeshKeys() =>
    [
        new("""{"trust_domain":"td"}""", "from: [{source: {principals: ['cluster.local/ns/a/sa/b']}}]", """{"source_principal":"spiffe://td/ns/a/sa/b"}""", true) { Label = "trust_domain" },
        new("""{"trust_domain":"td","trust_domain_aliases":["old"]}""", "from: [{source: {principals: ['td/ns/a/sa/b']}}]", """{"source_principal":"spiffe://old/ns/a/sa/b"}""", true) { Label = "trust_domain_aliases" },
        new("""{"path_normalization":"NONE"}""", "to: [{operation: {paths: ['/a']}}]", """{"http":{"path":"/b/../a"}}""", false) { Label = "path_normalization NONE" },
        new("""{"path_normalization":"MERGE_SLASHES"}""", "to: [{operation: {paths: ['/a/b']}}]", """{"http":{"path":"/a//b"}}""", true) { Label = "path_normalization MERGE_SLASHES" },
        new("""{"path_normalization":"DECODE_AND_MERGE_SLASHES"}""", "to: [{operation: {paths: ['/a/b']}}]", """{"http":{"path":"/a%2Fb"}}""", true) { Label = "path_normalization DECODE_AND_MERGE_SLASHES" },
        new("""{"repeated_headers":"joined"}""", "when: [{key: 'request.headers[x]', values: ['a,b']}]", """{"http":{"headers":{"x":["a","b"]}}}""", true) { Label = "repeated_headers" },
        new("""{"request_principals":"joined"}""", "from: [{source: {requestPrincipals: ['https://a.com*']}}]", """{"http":{},"jwt":{"iss":"https://a.com","sub":"s"}}""", true) { Label = "request_principals" },
    ];

    [Theory, MemberData(nameof(MeshKeys))]
    public void Each_key_of_the_mesh_decides_how_rules_match(string context, string rule, string request, bool allowed)
    {
        var answer = Decide($$$$"""{"policies_yaml":{{{{Json(Policy("ALLOW", rule))}}}},"context":{{{{context}}}},"request":{{{{request}}}}}""");

        Assert.Equal(allowed ? "allow" : "deny", answer.GetProperty("decision").GetString());
    }

    public static TheoryData<string, string, string, string> Providers() =>
    [
        new("""[{"name":"p","kind":"grpc"}]""", """{"p":"allow"}""", "allow", "no DENY rule matched") { Label = "it allows" },
        new("""[{"name":"p","kind":"grpc","fail_open":null,"valid":null}]""", """{"p":"deny"}""", "deny", "its provider denied") { Label = "it denies" },
        new("""[{"name":"p","kind":"http"}]""", """{"p":"error"}""", "deny", "its provider failed") { Label = "it fails" },
        new("""[{"name":"p","kind":"http","fail_open":true}]""", """{"p":"error"}""", "allow", "no DENY rule matched") { Label = "it fails open" },
        new("""[{"name":"p"}]""", """{"q":"allow"}""", "deny", "ext_authz says nothing of `p`") { Label = "nothing is said of it" },
        new("""[{"name":"p","fail_open":true}]""", "{}", "allow", "ext_authz says nothing of `p`") { Label = "nothing is said of it, and it fails open" },
        new("""[{"name":"p","valid":false}]""", """{"p":"allow"}""", "deny", "misconfigured") { Label = "it is misconfigured" },
        new("""[{"name":"p"},{"name":"p"}]""", """{"p":"allow"}""", "deny", "misconfigured") { Label = "two have its name" },
        new("null", """{"p":"allow"}""", "deny", "unknown") { Label = "there is none" },
    ];

    [Theory, MemberData(nameof(Providers))]
    public void What_an_external_authorizer_says_decides(string providers, string verdicts, string decision, string reason)
    {
        var policy = Policy("CUSTOM", "{}", "provider: {name: p}");
        var answer = Decide(
            $$$$"""{"policies_yaml":{{{{Json(policy)}}}},"context":{"extension_providers":{{{{providers}}}}},"request":{"http":{},"ext_authz":{{{{verdicts}}}}}}""");

        Assert.Equal(decision, answer.GetProperty("decision").GetString());
        Assert.Contains(reason, answer.GetProperty("reason").GetString(), StringComparison.Ordinal);
        Assert.Equal(decision == "deny" ? "CUSTOM" : null, answer.GetProperty("action").GetString());
    }

    [Theory]
    [InlineData(false, "deny", "misconfigured")]
    [InlineData(true, "deny", "`p`")]
    public void Two_providers_are_asked_only_where_that_is_enabled(bool enabled, string decision, string reason)
    {
        var policies = Written("a", "CUSTOM", "{}", "provider: {name: p}", "") + "\n---\n"
            + Written("b", "CUSTOM", "{}", "provider: {name: q}", "");
        var context = $$$$"""{"extension_providers":[{"name":"p"},{"name":"q"}],"multiple_custom_providers_enabled":{{{{(enabled ? "true" : "false")}}}}}""";
        var answer = Decide($$$$"""{"policies_yaml":{{{{Json(policies)}}}},"context":{{{{context}}}},"request":{"http":{},"ext_authz":{"q":"allow"}}}""");

        Assert.Equal(decision, answer.GetProperty("decision").GetString());
        Assert.Contains(reason, answer.GetProperty("reason").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public void An_answer_has_the_determining_rule_the_audit_mark_and_the_dry_runs()
    {
        var policies = string.Join(
            "\n---\n",
            Named("allow", "ALLOW", "{}"),
            Named("mark", "AUDIT", "{}"),
            Named("would-deny", "DENY", "{}", dryRun: true),
            Named("would-not-allow", "ALLOW", "to: [{operation: {ports: ['1']}}]", dryRun: true));
        var answer = DecideText($$$$"""{"policies_yaml":{{{{Json(policies)}}}},"request":{"http":{}}}""");

        Assert.Equal(
            """
            {"decision":"allow","policy":"ns[default]-policy[allow]-rule[0]","action":"ALLOW","audit":true,"dry_run":{"allow":{"result":"denied","policy":null},"deny":{"result":"denied","policy":"ns[default]-policy[would-deny]-rule[0]"}},"reason":"ALLOW rule spec.rules[0] of AuthorizationPolicy/default/allow matched"}

            """,
            answer);
    }

    [Fact]
    public void Where_no_rule_determines_there_is_no_policy_and_no_action()
    {
        var strict = "apiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata: {name: p}\nspec: {mtls: {mode: STRICT}}";
        var answer = Decide($$$$"""{"policies_yaml":{{{{Json(strict)}}}},"request":{"http":{}}}""");

        Assert.Equal("deny", answer.GetProperty("decision").GetString());
        Assert.Equal(JsonValueKind.Null, answer.GetProperty("policy").ValueKind);
        Assert.Equal(JsonValueKind.Null, answer.GetProperty("action").ValueKind);
        Assert.Contains("PeerAuthentication/default/p", answer.GetProperty("reason").GetString(), StringComparison.Ordinal);
    }

    public static TheoryData<string, string> Malformed() =>
    [
        new("{", "the line is no JSON") { Label = "no JSON" },
        new("[]", "an object is wanted") { Label = "no object" },
        new("""{"request":[]}""", "request: an object is wanted") { Label = "request" },
        new("""{"context":1}""", "context: an object is wanted") { Label = "context" },
        new("""{"context":{"workload":{"labels":{"a":1}}}}""", "context.workload.labels.a: text is wanted") { Label = "label" },
        new("""{"context":{"extension_providers":[1]}}""", "context.extension_providers[0]: an object is wanted") { Label = "provider" },
        new("""{"context":{"proxy":"router"}}""", "context.proxy: `router` is none of") { Label = "proxy" },
        new("""{"context":{"multiple_custom_providers_enabled":"yes"}}""", "true or false is wanted") { Label = "switch" },
        new("""{"request":{"source_ip":"10.0.0"}}""", "request.source_ip: `10.0.0` is no IP address") { Label = "address" },
        new("""{"request":{"dest_port":65536}}""", "request.dest_port: a port from 0 to 65535 is wanted") { Label = "port" },
        new("""{"request":{"dest_port":80.0}}""", "request.dest_port") { Label = "port with a fraction" },
        new("""{"request":{"http":{"headers":{"x":1}}}}""", "request.http.headers.x: text is wanted") { Label = "header" },
        new("""{"request":{"http":{"path":"\ud800"}}}""", "request.http.path: the text is no Unicode") { Label = "lone surrogate" },
        new("""{"request":{"http":{"headers":{"\ud800":"a"}}}}""", "a name is no Unicode") { Label = "lone surrogate in a name" },
        new("""{"request":{"jwt":{"claims":[]}}}""", "request.jwt.claims: an object is wanted") { Label = "claims" },
        new("""{"request":{"jwt":{"claims":{"a":1,"a":2}}}}""", "a member is given twice") { Label = "claim twice" },
        new("""{"request":{"jwt":{"iss":"\ud800"}}}""", "request.jwt.iss: the text is no Unicode") { Label = "issuer" },
        new("""{"request":{"envoy_metadata":1}}""", "request.envoy_metadata: an object is wanted") { Label = "metadata" },
        new("""{"request":{"ext_authz":{"p":"maybe"}}}""", "request.ext_authz.p: `maybe` is none of") { Label = "verdict" },
        new("""{"redacted":["color"]}""", "redacted: `color` is no attribute") { Label = "redacted" },
        new("""{"policies_yaml":1}""", "policies_yaml: text is wanted") { Label = "policies" },
    ];

    [Theory, MemberData(nameof(Malformed))]
    public void A_malformed_line_is_answered_with_an_error(string line, string error)
    {
        Assert.False(TryDecide(Encoding.UTF8.GetBytes(line), NoPolicies(), out var answer));
        Assert.Contains(error, Parse(answer).GetProperty("error").GetString(), StringComparison.Ordinal);
        Assert.Equal("deny", Parse(answer).GetProperty("decision").GetString());
    }

    [Fact]
    public void A_line_that_is_no_utf8_is_answered_with_an_error()
    {
        Assert.False(TryDecide([.. "{\"context\":{\"trust_domain\":\""u8, 0xff, .. "\"}}"u8], NoPolicies(), out var answer));
        Assert.Equal("the line is no UTF-8", Parse(answer).GetProperty("error").GetString());
    }

    [Fact]
    public void An_encoded_NUL_in_the_path_is_denied_before_any_policy()
    {
        var answer = Decide($$$$"""{"policies_yaml":{{{{Json(Policy("ALLOW", "{}"))}}}},"request":{"http":{"path":"/%00"}}}""");

        Assert.Equal("deny", answer.GetProperty("decision").GetString());
        Assert.Contains("HTTP 400", answer.GetProperty("reason").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http.path")]
    [InlineData("http.headers.x-other", "sni")]
    public void What_is_redacted_is_unknown_and_not_absent(params string[] redacted)
    {
        var deny = Policy("DENY", "to: [{operation: {paths: ['/a']}}]\n    when: [{key: 'request.headers[x]', values: [v]}]");
        var line = $$$$$"""{"policies_yaml":{{{{{Json(deny)}}}}},"redacted":{{{{{JsonSerializer.Serialize(redacted)}}}}},"request":{"http":{"path":"/a","headers":{"x":"v"}}}}""";
        var answer = Decide(line);

        Assert.Equal("deny", answer.GetProperty("decision").GetString());
        Assert.Contains("the worst was assumed", answer.GetProperty("reason").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("invalid", "HTTP 401")]
    [InlineData("audience_refused", "HTTP 403")]
    public void A_token_that_the_proxy_refused_denies(string state, string reason)
    {
        var answer = Decide($$$$"""{"request":{"http":{},"jwt":{"state":"{{{{state}}}}"}}}""");

        Assert.Equal("deny", answer.GetProperty("decision").GetString());
        Assert.Contains(reason, answer.GetProperty("reason").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public void An_invalid_policy_denies_whom_it_names_and_is_reported_once()
    {
        var decider = NoPolicies();
        var line = Encoding.UTF8.GetBytes(
            $$$$"""{"policies_yaml":{{{{Json(Policy("DENY", "to: [{operation: {ports: ['http']}}]"))}}}},"request":{"http":{}}}""");
        var output = new ArrayBufferWriter<byte>();

        Assert.True(decider.TryDecide(line, output, out var first));
        Assert.True(decider.TryDecide(line, output, out var second));
        Assert.Contains(first, finding => finding.Field == "spec.rules[0].to[0].operation.ports[0]");
        Assert.Empty(second);
        Assert.All(Encoding.UTF8.GetString(output.WrittenSpan).TrimEnd().Split('\n'), answer =>
            Assert.Contains("AuthorizationPolicy/default/p is invalid", answer, StringComparison.Ordinal));
    }

    [Fact]
    public void Policies_that_cannot_be_read_deny_everything()
    {
        var answer = Decide("""{"policies_yaml":"kind: [","context":{"workload":{"namespace":"any"}},"request":{"http":{}}}""");

        Assert.Equal("deny", answer.GetProperty("decision").GetString());
    }

    [Fact]
    public void An_invalid_policy_is_in_force_where_that_is_allowed()
    {
        var line = $$$$"""{"policies_yaml":{{{{Json(Policy("ALLOW", "to: [{operation: {ports: ['1', 'http']}}]"))}}}},"request":{"http":{},"dest_port":1}}""";
        var decider = new LineDecider(PolicyTexts.Read([], new()), new AdmissionSettings(new(), AllowInvalid: true));

        Assert.True(TryDecide(Encoding.UTF8.GetBytes(line), decider, out var answer));
        Assert.DoesNotContain("is invalid", answer, StringComparison.Ordinal);
    }

    [Fact]
    public void Policies_of_a_line_stand_in_for_all_others()
    {
        var decider = new LineDecider(Texts(Policy("DENY", "{}")), new(new()));

        Assert.True(TryDecide("""{"request":{"http":{}}}"""u8.ToArray(), decider, out var without));
        Assert.True(TryDecide("""{"policies_yaml":"","request":{"http":{}}}"""u8.ToArray(), decider, out var with));
        Assert.Equal("deny", Parse(without).GetProperty("decision").GetString());
        Assert.Equal("allow", Parse(with).GetProperty("decision").GetString());
    }

    [Fact]
    public void Thousands_of_lines_in_many_contexts_are_answered_alike_whatever_was_kept()
    {
        var decider = new LineDecider(Texts(Policy("ALLOW", $"from: [{{source: {{principals: ['{Peer["spiffe://".Length..]}']}}}}]")), new(new()));
        for (var i = 0; i < 10_000; i++)
        {
            // More contexts and meshes than are kept, again and again.
            var line = $$$$"""{"context":{"trust_domain_aliases":["t{{{{i % 300}}}}"],"workload":{"labels":{"n":"{{{{i % 5000}}}}"}}},"request":{"source_principal":"{{{{(i % 2 == 0 ? Peer : "spiffe://x/")}}}}"}}""";
            Assert.True(TryDecide(Encoding.UTF8.GetBytes(line), decider, out var answer));
            Assert.StartsWith(i % 2 == 0 ? """{"decision":"allow",""" : """{"decision":"deny",""", answer, StringComparison.Ordinal);
        }
    }

    private static LineDecider NoPolicies() => new(PolicyTexts.Read([], new()), new(new()));

    private static PolicyTexts Texts(string yaml) => PolicyTexts.Read([new("p.yaml", Encoding.UTF8.GetBytes(yaml))], new());

    private static JsonElement Decide(string line) => Parse(DecideText(line));

    private static string DecideText(string line)
    {
        Assert.True(TryDecide(Encoding.UTF8.GetBytes(line), NoPolicies(), out var answer), answer);
        return answer;
    }

    private static bool TryDecide(byte[] line, LineDecider decider, out string answer)
    {
        var output = new ArrayBufferWriter<byte>();
        var decided = decider.TryDecide(line, output, out _);
        answer = Encoding.UTF8.GetString(output.WrittenSpan);
        return decided;
    }

    private static JsonElement Parse(string answer) => JsonElement.Parse(answer);

    private static string Json(string text) => JsonSerializer.Serialize(text);

    private static string Policy(string action, string rule, string spec = "") => Written("p", action, rule, spec, "");

    private static string Named(string name, string action, string rule, bool dryRun = false) =>
        Written(name, action, rule, "", dryRun ? ", annotations: {istio.io/dry-run: 'true'}" : "");

    private static string Written(string name, string action, string rule, string spec, string metadata) =>
        string.Join('\n', [
            "apiVersion: security.istio.io/v1",
            "kind: AuthorizationPolicy",
            $"metadata: {{name: {name}{metadata}}}",
            "spec:",
            $"  action: {action}",
            .. spec.Length == 0 ? Array.Empty<string>() : [$"  {spec}"],
            "  rules:",
            $"  - {rule}",
        ]);
}
