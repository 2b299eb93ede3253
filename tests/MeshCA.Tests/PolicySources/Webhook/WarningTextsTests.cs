using AuthzEngine.Diagnostics;
using MeshCA.PolicySources.Webhook;
using MeshCA.Tests.PolicySources.Watched;
using Xunit;

namespace MeshCA.Tests.PolicySources.Webhook;

public sealed class WarningTextsTests
{
    [Fact]
    public void However_much_there_is_to_say_the_api_server_passes_it_on()
    {
        Finding[] findings = [.. Enumerable.Range(0, 500).Select(i =>
            new Finding(Severity.Warning, "code", Samples.Id("a"), $"spec.rules[{i}]", new string('x', i), new string('y', 300)))];

        var texts = WarningTexts.Of(findings, Samples.Id("a"));

        Assert.All(texts, text => Assert.InRange(text.Length, 1, 256));
        Assert.InRange(texts.Sum(text => text.Length), 1, 4096);
        Assert.Contains("500 findings", texts[^1], StringComparison.Ordinal);
    }

    [Fact]
    public void A_suggestion_comes_along_where_there_is_room_and_others_are_named()
    {
        Finding finding = new(Severity.Warning, "code", Samples.Id("b"), "spec", "odd", "better");
        Assert.Equal(["AuthorizationPolicy/shop/b: spec: odd (better) [code]"], WarningTexts.Of([finding], Samples.Id("a")));
        Assert.Equal(["spec: odd (better) [code]"], WarningTexts.Of([finding, finding], Samples.Id("b")));
    }
}
