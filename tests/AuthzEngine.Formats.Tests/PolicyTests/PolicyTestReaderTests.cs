using System.Text;
using AuthzEngine.Evaluation;
using AuthzEngine.Formats.PolicyTests;
using AuthzEngine.Formats.Yaml;
using Xunit;

namespace AuthzEngine.Formats.Tests.PolicyTests;

public sealed class PolicyTestReaderTests
{
    private const string Head = "apiVersion: meshca/v1\nkind: PolicyTest\n";

    [Fact]
    public void A_document_says_what_it_tests()
    {
        var file = Assert.Single(Read(Head + """
            policies: [a.yaml]
            policiesYaml: "x"
            mesh: {trust_domain: td}
            workload: {namespace: shop}
            tests:
            - name: one
              workload: {namespace: other}
              request: {dest_port: 80, http: {method: "GET"}}
              expect: {decision: allow, policy: none, audit: false, reason: because}
            - name: two
              expect: {decision: deny}
            """).Files);

        Assert.Equal(["a.yaml"], file.Policies);
        Assert.Equal("x", file.PoliciesYaml);
        Assert.Equal(new(Verdict.Allow, "none", Audit: false, "because"), file.Tests[0].Expected);
        Assert.Equal("""{"namespace":"other"}""", file.Tests[0].Workload.GetRawText());
        Assert.Equal("""{"dest_port":80,"http":{"method":"GET"}}""", file.Tests[0].Request.GetRawText());
        Assert.Equal(new(Verdict.Deny, null, null, null), file.Tests[1].Expected);
        Assert.Equal("""{"namespace":"shop"}""", file.Tests[1].Workload.GetRawText());
        Assert.Equal("""{"trust_domain":"td"}""", file.Tests[1].Mesh.GetRawText());
        Assert.Equal("t.yaml:12:3", file.Tests[1].Location?.ToString());
    }

    [Fact]
    public void Documents_of_other_kinds_are_passed_over() =>
        Assert.Empty(Read("apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\n---\njust: text\n---\n- list\n").Files);

    [Fact]
    public void The_reader_of_policies_passes_over_tests()
    {
        var read = PolicyReader.Read("t.yaml", Head + "tests: []", new());

        Assert.Empty(read.Documents);
        Assert.True(read.IsComplete);
        Assert.All(read.Findings, finding => Assert.Equal(Diagnostics.Severity.Info, finding.Severity));
    }

    public static TheoryData<string, string> Malformed() =>
    [
        new("kind: PolicyTest\ntests: []", "apiVersion"),
        new(Head + "test: []", "test"),
        new(Head + "tests: [{name: a}]", "tests[0].expect"),
        new(Head + "tests: [{name: a, expect: {}}]", "tests[0].expect.decision"),
        new(Head + "tests: [{name: a, expect: {decision: yes}}]", "tests[0].expect.decision"),
        new(Head + "tests: [{name: a, expect: {decision: allow, polisy: x}}]", "tests[0].expect.polisy"),
        new(Head + "tests: [{name: a, requests: {}, expect: {decision: allow}}]", "tests[0].requests"),
        new(Head + "tests: [{name: a, request: [], expect: {decision: allow}}]", "tests[0].request"),
        new(Head + "tests: [{name: a, name: b, expect: {decision: allow}}]", "tests[0].name"),
        new(Head + "tests: [", ""),
    ];

    [Theory, MemberData(nameof(Malformed))]
    public void What_is_wrong_is_found_with_its_place(string yaml, string field)
    {
        var finding = Assert.Single(Read(yaml).Findings, finding => finding.Severity == Diagnostics.Severity.Error);

        Assert.Equal(field, finding.Field);
        Assert.Equal("t.yaml", finding.Location?.Source);
    }

    private static PolicyTestReading Read(string yaml) => PolicyTestReader.Read("t.yaml", Encoding.UTF8.GetBytes(yaml), new());
}
