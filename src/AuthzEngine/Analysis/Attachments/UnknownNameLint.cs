using AuthzEngine.Analysis.Subjects;
using AuthzEngine.Diagnostics;
using AuthzEngine.Inventories;

namespace AuthzEngine.Analysis.Attachments;

/// <summary>Namespaces and service accounts that the inventory does not have.</summary>
internal static class UnknownNameLint
{
    public static IEnumerable<Remark> Check(WrittenField field, AnalyzedPolicy policy) => policy.Mesh.Inventory is not { } inventory
        ? []
        : field.Attribute switch
        {
            RuleAttribute.Namespace => field.EachValue(LintCodes.NamespaceUnknown, value =>
                value.Contains('*', StringComparison.Ordinal) ? null : CheckNamespace(value, inventory)),
            RuleAttribute.ServiceAccount => EachAccount(field, value => Account(value, policy.Source.Id.Namespace), inventory),
            RuleAttribute.Principal => EachAccount(field, value => OfPrincipal(value, policy.Mesh), inventory),
            _ => [],
        };

    private static IEnumerable<Remark> EachAccount(WrittenField field, Func<string, AccountName?> parse, Inventory inventory) =>
        field.EachValue(LintCodes.NamespaceUnknown, value => parse(value) is { } name ? CheckNamespace(name.Namespace, inventory) : null)
            .Concat(field.EachValue(LintCodes.ServiceAccountUnknown, value => parse(value) is { } name ? CheckAccount(name, inventory) : null));

    private static Advice? CheckNamespace(string name, Inventory inventory) => inventory.Namespaces.Contains(name)
        ? null
        : new($"the inventory has no namespace {Excerpt.Of(name)}");

    // A workload whose account is not known may have any.
    private static Advice? CheckAccount(AccountName name, Inventory inventory)
    {
        var there = inventory.Workloads.Where(entry => entry.Workload.Namespace == name.Namespace).ToList();
        return !inventory.Namespaces.Contains(name.Namespace)
            || there.Any(entry => entry.Workload.ServiceAccount is not { } account || account == name.Name)
            ? null
            : new($"no workload that the inventory has in namespace {Excerpt.Of(name.Namespace)} runs as service account {Excerpt.Of(name.Name)}");
    }

    private static AccountName? Account(string value, string policyNamespace) =>
        value.Split('/') is [var space, var name] ? new(space, name) : new(policyNamespace, value);

    private static AccountName? OfPrincipal(string value, AnalyzedMesh mesh) =>
        !value.Contains('*', StringComparison.Ordinal) && value.Split('/') is [var domain, "ns", var space, "sa", var name]
        && (domain == "cluster.local" || mesh.TrustDomains.Contains(domain))
            ? new(space, name)
            : null;

    private sealed record AccountName(string Namespace, string Name);
}
