using System.Collections.Frozen;
using System.Diagnostics;
using AuthzEngine.Admission;
using AuthzEngine.Analysis;
using AuthzEngine.Diagnostics;
using AuthzEngine.Policies;
using MeshCA.Policies;

namespace MeshCA.PolicySources.Watched;

/// <summary>Judges all policies of the cluster for their authors. Pure.</summary>
internal static class PolicyVerdicts
{
    /// <summary>It is in force as written.</summary>
    public const string Accepted = nameof(Accepted);

    /// <summary>It does something.</summary>
    public const string Effective = nameof(Effective);

    /// <summary>It selects no workload (as IST0127).</summary>
    public const string NoWorkload = nameof(NoWorkload);

    /// <summary>Whoever it is for passes it over (as IST0166 and IST0167).</summary>
    public const string Ignored = nameof(Ignored);

    /// <summary>No request can match it.</summary>
    public const string NeverMatches = nameof(NeverMatches);

    /// <summary>It is not in force, so that its effect is not looked at.</summary>
    public const string Rejected = nameof(Rejected);

    private static readonly PolicyJudgement HasEffect = new(true, Effective, "it applies to workloads");
    private static readonly PolicyJudgement NotLookedAt = new(null, Rejected, "it is not in force as written");

    private static readonly FrozenSet<string> SelectsNobody =
        FrozenSet.Create(StringComparer.Ordinal, LintCodes.SelectorMatchesNothing);

    private static readonly FrozenSet<string> PassedOver = FrozenSet.Create(
        StringComparer.Ordinal,
        LintCodes.SelectorIgnored,
        LintCodes.PeerAuthenticationIgnored,
        LintCodes.PeerAuthenticationDuplicate);

    private static readonly FrozenSet<string> TargetFaults = FrozenSet.Create(
        StringComparer.Ordinal, LintCodes.TargetNotFound, LintCodes.TargetNeedsWaypoint);

    private static readonly FrozenSet<string> RuleFaults = FrozenSet.Create(
        StringComparer.Ordinal, LintCodes.NeverMatches, LintCodes.RuleRedundant);

    /// <summary>Judges them.</summary>
    /// <param name="admitted">What became of everything that was read.</param>
    /// <param name="snapshot">What is in force; null while nothing is.</param>
    /// <param name="findings">What the analysis says of what is in force.</param>
    /// <returns>A verdict of each policy of the cluster that concerns this revision of the control plane.</returns>
    public static IReadOnlyDictionary<ResourceId, PolicyVerdict> Of(
        AdmittedResources admitted, PolicySnapshot? snapshot, IReadOnlyList<Finding> findings)
    {
        var byResource = findings.ToLookup(finding => finding.Resource);
        var populated = (snapshot?.Inventory.Workloads ?? []).Select(entry => entry.Workload.Namespace).ToHashSet(StringComparer.Ordinal);
        var verdicts = new Dictionary<ResourceId, PolicyVerdict>();
        foreach (var resource in admitted.Resources)
        {
            if (resource.Id is { } id && resource.Status != AdmissionStatus.OtherRevision && resource.Sources.Contains(SourceNames.Watched(id)))
            {
                var effect = resource is { InForce.Resource: { } inForce, Status: AdmissionStatus.Accepted or AdmissionStatus.AcceptedWithWarnings }
                    ? snapshot is null ? NotLookedAt : EffectOf(inForce, [.. byResource[id]], snapshot.Mesh, populated)
                    : NotLookedAt;
                verdicts.Add(id, new(AcceptanceOf(resource), effect));
            }
        }

        return verdicts;
    }

    private static PolicyJudgement AcceptanceOf(AdmittedResource resource)
    {
        Finding[] errors = [.. resource.Findings.Where(finding => finding.Severity == Severity.Error)];
        Finding[] warnings = [.. resource.Findings.Where(finding => finding.Severity == Severity.Warning)];
        return resource.Status switch
        {
            AdmissionStatus.Accepted => new(true, Accepted, "it is in force"),
            AdmissionStatus.AcceptedWithWarnings => new(true, nameof(AdmissionStatus.AcceptedWithWarnings), "it is in force; " + FindingText.Of(warnings)),
            AdmissionStatus.KeptLastGood => new(
                false, nameof(AdmissionStatus.KeptLastGood), "it is rejected, and its last valid version stays in force: " + FindingText.Of(errors)),
            AdmissionStatus.AllowedInvalid => new(
                false, nameof(AdmissionStatus.AllowedInvalid), "it is invalid, and in force as far as it goes: " + FindingText.Of(errors)),
            AdmissionStatus.Quarantined or AdmissionStatus.Unidentified => new(
                false,
                nameof(AdmissionStatus.Quarantined),
                "it is rejected, and until it is mended requests to the workloads that it names are denied: " + FindingText.Of(errors)),
            _ => throw new UnreachableException(),
        };
    }

    private static PolicyJudgement EffectOf(
        PolicyResource resource, IReadOnlyList<Finding> findings, MeshSettings mesh, HashSet<string> populated)
    {
        if (findings.FirstOrDefault(finding => PassedOver.Contains(finding.Code)) is { } passedOver)
        {
            return new(false, Ignored, FindingText.Of(passedOver));
        }

        if (findings.FirstOrDefault(finding => SelectsNobody.Contains(finding.Code)) is { } nobody)
        {
            return new(false, NoWorkload, FindingText.Of(nobody));
        }

        var targets = resource.TargetReferences();
        if (targets.Count > 0)
        {
            // Whether there is a ServiceEntry is not known here.
            var faults = findings.Where(finding => TargetFaults.Contains(finding.Code)).DistinctBy(finding => finding.Field).ToList();
            return faults.Count >= targets.Count && targets.All(target => target.Kind != "ServiceEntry")
                ? new(false, NoWorkload, FindingText.Of(faults))
                : HasEffect;
        }

        if (resource.Id.Namespace != mesh.RootNamespace && !populated.Contains(resource.Id.Namespace))
        {
            return new(false, NoWorkload, "no pod runs in its namespace");
        }

        return resource is AuthorizationPolicy policy ? EffectOf(policy, findings) : HasEffect;
    }

    // An ALLOW of which nothing matches denies everything, which is an effect.
    private static PolicyJudgement EffectOf(AuthorizationPolicy policy, IReadOnlyList<Finding> findings)
    {
        if (policy.Action == PolicyAction.Allow || policy.Rules.Count == 0)
        {
            return HasEffect;
        }

        var idle = findings.Where(finding => RuleFaults.Contains(finding.Code)).DistinctBy(finding => RuleOf(finding.Field)).ToList();
        return idle.Count >= policy.Rules.Count ? new(false, NeverMatches, FindingText.Of(idle)) : HasEffect;
    }

    private static string RuleOf(string field) => field.IndexOf(']', StringComparison.Ordinal) is >= 0 and var end ? field[..(end + 1)] : field;
}
