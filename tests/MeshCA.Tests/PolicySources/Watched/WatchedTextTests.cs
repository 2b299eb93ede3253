using System.Text;
using AuthzEngine.Formats.Yaml;
using AuthzEngine.Policies;
using KubernetesClient.Models;
using MeshCA.Policies;
using MeshCA.PolicySources.Watched;
using Xunit;

namespace MeshCA.Tests.PolicySources.Watched;

public sealed class WatchedTextTests
{
    private static readonly V1ObjectMeta Plain = new()
    {
        Name = "a",
        Namespace = "shop",
        Uid = "1",
        ResourceVersion = "7",
        Generation = 1,
        CreationTimestamp = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero),
        Labels = new Dictionary<string, string> { ["team"] = "x" },
    };

    public static TheoryData<V1ObjectMeta, bool> Metadata() =>
    [
        new(Plain with { ResourceVersion = "8", Generation = 2 }, true) { Label = "versions: every status write has another" },
        new(Plain with { Annotations = Map("kubectl.kubernetes.io/last-applied-configuration", "{}") }, true) { Label = "what kubectl applied" },
        new(Plain with { Annotations = Map("istio.io/dry-run", "true") }, false) { Label = "a dry run" },
        new(Plain with { Labels = Map("istio.io/rev", "canary") }, false) { Label = "a revision" },
        new(Plain with { Uid = "2" }, false) { Label = "deleted and made anew" },
        new(Plain with { CreationTimestamp = DateTimeOffset.UnixEpoch }, false) { Label = "age: it orders (§7.1)" },
    ];

    [Theory, MemberData(nameof(Metadata))]
    public void Only_what_means_something_makes_another_text(V1ObjectMeta metadata, bool isSame) =>
        Assert.Equal(isSame, Text(metadata).Equals(Text(Plain)));

    [Fact]
    public void The_text_reads_as_the_policy_that_the_api_has()
    {
        var read = PolicyReader.Read("x", Text(Plain, Samples.Deny("""{"app":"cart"}""")).Utf8, new());

        var policy = Assert.IsType<AuthorizationPolicy>(Assert.Single(read.Documents).Resource);
        Assert.Equal(Samples.Id("a"), policy.Id);
        Assert.Equal(Plain.CreationTimestamp, policy.CreationTimestamp);
        Assert.Equal("cart", policy.Selector!.MatchLabels["app"]);
        Assert.Empty(read.AllFindings);
    }

    [Theory]
    [InlineData("\u2028")]
    [InlineData("\u0085")]
    [InlineData("\ud83d\ude00")]
    [InlineData("\u0001")]
    [InlineData("# {a: b} & * ! | > ' \" % @ `")]
    public void Whatever_texts_a_policy_has_it_is_known_whose_it_is(string odd)
    {
        var spec = $$$"""{"rules":[{"when":[{"key":"request.headers[x]","values":[{{{System.Text.Json.JsonSerializer.Serialize(odd)}}}]}]}]}""";
        var document = WatchedDocument.Of(PolicyReader.Read("x", Text(Plain, spec).Utf8, new()), Samples.Id("a"));
        Assert.Equal(Samples.Id("a"), document.Id);
        Assert.Equal("shop", document.Namespace);
        Assert.True(document.Resource is not null || document.Findings.Count > 0);
    }

    [Fact]
    public void A_policy_that_cannot_be_read_is_held_back_and_not_its_source()
    {
        var deep = new StringBuilder().Insert(0, "{\"a\":", 40).Append("{}").Append('}', 40).ToString();
        var document = WatchedDocument.Of(PolicyReader.Read("x", Text(Plain, deep).Utf8, new()), Samples.Id("a"));
        Assert.Equal(Samples.Id("a"), document.Id);
        Assert.Null(document.Resource);
        Assert.Contains(document.Findings, finding => finding.Code == YamlCodes.TooDeep);
    }

    private static SourceText Text(V1ObjectMeta metadata, string spec = "{}") => WatchedText.Of(Samples.Id("a"), metadata, Samples.Json(spec));

    private static Dictionary<string, string> Map(string name, string value) => new() { [name] = value };
}
