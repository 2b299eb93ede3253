using AuthzEngine.Diagnostics;
using AuthzEngine.Evaluation;
using AuthzEngine.Formats.Yaml;
using AuthzEngine.Formats.Yaml.Fields;
using AuthzEngine.Formats.Yaml.Nodes;

namespace AuthzEngine.Formats.PolicyTests;

/// <summary>Reads tests of policies: documents of kind <c>PolicyTest</c>, which may stand beside policies.</summary>
public static class PolicyTestReader
{
    /// <summary>apiVersion of the documents.</summary>
    public const string ApiVersion = "meshca/v1";

    /// <summary>kind of the documents. As it is none of Istio's, a directory of policies may hold tests too.</summary>
    public const string Kind = "PolicyTest";

    private static readonly Dictionary<string, Verdict> Verdicts = new() { ["allow"] = Verdict.Allow, ["deny"] = Verdict.Deny };

    /// <summary>Reads the tests of a text.</summary>
    /// <param name="sourceName">File name, or another name of the source, for findings.</param>
    /// <param name="utf8">YAML or JSON; untrusted.</param>
    /// <param name="limits">How much is read.</param>
    /// <returns>The documents that hold tests; with an error none of them may be relied on.</returns>
    public static PolicyTestReading Read(string sourceName, ReadOnlyMemory<byte> utf8, YamlLimits limits)
    {
        var (roots, fault) = YamlDocuments.Read(utf8, limits);
        var findings = new FindingList(sourceName, new FindingBudget());
        if (fault is not null)
        {
            findings.Add(fault);
        }

        var files = roots.OfType<YamlMapping>().Where(IsTest).Select(root => Read(sourceName, root, findings)).ToList();
        return new(files, findings.Findings);
    }

    private static bool IsTest(YamlMapping root) => root.Find("kind") is YamlScalar { Text: Kind };

    private static PolicyTestFile Read(string source, YamlMapping root, FindingList findings)
    {
        StructureCheck.Check(root, FieldPath.Root, findings);
        var reader = new ObjectReader(root, FieldPath.Root, findings);
        reader.Take("kind");
        if (reader.Text("apiVersion") != ApiVersion)
        {
            findings.Error(
                YamlCodes.VersionUnknown, root, FieldPath.Root.Member("apiVersion"), $"kind {Kind} is of apiVersion `{ApiVersion}`");
        }

        var (mesh, workload) = (reader.Mapping("mesh"), reader.Mapping("workload"));
        var file = new PolicyTestFile(
            reader.Texts("policies"),
            reader.OptionalText("policiesYaml"),
            reader.RequiredObjects("tests", test => Read(source, test, mesh, workload)));
        reader.End(UnknownFields.Refused);
        return file;
    }

    private static PolicyTest Read(string source, ObjectReader test, YamlMapping? mesh, YamlMapping? workload)
    {
        var read = new PolicyTest(
            test.Text("name"),
            new(source, test.Node.Line, test.Node.Column),
            YamlJson.Of(mesh),
            YamlJson.Of(test.Mapping("workload") ?? workload),
            YamlJson.Of(test.Mapping("request")),
            Expected(test));
        test.End(UnknownFields.Refused);
        return read;
    }

    private static PolicyExpectation Expected(ObjectReader test)
    {
        if (test.Object("expect") is not { } expect)
        {
            test.Findings.Error(YamlCodes.WrongType, test.Node, test.Path.Member("expect"), "a test says what it expects");
            return new(Verdict.Deny, null, null, null);
        }

        if (expect.Node.Find("decision") is null)
        {
            test.Findings.Error(YamlCodes.WrongType, expect.Node, expect.Path.Member("decision"), "`allow` or `deny` is wanted");
        }

        var read = new PolicyExpectation(
            expect.Choice("decision", Verdicts, Verdict.Deny),
            expect.OptionalText("policy"),
            expect.Node.Find("audit") is null ? null : expect.Boolean("audit"),
            expect.OptionalText("reason"));
        expect.End(UnknownFields.Refused);
        return read;
    }
}

/// <summary>The tests of a text.</summary>
/// <param name="Files">Its documents that hold tests.</param>
/// <param name="Findings">What is to say about them.</param>
public sealed record PolicyTestReading(IReadOnlyList<PolicyTestFile> Files, IReadOnlyList<Finding> Findings);
