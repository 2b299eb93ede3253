using System.IO;
using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using AuthzEngine.Diagnostics;
using AuthzEngine.Formats.Yaml;
using AuthzEngine.Validation;
using Xunit;
using YamlDotNet.Core;

namespace AuthzEngine.Formats.Tests.Spec;

/// <summary>The CustomResourceDefinitions of <c>deploy/crds</c>: rules of <c>apiextensions.k8s.io/v1</c>, and authorization-policy §1.1 and §6.</summary>
public sealed class PolicyDefinitionsTests
{
    private static readonly string[] Kinds = ["AuthorizationPolicy", "PeerAuthentication", "RequestAuthentication"];
    private static readonly string[] Junctors = ["allOf", "anyOf", "oneOf", "not"];

    // What a schema within a junctor may not have (structural schemas).
    private static readonly string[] Structural = ["type", "description", "additionalProperties", "default", "nullable"];

    private static readonly Dictionary<string, JsonObject> Definitions = Files("deploy/crds", "*.yaml")
        .SelectMany(file => DefinitionSchema.Read(File.ReadAllText(file)))
        .Select(document => document!.AsObject())
        .Where(document => document["kind"]!.GetValue<string>() == "CustomResourceDefinition")
        .ToDictionary(document => document["spec"]!["names"]!["kind"]!.GetValue<string>());

    [Fact]
    public void There_is_one_of_each_kind() => Assert.Equal(Kinds, Definitions.Keys.Order(StringComparer.Ordinal));

    [Theory]
    [InlineData("AuthorizationPolicy", "authorizationpolicies", "ap")]
    [InlineData("PeerAuthentication", "peerauthentications", "pa")]
    [InlineData("RequestAuthentication", "requestauthentications", "ra")]
    public void S1_1_v1_is_stored_and_v1beta1_served_with_the_same_schema(string kind, string plural, string shortName)
    {
        var definition = Definitions[kind];
        var versions = definition["spec"]!["versions"]!.AsArray();

        Assert.Equal($"{plural}.security.istio.io", definition["metadata"]!["name"]!.GetValue<string>());
        Assert.Equal(shortName, definition["spec"]!["names"]!["shortNames"]![0]!.GetValue<string>());
        Assert.Equal(["v1 True", "v1beta1 False"], versions.Select(version => $"{version!["name"]} {version["storage"]!.GetValue<bool>()}"));
        Assert.All(versions, version => Assert.True(version!["served"]!.GetValue<bool>()));
        Assert.All(versions, version => Assert.NotNull(version!["subresources"]!["status"]));
        Assert.True(JsonNode.DeepEquals(versions[0]!["schema"], versions[1]!["schema"]));
    }

    [Fact]
    public void Schemas_are_structural_and_need_no_newer_server_than_1_20()
    {
        var faults = Definitions.SelectMany(definition => StructuralFaults(SchemaOf(definition.Key), definition.Key, isJunctor: false));
        Assert.Empty(faults);
    }

    [Fact]
    public void Every_valid_policy_of_the_test_data_fits()
    {
        var checkedPolicies = 0;
        foreach (var file in Files("tests", "*.yaml").Where(file => !file.Contains("/artifacts/", StringComparison.Ordinal)))
        {
            foreach (var policy in PoliciesOf(File.ReadAllText(file)))
            {
                var faults = DefinitionSchema.Check(policy, SchemaOf(policy["kind"]!.GetValue<string>()), "").ToList();
                Assert.True(faults.Count == 0, $"{file}: {string.Join("; ", faults)}");
                checkedPolicies++;
            }
        }

        Assert.InRange(checkedPolicies, 50, int.MaxValue);
    }

    public static TheoryData<string, string> Wrong() =>
    [
        new("AuthorizationPolicy", "{action: PERMIT}") { Label = "enumeration" },
        new("AuthorizationPolicy", "{action: DENY}") { Label = "§6.3 DENY without rules" },
        new("AuthorizationPolicy", "{action: CUSTOM, rules: [{}]}") { Label = "§6.3 CUSTOM without provider" },
        new("AuthorizationPolicy", "{action: DENY, provider: {name: a}, rules: [{}]}") { Label = "§6.3 provider without CUSTOM" },
        new("AuthorizationPolicy", "{selector: {}, targetRefs: [{kind: Service, name: a}]}") { Label = "§6.2 both" },
        new("AuthorizationPolicy", "{rules: [{to: [{operation: {ports: [8080]}}]}]}") { Label = "unquoted port" },
        new("AuthorizationPolicy", "{rules: [{to: [{operation: {ports: ['http']}}]}]}") { Label = "named port" },
        new("AuthorizationPolicy", "{rules: [{from: [{source: {serviceAccounts: ['a/b/c']}}]}]}") { Label = "§6.3 two slashes" },
        new("AuthorizationPolicy", "{rules: [{from: [{source: {principals: ['']}}]}]}") { Label = "§6.3 empty value" },
        new("AuthorizationPolicy", "{rules: [{when: [{key: source.ip}]}]}") { Label = "§6.3 neither values nor notValues" },
        new("AuthorizationPolicy", "{rules: [{when: [{values: [a]}]}]}") { Label = "§6.3 no key" },
        new("AuthorizationPolicy", "{targetRef: {kind: Service, name: a, namespace: b}}") { Label = "§6.2 namespace" },
        new("PeerAuthentication", "{mtls: {mode: ON}}") { Label = "enumeration" },
        new("PeerAuthentication", "{portLevelMtls: {'80': {mode: STRICT}}}") { Label = "§6.5 ports without selector" },
        new("PeerAuthentication", "{selector: {matchLabels: {a: b}}, portLevelMtls: {}}") { Label = "§6.5 no port" },
        new("RequestAuthentication", "{jwtRules: [{jwks: '{}'}]}") { Label = "§6.4 neither issuer nor jwksUri" },
        new("RequestAuthentication", "{jwtRules: [{issuer: a, jwks: '{}', jwksUri: 'https://b/c'}]}") { Label = "§6.4 both" },
        new("RequestAuthentication", "{jwtRules: [{issuer: a, jwksUri: 'ftp://b/c'}]}") { Label = "§6.4 scheme" },
        new("RequestAuthentication", "{jwtRules: [{issuer: a, outputClaimToHeaders: [{header: 'a b', claim: c}]}]}") { Label = "§6.4 header" },
    ];

    [Theory, MemberData(nameof(Wrong))]
    public void S6_what_is_wrong_at_sight_is_refused(string kind, string spec)
    {
        var policy = DefinitionSchema.Read($"{{apiVersion: security.istio.io/v1, kind: {kind}, metadata: {{name: a}}, spec: {spec}}}").Single();
        Assert.NotEmpty(DefinitionSchema.Check(policy, SchemaOf(kind), ""));
    }

    private static JsonObject SchemaOf(string kind) => Definitions[kind]["spec"]!["versions"]![0]!["schema"]!["openAPIV3Schema"]!.AsObject();

    private static IEnumerable<string> StructuralFaults(JsonObject schema, string path, bool isJunctor)
    {
        if (!isJunctor && schema["type"] is null && schema["x-kubernetes-int-or-string"] is null)
        {
            yield return $"{path}: no type";
        }

        foreach (var name in schema.Select(member => member.Key).Where(name =>
            name is "x-kubernetes-validations" or "$ref" or "oneOf" || (isJunctor && Structural.Contains(name))))
        {
            yield return $"{path}: {name}";
        }

        foreach (var (name, child) in schema)
        {
            IEnumerable<(string Path, JsonObject Schema, bool IsJunctor)> children = name switch
            {
                "properties" => child!.AsObject().Select(member => ($"{path}.{member.Key}", member.Value!.AsObject(), isJunctor)),
                "items" or "additionalProperties" => [($"{path}.{name}", child!.AsObject(), isJunctor)],
                "not" => [($"{path}.{name}", child!.AsObject(), true)],
                _ when Junctors.Contains(name) => child!.AsArray().Select(each => ($"{path}.{name}", each!.AsObject(), true)),
                _ => [],
            };
            foreach (var fault in children.SelectMany(each => StructuralFaults(each.Schema, each.Path, each.IsJunctor)))
            {
                yield return fault;
            }
        }
    }

    private static IEnumerable<JsonObject> PoliciesOf(string yaml)
    {
        foreach (var text in yaml.Split("\n---"))
        {
            var read = PolicyReader.Read("x", text, new());
            var isValid = read.Documents.Count == 1 && read.IsComplete
                && read.Documents[0] is { Resource: { } resource } document
                && document.Findings.Concat(ResourceValidator.Validate(resource)).All(finding => finding.Severity != Severity.Error);
            if (isValid && TryRead(text) is { } policy && policy["kind"]?.GetValue<string>() is { } kind && Kinds.Contains(kind))
            {
                yield return policy;
            }
        }
    }

    private static JsonObject? TryRead(string text)
    {
        try
        {
            return DefinitionSchema.Read(text).FirstOrDefault() as JsonObject;
        }
        catch (YamlException)
        {
            return null;
        }
    }

    private static IEnumerable<string> Files(string folder, string pattern, [CallerFilePath] string here = "") =>
        Directory.EnumerateFiles(Path.Combine(Path.GetDirectoryName(here)!, "../../..", folder), pattern, SearchOption.AllDirectories);
}
