using System.Text;
using AuthzEngine.Formats.Yaml;
using AuthzEngine.Policies;
using Xunit;

namespace AuthzEngine.Formats.Tests.Yaml;

public sealed class PolicyTextsTests
{
    private static readonly ResourceId Id = new(ResourceKind.AuthorizationPolicy, "default", "p");

    [Fact]
    public void Policies_of_all_texts_are_in_force_and_know_their_place()
    {
        var texts = Read(("a.yaml", Policy("p", "rules: [{}]")), ("b.yaml", Policy("q", "rules: [{}]")));
        var admitted = texts.Admit(new(new()));

        Assert.Equal(["p", "q"], admitted.Resources.Resources.Select(resource => resource.Id.Name));
        Assert.False(admitted.HasErrors);
        Assert.Equal("a.yaml:4:16", texts.Locate(Id, "spec.rules[0]")?.ToString());
        Assert.Equal("b.yaml:1:1", texts.Locate(Id with { Name = "q" }, "")?.ToString());
        Assert.Null(texts.Locate(Id with { Name = "r" }, ""));
    }

    [Fact]
    public void An_invalid_policy_is_held_back_unless_that_is_allowed()
    {
        var texts = Read(("a.yaml", Policy("p", "rules: [{to: [{operation: {ports: [\"x\"]}}]}]")));

        var held = texts.Admit(new(new()));
        Assert.True(held.HasErrors);
        Assert.Empty(held.Resources.Resources);
        Assert.Equal(Id, Assert.Single(held.Resources.Quarantined).Id);
        Assert.Single(texts.Admit(new(new(), AllowInvalid: true)).Resources.Resources);
    }

    [Fact]
    public void A_text_that_cannot_be_read_holds_everything_shut()
    {
        var admitted = Read(("a.yaml", Policy("p", "rules: [{}]")), ("b.yaml", "a: [")).Admit(new(new() { RootNamespace = "root" }));

        Assert.Contains(admitted.Resources.Quarantined, resource => resource is { Id: null, Namespace: "root", Selector: null });
        Assert.Contains(admitted.Findings, finding => finding.Location?.Source == "b.yaml");
    }

    private static PolicyTexts Read(params (string Name, string Yaml)[] texts) =>
        PolicyTexts.Read([.. texts.Select(text => new PolicyText(text.Name, Encoding.UTF8.GetBytes(text.Yaml)))], new());

    private static string Policy(string name, string spec) =>
        $"apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {{name: {name}}}\nspec: {{{spec}}}\n";
}
