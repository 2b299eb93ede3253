using System.Collections.Frozen;
using System.Text;
using AuthzEngine.Admission;
using AuthzEngine.Compilation;
using AuthzEngine.Evaluation;
using AuthzEngine.Formats.Json;
using AuthzEngine.Formats.Yaml;
using AuthzEngine.Policies;
using AuthzEngine.Requests;
using MeshCA.DecisionLog;
using MeshCA.Decisions;
using MeshCA.Policies;

namespace MeshCA.Tests.DecisionLog;

/// <summary>Decisions about the workload <c>web</c> of the namespace <c>shop</c>, made by real policies.</summary>
internal sealed class SampleDecisions
{
    public const string Principal = "spiffe://cluster.local/ns/shop/sa/web";

    public static readonly SecretDigest Digest = new(new byte[32]);

    private static readonly Workload Web = new()
    {
        Namespace = "shop",
        Labels = new Dictionary<string, string> { ["app"] = "web" },
        ServiceAccount = "web",
    };

    private readonly PolicySnapshot _snapshot;
    private int _count;

    public SampleDecisions(string yaml = "", MeshSettings? mesh = null)
    {
        Mesh = mesh ?? new MeshSettings();
        Texts = PolicyTexts.Read([new("policies.yaml", Encoding.UTF8.GetBytes(yaml))], new YamlLimits());
        var admitted = Texts.Admit(new(Mesh));
        Xunit.Assert.Empty(admitted.Findings.Where(finding => finding.Severity == AuthzEngine.Diagnostics.Severity.Error));
        var policies = PolicySet.Compile(admitted.Resources, Mesh);
        _snapshot = new(7, Mesh, AdmittedResources.None, policies, new(policies, []), default);
        Policies = policies.For(Web);
    }

    public MeshSettings Mesh { get; }

    public PolicyTexts Texts { get; }

    public WorkloadPolicies Policies { get; }

    public static RedactionSettings Settings { get; } = new(
        AttributeKinds.None, [], RedactionSettings.CredentialHeaders.ToFrozenSet(StringComparer.Ordinal), Digest);

    public static HeaderTable Headers(params (string Name, string[] Lines)[] headers) =>
        new(headers.ToDictionary(header => header.Name, header => (IReadOnlyList<string>)header.Lines));

    public static ClaimValue.Struct Claims(string json) =>
        ClaimValues.TryParse(Encoding.UTF8.GetBytes(json), new ClaimLimits(), out var claims, out var error)
            ? claims
            : throw new InvalidOperationException(error.ToString());

    /// <summary>What the decision point would record.</summary>
    public DecisionRecord Decide(in RequestAttributes request)
    {
        var decision = Policies.Decide(in request);
        return Record(in request, decision with { ProvidersToAsk = null }) with { Asked = decision.ProvidersToAsk };
    }

    public DecisionRecord Record(in RequestAttributes request, in Decision decision) => new(
        new(_snapshot, new(Web, Policies), Principal, new(Principal, SpeaksForOthers: false)),
        request,
        new(decision, $"run-{++_count:x}", _snapshot.Revision),
        new DateTimeOffset(2026, 1, 2, 3, 4, 5, 678, TimeSpan.Zero),
        TimeSpan.FromMicroseconds(3.4));
}
