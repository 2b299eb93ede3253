using System.Text;
using AuthzEngine.Admission;
using AuthzEngine.Formats.Yaml;
using AuthzEngine.Inventories;
using AuthzEngine.Policies;
using MeshCA.Policies;
using MeshCA.PolicySources.Webhook;
using MeshCA.Tests.PolicySources.Watched;
using Xunit;

namespace MeshCA.Tests.PolicySources.Webhook;

public sealed class PolicyAdmissionTests
{
    private static readonly DateTimeOffset Now = DateTimeOffset.UnixEpoch;

    [Fact]
    public void A_valid_policy_is_allowed() => Assert.True(Judge(Samples.Deny()).IsAllowed);

    [Fact]
    public void An_invalid_policy_is_refused_with_all_its_errors()
    {
        var answer = Judge("""{"action":"DENY","rules":[{"to":[{"operation":{"ports":["x"],"methodss":["GET"]}}]}],"action2":1}""");
        Assert.False(answer.IsAllowed);
        Assert.Contains(answer.Errors, error => error.Field.Contains("methodss", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("DELETE", "")]
    [InlineData("CONNECT", "")]
    [InlineData("UPDATE", "status")]
    public void What_stores_no_policy_is_always_allowed(string operation, string subresource) => Assert.True(
        PolicyAdmission.Judge(Request("""{"rules":7}""") with { Operation = operation, Subresource = subresource }, null, Now).IsAllowed);

    [Fact]
    public void Objects_of_other_kinds_and_of_other_revisions_are_allowed()
    {
        Assert.True(PolicyAdmission.Judge(Request("""{"rules":7}""") with { Group = "apps" }, null, Now).IsAllowed);
        Assert.True(PolicyAdmission.Judge(Request("""{"rules":7}""") with { Kind = "0" }, null, Now).IsAllowed);
        var other = Request("""{"rules":7}""") with { Metadata = new() { Labels = new Dictionary<string, string> { ["istio.io/rev"] = "canary" } } };
        Assert.True(PolicyAdmission.Judge(other, Snapshot(""), Now).IsAllowed);
        Assert.False(PolicyAdmission.Judge(other, null, Now).IsAllowed);
    }

    [Fact]
    public void Its_author_is_told_what_it_leaves_without_effect()
    {
        var snapshot = Snapshot("""
            apiVersion: security.istio.io/v1
            kind: AuthorizationPolicy
            metadata: {name: readers, namespace: shop}
            spec: {rules: [{to: [{operation: {methods: [GET], ports: ["8080"]}}]}]}
            """);
        var answer = Judge(Samples.Deny(), snapshot);

        Assert.True(answer.IsAllowed);
        var warning = Assert.Single(answer.Warnings, text => text.Contains("shadowed-by-deny", StringComparison.Ordinal));
        Assert.StartsWith("AuthorizationPolicy/shop/readers: ", warning, StringComparison.Ordinal);
    }

    [Fact]
    public void Its_author_is_told_that_it_selects_nobody()
    {
        var answer = Judge(Samples.Deny("""{"app":"nobody"}"""), Snapshot(""));
        Assert.Contains(answer.Warnings, text => text.Contains("selector-matches-nothing", StringComparison.Ordinal));
        Assert.All(answer.Warnings, text => Assert.InRange(text.Length, 1, 256));
    }

    [Fact]
    public void What_stands_in_a_file_already_is_refused()
    {
        var snapshot = Snapshot("""
            apiVersion: security.istio.io/v1
            kind: AuthorizationPolicy
            metadata: {name: a, namespace: shop}
            spec: {rules: [{}]}
            """);
        Assert.Contains(Judge(Samples.Deny(), snapshot).Errors, error => error.Code == "resource-elsewhere");
    }

    private static AdmissionAnswer Judge(string spec, PolicySnapshot? snapshot = null) => PolicyAdmission.Judge(Request(spec), snapshot, Now);

    private static AdmissionRequest Request(string spec) => new("u")
    {
        Operation = "CREATE",
        Group = "security.istio.io",
        Kind = "AuthorizationPolicy",
        Namespace = "shop",
        Name = "a",
        Spec = Samples.Json(spec),
    };

    private static PolicySnapshot Snapshot(string yaml)
    {
        var mesh = new MeshSettings();
        var admitted = ResourceAdmission.Admit(
            AdmittedResources.None, [PolicyReader.Read("a.yaml", Encoding.UTF8.GetBytes(yaml), new()).ToReading("a.yaml")], 1, new(mesh));
        return PolicySnapshot.Of(admitted, mesh, new Inventory([], ["shop"], []), null, Now);
    }
}
