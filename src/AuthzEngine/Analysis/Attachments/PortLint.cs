using AuthzEngine.Analysis.Subjects;
using AuthzEngine.Compilation;
using AuthzEngine.Diagnostics;
using AuthzEngine.Inventories;
using AuthzEngine.Matching;
using AuthzEngine.Policies;
using AuthzEngine.Requests;

namespace AuthzEngine.Analysis.Attachments;

/// <summary>Ports as the inventory has them: those that no workload has, and rules of HTTP at ports of TCP; §2.6 and §8.1.</summary>
internal static class PortLint
{
    public static IEnumerable<Remark> CheckNumbers(WrittenField field, AnalyzedPolicy policy)
    {
        // A workload whose ports are not known may have any.
        if (field.Attribute != RuleAttribute.Port || policy.Workloads is not { Count: > 0 } workloads || workloads.Any(entry => entry.Ports.Count == 0))
        {
            return [];
        }

        int[] known = [.. workloads.SelectMany(entry => entry.Ports).Select(port => port.Number).Distinct().Order()];
        return field.EachValue(LintCodes.PortUnknown, value => PortText.TryParse(value, out var port) && !known.Contains(port)
            ? new(
                $"no workload that this applies to has the port {Excerpt.Of(value)}; ports are those of the container or listener, not of a service",
                $"they have {string.Join(", ", known.Take(8))}")
            : null);
    }

    public static IEnumerable<Remark> CheckProtocol(WrittenRule rule, AnalyzedPolicy policy)
    {
        if (!rule.Fields.Any(field => field.IsHttpOnly) || policy.Action is not (PolicyAction.Allow or PolicyAction.Deny)
            || policy.Workloads is not { } workloads || FindTcp(rule, workloads) is not { } found)
        {
            return [];
        }

        var port = $"port {found.Port.Number} of {Excerpt.Of(found.Workload.Name)} is TCP";
        return policy.Action == PolicyAction.Allow
            ? [new(
                LintCodes.HttpRuleOnTcp,
                rule.Path,
                $"{port}: there this ALLOW rule is dropped as a whole, because it has fields of HTTP, and allows nothing",
                "write a rule without them for ports of TCP, or name the HTTP ports in `ports`",
                Names(rule, found.Port.Number) ? Severity.Warning : Severity.Info)]
            : [new(
                LintCodes.HttpRuleOnTcp,
                rule.Path,
                $"{port}: there the fields of HTTP are dropped from this DENY rule, and it denies more than it says",
                "name the HTTP ports in `ports`")];
    }

    private static FoundPort? FindTcp(WrittenRule rule, IReadOnlyList<InventoryWorkload> workloads) =>
        (from workload in workloads
         from port in workload.Ports
         where port.Protocol == RequestProtocol.Tcp && MayMatch(rule, port.Number)
         select new FoundPort(workload, port)).FirstOrDefault();

    // Some operation does not leave the port out.
    private static bool MayMatch(WrittenRule rule, int port) => rule.Http is not { } model
        || (model.When.All(clause => Allows(clause, port)) && (model.To.Count == 0 || model.To.Any(operation => operation.All(clause => Allows(clause, port)))));

    private static bool Allows(Clause clause, int port) => clause is not Clause.Port ports || ports.Ports.Contains(port) != ports.Negated;

    private static bool Names(WrittenRule rule, int port) => rule.Fields.Any(field =>
        field is { Attribute: RuleAttribute.Port, Negated: false } && field.Values.Any(value => PortText.TryParse(value, out var number) && number == port));

    private sealed record FoundPort(InventoryWorkload Workload, WorkloadPort Port);
}
