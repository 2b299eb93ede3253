using AuthzEngine.Diagnostics;
using AuthzEngine.Formats.Yaml;
using Xunit;

namespace AuthzEngine.Formats.Tests.Yaml;

public sealed class FieldLocationsTests
{
    private const string Text = """
        apiVersion: security.istio.io/v1
        kind: AuthorizationPolicy
        metadata:
          name: a
          annotations: {istio.io/dry-run: "true"}
        spec:
          rules:
          - from:
            - source: {not_namespaces: [a, b]}
          - &r
            to: [{operation: {ports: ["1"]}}]
          - *r
        """;

    [Theory]
    [InlineData("", 1, 1)]
    [InlineData("spec", 7, 3)]
    [InlineData("spec.rules", 8, 3)]
    [InlineData("spec.rules[0]", 8, 5)]
    [InlineData("spec.rules[0].from[0].source.notNamespaces[1]", 9, 36)]
    [InlineData("spec.rules[0].from[0].source.not_namespaces[0]", 9, 33)]
    [InlineData("spec.rules[2].to[0].operation.ports[0]", 11, 31)]
    [InlineData("metadata.annotations[\"istio.io/dry-run\"]", 5, 35)]
    public void Field_is_found_where_it_stands(string field, int line, int column) =>
        Assert.Equal(new SourceLocation("a.yaml", line, column), Find(field));

    [Theory]
    [InlineData("spec.selector.matchLabels", "spec")]
    [InlineData("spec.rules[3]", "spec.rules")]
    [InlineData("spec.rules[0].from[0].source.principals[0]", "spec.rules[0].from[0].source")]
    [InlineData("spec.rules[x]", "spec.rules")]
    [InlineData("spec.rules[", "spec.rules")]
    [InlineData("spec..rules", "spec")]
    [InlineData("metadata.annotations[\"unknown", "metadata.annotations")]
    [InlineData("unknown", "")]
    [InlineData("[", "")]
    [InlineData(".", "")]
    public void Field_that_is_not_there_is_found_at_what_would_hold_it(string field, string holder) =>
        Assert.Equal(Find(holder), Find(field));

    private static SourceLocation? Find(string field) =>
        Assert.Single(PolicyReader.Read("a.yaml", Text, new YamlLimits()).Documents).Locate!(field);
}
