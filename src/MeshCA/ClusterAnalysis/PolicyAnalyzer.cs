using AuthzEngine.Analysis;
using AuthzEngine.Diagnostics;

namespace MeshCA.ClusterAnalysis;

/// <summary>Policies that are invalid, and those that are without effect.</summary>
/// <remarks>What else may not have been meant is for <c>meshca policy lint</c> to say.</remarks>
internal static class PolicyAnalyzer
{
    private static readonly Dictionary<string, AnalysisCode> Codes = new(StringComparer.Ordinal)
    {
        [LintCodes.SelectorMatchesNothing] = AnalysisCode.PolicySelectsNothing,
        [LintCodes.SelectorIgnored] = AnalysisCode.PolicyWithoutEffect,
        [LintCodes.TargetNeedsWaypoint] = AnalysisCode.PolicyWithoutEffect,
        [LintCodes.PeerAuthenticationDuplicate] = AnalysisCode.PolicyWithoutEffect,
        [LintCodes.PeerAuthenticationIgnored] = AnalysisCode.PolicyWithoutEffect,
        [LintCodes.NeverMatches] = AnalysisCode.PolicyWithoutEffect,
        [LintCodes.ShadowedByDeny] = AnalysisCode.PolicyWithoutEffect,
        [LintCodes.TokenWithoutAuthentication] = AnalysisCode.PolicyWithoutEffect,
        [LintCodes.TargetNotFound] = AnalysisCode.ReferenceMissing,
        [LintCodes.NamespaceUnknown] = AnalysisCode.ReferenceMissing,
        [LintCodes.ServiceAccountUnknown] = AnalysisCode.ReferenceMissing,
        [LintCodes.ProviderUnknown] = AnalysisCode.ReferenceMissing,
    };

    public static IEnumerable<AnalysisFinding> Analyze(ClusterView cluster, ClusterPolicies policies)
    {
        var analyzed = PolicyAnalysis.Analyze(new(policies.Admitted.Resources.Resources)
        {
            Settings = policies.Written,
            Inventory = ViewedWorkload.ToInventory(cluster, policies.Settings.TrustDomain),
        });
        return policies.Admitted.Findings.Select(finding => OfAdmission(cluster, finding))
            .Concat(analyzed.Where(finding => Codes.ContainsKey(finding.Code)).Select(finding => OfAnalysis(cluster, finding)))
            .Concat(cluster.Conditions.Select(condition => new AnalysisFinding(
                AnalysisCode.NegativeCondition,
                cluster.Name,
                condition.Object,
                $"its status says that `{condition.Type}` is false: {condition.Message}",
                "see `meshca policy lint`, and docs/policy-findings.md")));
    }

    private static AnalysisFinding OfAdmission(ClusterView cluster, Finding finding) => new(
        finding.Severity == Severity.Error ? AnalysisCode.PolicyInvalid : AnalysisCode.PolicyDoubtful,
        cluster.Name,
        ObjectOf(finding),
        MessageOf(finding),
        finding.Suggestion ?? "correct it; `meshca policy lint` shows all that is wrong")
    {
        Severity = finding.Severity,
    };

    private static AnalysisFinding OfAnalysis(ClusterView cluster, Finding finding)
    {
        var code = Codes[finding.Code];
        return new(code, cluster.Name, ObjectOf(finding), MessageOf(finding), finding.Suggestion ?? "correct it, or remove it")
        {
            // What is missing today may come tomorrow; only a name that nothing can have is an error, and that is found elsewhere.
            Severity = finding.Severity == Severity.Error ? code.Severity : finding.Severity,
        };
    }

    private static string ObjectOf(Finding finding) => finding.Resource?.ToString() ?? finding.Location?.Source ?? "Policy";

    private static string MessageOf(Finding finding) =>
        (finding.Field.Length == 0 ? "" : $"`{finding.Field}`: ") + $"{finding.Message} ({finding.Code})";
}
