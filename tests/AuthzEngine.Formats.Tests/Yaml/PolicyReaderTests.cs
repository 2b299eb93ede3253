using AuthzEngine.Admission;
using AuthzEngine.Formats.Yaml;
using Xunit;

namespace AuthzEngine.Formats.Tests.Yaml;

public sealed class PolicyReaderTests
{
    public static TheoryData<string> Cases() => [.. GoldenFile.Cases("yaml")];

    [Theory, MemberData(nameof(Cases))]
    public void Text_reads_as_its_golden_file_says(string name)
    {
        var read = PolicyReader.Read(name + ".yaml", GoldenFile.Input("yaml", name), new YamlLimits());

        GoldenFile.Matches("yaml", name, Printed(read));
    }

    [Theory]
    [InlineData("kind: ConfigMap\napiVersion: v1", true)]
    [InlineData("a: b", true)]
    [InlineData("", true)]
    [InlineData("[a]", false)]
    [InlineData("a: [", false)]
    [InlineData("kind: A\nkind: B\napiVersion: v1", false)]
    [InlineData("{kind: List, apiVersion: v1, items: [{kind: AuthorizationPolicy, apiVersion: security.istio.io/v1, spec: [}]}", false)]
    public void Text_that_may_hold_unread_policies_is_not_complete(string text, bool isComplete)
    {
        var read = PolicyReader.Read("a.yaml", text, new YamlLimits());

        Assert.Equal(isComplete, read.IsComplete);
    }

    private static string Printed(ReadResult read) => string.Join(
        '\n',
        [
            .. read.IsComplete ? Array.Empty<string>() : ["incomplete"],
            .. read.Findings.Select(Dump.Of),
            .. read.Documents.Select(document =>
                $"\n# {document.Locate!("")} {document.Id}\n"
                + string.Concat(document.Findings.Select(finding => Dump.Of(finding) + "\n"))
                + (document.Resource is null
                    ? $"refused: namespace {document.Namespace ?? "unknown"}, selector {Labels(document)}\n"
                    : Dump.Of(document.Resource))),
        ]) + "\n";

    private static string Labels(SourceDocument document) => document.Selector is { } selector
        ? string.Join(',', selector.MatchLabels.Select(label => $"{label.Key}={label.Value}"))
        : "none";
}
