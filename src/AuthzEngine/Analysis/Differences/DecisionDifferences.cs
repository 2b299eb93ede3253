using AuthzEngine.Compilation;
using AuthzEngine.Evaluation;
using AuthzEngine.Policies;
using AuthzEngine.Requests;

namespace AuthzEngine.Analysis.Differences;

/// <summary>Requests to one workload that two sets of policies decide otherwise, each from one rule to another.</summary>
/// <param name="Workload">The workload.</param>
/// <param name="Example">The first of the requests.</param>
/// <param name="Before">What the old set decides; with the providers that it asks.</param>
/// <param name="After">What the new set decides; with the providers that it asks.</param>
/// <param name="Count">Number of requests.</param>
public sealed record DecisionDifference(Workload Workload, ProbeRequest Example, Decision Before, Decision After, int Count)
{
    /// <summary>Whether what was denied is allowed, whatever providers say.</summary>
    public bool Opens => Before.Verdict == Verdict.Deny && After.Verdict == Verdict.Allow;
}

/// <summary>What was found by trying requests.</summary>
/// <param name="Differences">What differs; what is opened comes first.</param>
/// <param name="Probes">Number of requests tried.</param>
/// <param name="IsCut">Whether there were more to try.</param>
public sealed record ProbedDifferences(IReadOnlyList<DecisionDifference> Differences, long Probes, bool IsCut);

/// <summary>Finds requests that two sets of policies decide otherwise.</summary>
public static class DecisionDifferences
{
    /// <summary>Tries requests made of the values of both sets.</summary>
    /// <param name="before">The old set.</param>
    /// <param name="after">The new set.</param>
    /// <param name="changed">The resources that are not alike in both.</param>
    /// <param name="workloads">The workloads.</param>
    /// <param name="mostProbes">Most requests for each workload and protocol.</param>
    /// <returns>What was found. What was not found may differ all the same: this is a search, no proof.</returns>
    public static ProbedDifferences Search(
        PolicySet before, PolicySet after, IReadOnlySet<ResourceId> changed, IReadOnlyList<Workload> workloads, int mostProbes)
    {
        ArgumentNullException.ThrowIfNull(before);
        ArgumentNullException.ThrowIfNull(after);
        ArgumentNullException.ThrowIfNull(changed);
        ArgumentNullException.ThrowIfNull(workloads);
        var (found, probes, isCut) = (new List<DecisionDifference>(), 0L, false);
        foreach (var workload in workloads)
        {
            foreach (var protocol in new[] { RequestProtocol.Http, RequestProtocol.Tcp })
            {
                var (old, current) = (before.For(workload), after.For(workload));
                var tried = new ProbeSet(changed, mostProbes).Of(old, current, protocol).ToList();
                found.AddRange(Compare(workload, old, current, tried));
                probes += tried.Count;
                isCut |= tried.Count == mostProbes;
            }
        }

        return new([.. found.OrderByDescending(difference => difference.Opens)], probes, isCut);
    }

    /// <summary>Whether a caller would notice: another verdict, or other providers that are asked.</summary>
    /// <param name="before">One decision.</param>
    /// <param name="after">Another one.</param>
    /// <returns>Whether they differ in that.</returns>
    public static bool Differ(in Decision before, in Decision after) =>
        Outcome.Of(in before) with { Rule = null } != Outcome.Of(in after) with { Rule = null };

    private static List<DecisionDifference> Compare(
        Workload workload, WorkloadPolicies before, WorkloadPolicies after, IReadOnlyList<ProbeRequest> probes)
    {
        var differences = new Dictionary<(Outcome, Outcome), DecisionDifference>();
        foreach (var probe in probes)
        {
            var attributes = probe.Attributes;
            var (old, current) = (before.Decide(in attributes), after.Decide(in attributes));
            if (Differ(in old, in current))
            {
                var key = (Outcome.Of(in old), Outcome.Of(in current));
                differences[key] = differences.TryGetValue(key, out var same)
                    ? same with { Count = same.Count + 1 }
                    : new(workload, probe, old, current, Count: 1);
            }
        }

        return [.. differences.Values];
    }

    private readonly record struct Outcome(Verdict Verdict, bool Audit, string Providers, string? Rule)
    {
        public static Outcome Of(in Decision decision) => new(
            decision.Verdict,
            decision.Audit,
            decision.ProvidersToAsk is { } questions ? string.Join('\n', questions.Select(question => question.Provider.Name)) : "",
            decision.Rule?.Id);
    }
}
