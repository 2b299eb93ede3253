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
