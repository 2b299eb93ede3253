using AuthzEngine.Admission;
using AuthzEngine.Formats.Yaml;
using AuthzEngine.Policies;
using Xunit;

namespace AuthzEngine.Formats.Tests.Yaml;

public sealed class SourceReadingsTests
{
    private const string Start = """
        apiVersion: security.istio.io/v1
        kind: AuthorizationPolicy
        metadata: {name: web, namespace: shop}
        spec:
          selector: {matchLabels: {app: web}}

        """;

    private const string Valid = Start + "  rules: [{}]\n";
    private const string Invalid = Start + "  action: DENY\n  rules:\n  - to:\n    - operation: {ports: ['x']}\n";
    private const string Refused = Start + "  action: REFUSE\n";

    private static readonly ResourceId Web = new(ResourceKind.AuthorizationPolicy, "shop", "web");

    [Fact]
    public void A_finding_of_validation_says_where_it_stands()
    {
        var finding = Assert.Single(Admit(AdmittedResources.None, Invalid).Find(Web)!.Findings);
        Assert.Equal("web.yaml:9:27", finding.Location!.ToString());
        Assert.Equal("spec.rules[0].to[0].operation.ports[0]", finding.Field);
    }

    [Theory]
    [InlineData(Invalid)]
    [InlineData(Refused)]
    public void What_is_invalid_at_first_sight_is_quarantined_with_its_selector(string text)
    {
        var quarantined = Assert.Single(Admit(AdmittedResources.None, text).InForce.Quarantined);
        Assert.Equal((Web, "shop"), (quarantined.Id, quarantined.Namespace));
        Assert.Equal("web", quarantined.Selector!.MatchLabels["app"]);
    }

    [Theory]
    [InlineData("  targetRefs: [{kind: Service, name: web}]\n  action: REFUSE\n", "Service/web")]
    [InlineData("  target_ref: {group: gateway.networking.k8s.io, kind: Gateway, name: edge}\n  action: DENY\n", "Gateway/edge")]
    [InlineData("  action: REFUSE\n", "")]
    [InlineData("  targetRefs: [{kind: Service, name: web}, {kind: Service, nam: other}]\n  action: REFUSE\n", "")] // names more than can be read
    [InlineData("  targetRefs: [{kind: Service, name: web}]\n  targetRefz: [{kind: Service, name: other}]\n", "")]
    [InlineData("  targetRefs: [{kind: Pod, name: web}]\n  action: DENY\n", "")] // names nobody
    [InlineData("  targetRefs: [{kind: Service, name: web}, [", "")]
    [InlineData("  targetRefs: [{kind: Service, name: web}]\n  selector: {}\n", "")] // one too many
    public void What_is_invalid_at_first_sight_is_quarantined_with_its_targets_where_all_are_read(string spec, string targets)
    {
        var start = Start[..Start.IndexOf("  selector", StringComparison.Ordinal)];
        var quarantined = Assert.Single(Admit(AdmittedResources.None, start + spec).InForce.Quarantined);
        Assert.Equal(targets, string.Join(' ', quarantined.TargetReferences.Select(target => $"{target.Kind}/{target.Name}")));
        Assert.Null(quarantined.Selector);
    }

    [Theory]
    [InlineData("{istio.io/rev: canary}", "canary")]
    [InlineData("{app: web}", null)]
    [InlineData("{istio.io/rev: canary, istio.io/rev: default}", null)] // which, nobody knows
    [InlineData("{istio.io/rev: 8080}", null)]
    [InlineData("none", null)]
    public void The_revision_is_that_of_the_label_where_it_is_clear(string labels, string? revision) => Assert.Equal(
        revision,
        Assert.Single(PolicyReader.Read("a", Start.Replace("{name: web,", $"{{labels: {labels}, name: web,", StringComparison.Ordinal), new()).Documents).Revision);

    [Theory]
    [InlineData(Invalid, AdmissionStatus.KeptLastGood)]
    [InlineData(Refused, AdmissionStatus.KeptLastGood)]
    [InlineData(Start + "  rules: [", AdmissionStatus.KeptLastGood)]
    [InlineData("]", AdmissionStatus.Accepted)] // the source failed, so its resources are as they were
    [InlineData("- no resource", AdmissionStatus.Accepted)]
    public void What_was_valid_stays_in_force(string text, AdmissionStatus status)
    {
        var first = Admit(AdmittedResources.None, Valid);
        var second = Admit(first, text);
        Assert.Equal(status, second.Find(Web)!.Status);
        Assert.Same(first.Find(Web)!.InForce, second.Find(Web)!.InForce);
        Assert.Empty(second.InForce.Quarantined);
    }

    [Fact]
    public void A_text_without_policies_removes_them() => Assert.Empty(Admit(Admit(AdmittedResources.None, Valid), "").Resources);

    private static AdmittedResources Admit(AdmittedResources previous, string text) => ResourceAdmission.Admit(
        previous,
        [PolicyReader.Read("web.yaml", text, new YamlLimits()).ToReading("web.yaml")],
        previous.Revision + 1,
        new AdmissionSettings(new MeshSettings()));
}
