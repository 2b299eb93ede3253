using AuthzEngine.Diagnostics;
using AuthzEngine.Policies;
using AuthzEngine.Tests.Validation;
using AuthzEngine.Validation;
using Xunit;

namespace AuthzEngine.Tests.Spec;

/// <summary>authorization-policy §6.1 and §6.2.</summary>
public sealed class CommonValidationSpecTests
{
    private const string DryRun = "metadata.annotations[\"istio.io/dry-run\"]";
    private const string Labels = "spec.selector.matchLabels";

    private static readonly AuthorizationPolicy Allow = Written.Allow();
    private static readonly PolicyTargetReference Gateway = new("gateway.networking.k8s.io", "Gateway", "edge", "");

    public static TheoryData<PolicyResource, string[]> Annotations() =>
    [
        new(Annotated(Written.Tokens(), AuthorizationPolicy.DryRunAnnotation, "true"), ["dry-run-unsupported " + DryRun]) { Label = "tokens" },
        new(Annotated(Written.Peers(), AuthorizationPolicy.DryRunAnnotation, "false"), ["dry-run-unsupported " + DryRun]) { Label = "peers" },
        new(DryRunOf(PolicyAction.Audit, "true"), ["dry-run-unsupported " + DryRun]) { Label = "AUDIT" },
        new(DryRunOf(PolicyAction.Custom, "true"), ["dry-run-unsupported " + DryRun]) { Label = "CUSTOM" },
        new(DryRunOf(PolicyAction.Custom, "x"), ["dry-run-unsupported " + DryRun, "dry-run-not-boolean " + DryRun]) { Label = "both" },
        new(DryRunOf(PolicyAction.Allow, "yes"), ["dry-run-not-boolean " + DryRun]) { Label = "yes" },
        new(DryRunOf(PolicyAction.Allow, "tRUE"), ["dry-run-not-boolean " + DryRun]) { Label = "tRUE" },
        new(DryRunOf(PolicyAction.Allow, ""), ["dry-run-not-boolean " + DryRun]) { Label = "empty" },
        new(DryRunOf(PolicyAction.Allow, "T"), []) { Label = "T" },
        new(DryRunOf(PolicyAction.Deny, "0"), []) { Label = "0" },
        new(Annotated(Allow, "internal.istio.io/parents", ""), ["annotation-reserved metadata.annotations[\"internal.istio.io/parents\"]"]) { Label = "parents" },
        new(
            Annotated(Allow, "internal.istio.io/parent-namespace", "x"),
            ["annotation-reserved metadata.annotations[\"internal.istio.io/parent-namespace\"]"]) { Label = "parent namespace" },
        new(
            Annotated(Written.Peers(), "internal.istio.io/webhook-always-reject", "x"),
            ["annotation-reserved metadata.annotations[\"internal.istio.io/webhook-always-reject\"]"]) { Label = "always reject" },
        new(Annotated(Allow, "internal.istio.io/parent", "x"), []) { Label = "another" },
    ];

    [Theory, MemberData(nameof(Annotations))]
    public void S6_1_annotations_that_a_user_may_not_set(PolicyResource resource, string[] expected) => Found.Equal(expected, resource);

    public static TheoryData<WorkloadSelector?, string[]> Selectors() =>
    [
        new(null, []) { Label = "absent" },
        new(Written.Labels(), ["selector-empty spec.selector"]) { Label = "without labels" },
        new(Written.Labels("app", "web"), []) { Label = "a label" },
        new(Written.Labels("app", ""), []) { Label = "an empty value" },
        new(Written.Labels("", "web"), [$"selector-key-empty {Labels}[\"\"]"]) { Label = "an empty key" },
        new(Written.Labels("a*", "web"), [$"selector-wildcard {Labels}[\"a*\"]"]) { Label = "a star in a key" },
        new(Written.Labels("app", "*"), [$"selector-wildcard {Labels}.app"]) { Label = "a star in a value" },
        new(Written.Labels("app", new string('x', 62)), []) { Label = "a value below the limit" },
        new(Written.Labels("app", new string('x', 63)), []) { Label = "a value at the limit" },
        new(Written.Labels("app", new string('x', 64)), [$"selector-value-too-long {Labels}.app"]) { Label = "a value above it" },
        new(Many(4095), []) { Label = "labels below the limit" },
        new(Many(4096), []) { Label = "labels at the limit" },
        new(Many(4097), ["selector-too-large " + Labels]) { Label = "labels above it" },
    ];

    [Theory, MemberData(nameof(Selectors))]
    public void S6_1_selectors_compare_exactly(WorkloadSelector? selector, string[] expected)
    {
        Found.Equal(expected, Allow with { Selector = selector });
        Found.Equal(expected, Written.Tokens() with { Selector = selector });
        Found.Equal(expected, Written.Peers(selector));
    }

    public static TheoryData<string, string, string[]> Names() =>
    [
        new("shop", "web", []),
        new("shop", "web.v2-a", []),
        new("shop", "", ["name-invalid metadata.name"]),
        new("shop", "Web", ["name-refused-by-kubernetes metadata.name"]),
        new("shop", "web.", ["name-refused-by-kubernetes metadata.name"]),
        new("shop", "-web", ["name-refused-by-kubernetes metadata.name"]),
        new("shop", "we_b", ["name-refused-by-kubernetes metadata.name"]),
        new("shop", "we b", ["name-invalid metadata.name"]),
        new("shop", "web]-rule[0", ["name-invalid metadata.name"]),
        new("shop", "wéb", ["name-invalid metadata.name"]),
        new("shop", new string('x', 252), []) { Label = "a name below the limit" },
        new("shop", new string('x', 253), []) { Label = "a name at the limit" },
        new("shop", new string('x', 254), ["name-invalid metadata.name"]) { Label = "a name above the limit" },
        new("", "web", ["namespace-invalid metadata.namespace"]),
        new("a.b", "web", ["namespace-invalid metadata.namespace"]),
        new("shop-", "web", ["namespace-invalid metadata.namespace"]),
        new("Shop", "web", ["namespace-invalid metadata.namespace"]),
        new(new string('x', 62), "web", []) { Label = "a namespace below the limit" },
        new(new string('x', 63), "web", []) { Label = "a namespace at the limit" },
        new(new string('x', 64), "web", ["namespace-invalid metadata.namespace"]) { Label = "a namespace above the limit" },
    ];

    [Theory, MemberData(nameof(Names))]
    public void S6_1_names_are_those_that_a_cluster_stores(string @namespace, string name, string[] expected) =>
        Found.Equal(expected, Allow with { Id = new(ResourceKind.AuthorizationPolicy, @namespace, name) });

    public static TheoryData<WorkloadSelector?, PolicyTargetReference?, int, string[]> Targets() =>
    [
        new(null, null, 0, []) { Label = "none" },
        new(Written.Labels("a", "b"), null, 0, []) { Label = "selector" },
        new(null, Gateway, 0, []) { Label = "targetRef" },
        new(null, null, 2, []) { Label = "targetRefs" },
        new(Written.Labels("a", "b"), Gateway, 0, ["target-ambiguous spec"]) { Label = "selector and targetRef" },
        new(Written.Labels(), null, 1, ["selector-empty spec.selector", "target-ambiguous spec"]) { Label = "empty selector and targetRefs" },
        new(null, Gateway, 1, ["target-ambiguous spec"]) { Label = "targetRef and targetRefs" },
        new(null, null, 15, []) { Label = "references below the limit" },
        new(null, null, 16, []) { Label = "references at the limit" },
        new(null, null, 17, ["target-references-too-many spec.targetRefs"]) { Label = "references above it" },
    ];

    [Theory, MemberData(nameof(Targets))]
    public void S6_2_a_policy_attaches_in_one_way(
        WorkloadSelector? selector, PolicyTargetReference? one, int several, string[] expected)
    {
        var references = Enumerable.Repeat(Gateway, several).ToList();
        Found.Equal(expected, Allow with { Selector = selector, TargetRef = one, TargetRefs = references });
        Found.Equal(expected, Written.Tokens() with { Selector = selector, TargetRef = one, TargetRefs = references });
    }

    public static TheoryData<PolicyTargetReference, string[]> References() =>
    [
        new(new("", "Service", "web", ""), []),
        new(new("core", "Service", "web", ""), []),
        new(new("networking.istio.io", "ServiceEntry", "web", ""), []),
        new(Gateway, []),
        new(new("gateway.networking.k8s.io", "GatewayClass", "istio-waypoint", ""), []),
        new(new("apps", "Service", "web", ""), ["target-reference-kind "]),
        new(new("", "Pod", "web", ""), ["target-reference-kind "]),
        new(new("", "service", "web", ""), ["target-reference-kind "]),
        new(new("networking.istio.io", "Gateway", "web", ""), ["target-reference-kind "]),
        new(Gateway with { Name = "" }, ["target-reference-name .name"]),
        new(Gateway with { Name = new('x', 252) }, []) { Label = "a name below the limit" },
        new(Gateway with { Name = new('x', 253) }, []) { Label = "a name at the limit" },
        new(Gateway with { Name = new('x', 254) }, ["target-reference-name .name"]) { Label = "a name above the limit" },
        new(Gateway with { Namespace = "shop" }, ["target-reference-namespace .namespace"]),
        new(new("x", "", "", "y"), ["target-reference-name .name", "target-reference-namespace .namespace", "target-reference-kind "]),
    ];

    [Theory, MemberData(nameof(References))]
    public void S6_2_a_reference_names_a_gateway_or_service_of_its_namespace(PolicyTargetReference reference, string[] expected)
    {
        string[] At(string path) => [.. expected.Select(finding => finding.Replace(" ", " " + path, StringComparison.Ordinal))];
        Found.Equal(At("spec.targetRef"), Allow with { TargetRef = reference });
        Found.Equal(At("spec.targetRefs[1]"), Written.Tokens() with { TargetRefs = [Gateway, reference] });
    }

    [Fact]
    public void S6_1_only_a_selector_without_labels_is_a_mere_warning() => Assert.Equal(
        Severity.Warning,
        Assert.Single(ResourceValidator.Validate(Allow with { Selector = Written.Labels() })).Severity);

    private static PolicyResource DryRunOf(PolicyAction action, string value) =>
        Annotated(Written.Policy(action, new Rule()), AuthorizationPolicy.DryRunAnnotation, value);

    private static PolicyResource Annotated(PolicyResource resource, string name, string value) =>
        resource with { Annotations = new Dictionary<string, string> { [name] = value } };

    private static WorkloadSelector Many(int count) => new(Written.Texts(count).ToDictionary(text => text, text => text));
}
