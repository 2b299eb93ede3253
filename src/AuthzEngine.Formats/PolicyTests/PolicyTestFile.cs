using System.Text.Json;
using AuthzEngine.Diagnostics;
using AuthzEngine.Evaluation;

namespace AuthzEngine.Formats.PolicyTests;

/// <summary>The tests of one document, and what they are about; <c>docs/policies.md</c> describes the form.</summary>
/// <param name="Policies">Paths of the policies, relative to the file; none: not said.</param>
/// <param name="PoliciesYaml">Policies that stand in the document itself; null: none do.</param>
/// <param name="Tests">The tests in order.</param>
public sealed record PolicyTestFile(IReadOnlyList<string> Policies, string? PoliciesYaml, IReadOnlyList<PolicyTest> Tests);

/// <summary>One test: a request, and what is to be decided about it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Location">Where it stands.</param>
/// <param name="Mesh">What of the mesh the document sets, in the form of <c>context</c>.</param>
/// <param name="Workload">The workload, in the form of <c>workload</c>.</param>
/// <param name="Request">The request, in the form of <c>request</c>.</param>
/// <param name="Expected">What is to be decided.</param>
public sealed record PolicyTest(
    string Name, SourceLocation? Location, JsonElement Mesh, JsonElement Workload, JsonElement Request, PolicyExpectation Expected);

/// <summary>What is to be decided; what is null is not looked at.</summary>
/// <param name="Verdict">Whether the request is allowed.</param>
/// <param name="Policy">Id of the determining rule; <c>none</c>: no rule determines.</param>
/// <param name="Audit">Whether an AUDIT rule marks the request.</param>
/// <param name="Reason">Text that the reason holds.</param>
public sealed record PolicyExpectation(Verdict Verdict, string? Policy, bool? Audit, string? Reason);
