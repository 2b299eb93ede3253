using AuthzEngine.Analysis.Addresses;
using AuthzEngine.Analysis.Attachments;
using AuthzEngine.Analysis.Headers;
using AuthzEngine.Analysis.Hosts;
using AuthzEngine.Analysis.Identities;
using AuthzEngine.Analysis.Paths;
using AuthzEngine.Analysis.Rules;
using AuthzEngine.Analysis.Subjects;
using AuthzEngine.Analysis.Tokens;
using AuthzEngine.Analysis.Values;
using AuthzEngine.Diagnostics;
using AuthzEngine.Policies;

namespace AuthzEngine.Analysis;

/// <summary>Finds in valid resources what their authors will not have meant; each rule of it is a lint in a file of its own.</summary>
/// <remarks>What a lint claims is certain for all that was given to it; what depends on more is worded as what may be.</remarks>
public static class PolicyAnalysis
{
    private static readonly Func<WrittenField, AnalyzedPolicy, IEnumerable<Remark>>[] OfFields =
    [
        PrincipalSchemeLint.Check, PrincipalShapeLint.Check, NamespaceShapeLint.Check, TrustDomainPointerLint.Check, ForeignTrustDomainLint.Check,
        MissingAuthenticationLint.Check, RequestPrincipalShapeLint.Check, UnknownIssuerLint.Check, ClaimTypeLint.Check, ClaimPathLint.Check,
        SpacedClaimLint.Check, PathSlashLint.Check, PathQueryLint.Check, NormalizedPathLint.Check, PathBaseLint.Check, OpenPathLint.Check,
        TrailingSlashLint.Check, HostPathLint.Check, HostPortLint.Check, OpenHostLint.Check, SniCaseLint.Check, MethodLint.Check,
        HeaderNameLint.Check, QuotedKeyLint.Check, HeaderListLint.Check, RawPathLint.Check, StrippedTokenLint.Check, HostBitsLint.Check,
        MappedAddressLint.Check, LiteralStarLint.Check, RepeatedValueLint.Check, RedundantValueLint.Check, UnknownNameLint.Check, PortLint.CheckNumbers,
    ];

    private static readonly Func<WrittenRule, AnalyzedPolicy, IEnumerable<Remark>>[] OfRules =
    [
        NeverMatchesLint.Check, RedundantAlternativeLint.Check, AlternativeSourcesLint.Check, ExposureLint.Check, TcpLint.Check, PortLint.CheckProtocol,
        StrictMutualTlsLint.Check,
    ];

    private static readonly Func<AnalyzedPolicy, IEnumerable<Remark>>[] OfPolicies = [SplitRuleLint.Check, ProviderLint.Check];

    private static readonly Func<AnalyzedMesh, IEnumerable<LocatedRemark>>[] OfMeshes =
    [
        CoveredRuleLint.Check, SelectorLint.Check, TargetLint.Check, PolicyNamespaceLint.Check, PeerAuthenticationLint.Check, OptionalTokenLint.Check,
    ];

    /// <summary>Analyzes resources together.</summary>
    /// <param name="input">What to look at.</param>
    /// <returns>Warnings and what is worth knowing, by resource in the order given, then by lint; without places.</returns>
    public static IReadOnlyList<Finding> Analyze(AnalysisInput input)
    {
        ArgumentNullException.ThrowIfNull(input);
        var mesh = new AnalyzedMesh(input);
        var found = mesh.Policies.SelectMany(policy => Analyze(policy).Select(remark => new LocatedRemark(policy.Source.Id, remark)))
            .Concat(OfMeshes.SelectMany(lint => lint(mesh)))
            .ToLookup(located => located.Resource, located => located.Remark);
        return [.. input.Resources.SelectMany(resource => found[resource.Id].Select(remark => ToFinding(resource.Id, remark)))];
    }

    private static IEnumerable<Remark> Analyze(AnalyzedPolicy policy) =>
        OfPolicies.SelectMany(lint => lint(policy)).Concat(policy.Rules.SelectMany(rule => Analyze(rule, policy)));

    private static IEnumerable<Remark> Analyze(WrittenRule rule, AnalyzedPolicy policy) =>
        OfRules.SelectMany(lint => lint(rule, policy))
            .Concat(rule.Fields.SelectMany(field => OfFields.SelectMany(lint => lint(field, policy))));

    private static Finding ToFinding(ResourceId resource, Remark remark) =>
        new(remark.Severity, remark.Code, resource, remark.Field, remark.Message, remark.Suggestion);
}
