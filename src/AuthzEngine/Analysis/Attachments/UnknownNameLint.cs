using AuthzEngine.Analysis.Subjects;
using AuthzEngine.Diagnostics;

namespace AuthzEngine.Analysis.Attachments;

/// <summary>Namespaces and service accounts that the inventory does not have.</summary>
internal static class UnknownNameLint
{
    public static IEnumerable<Remark> Check(WrittenField field, AnalyzedPolicy policy) => policy.Mesh is not { Inventory: not null } mesh
        ? []
        : field.Attribute switch
        {
            RuleAttribute.Namespace => field.EachValue(LintCodes.NamespaceUnknown, value =>
                value.Contains('*', StringComparison.Ordinal) ? null : CheckNamespace(value, mesh)),
            RuleAttribute.ServiceAccount => EachAccount(field, value => Account(value, policy.Source.Id.Namespace), mesh),
            RuleAttribute.Principal => EachAccount(field, value => OfPrincipal(value, mesh), mesh),
            _ => [],
        };

    private static IEnumerable<Remark> EachAccount(WrittenField field, Func<string, AccountName?> parse, AnalyzedMesh mesh) =>
        field.EachValue(LintCodes.NamespaceUnknown, value => parse(value) is { } name ? CheckNamespace(name.Namespace, mesh) : null)
            .Concat(field.EachValue(LintCodes.ServiceAccountUnknown, value => parse(value) is { } name ? CheckAccount(name, mesh) : null));

    private static Advice? CheckNamespace(string name, AnalyzedMesh mesh) => mesh.HasNamespace(name)
        ? null
        : new($"the inventory has no namespace {Excerpt.Of(name)}");

    private static Advice? CheckAccount(AccountName name, AnalyzedMesh mesh) =>
        !mesh.HasNamespace(name.Namespace) || mesh.MayHaveAccount(name.Namespace, name.Name)
            ? null
            : new($"no workload that the inventory has in namespace {Excerpt.Of(name.Namespace)} runs as service account {Excerpt.Of(name.Name)}");

    private static AccountName? Account(string value, string policyNamespace) =>
        value.Split('/') is [var space, var name] ? new(space, name) : new(policyNamespace, value);

    private static AccountName? OfPrincipal(string value, AnalyzedMesh mesh) =>
        !value.Contains('*', StringComparison.Ordinal) && value.Split('/') is [var domain, "ns", var space, "sa", var name]
        && (domain == "cluster.local" || mesh.TrustDomains.Contains(domain))
            ? new(space, name)
            : null;

    private sealed record AccountName(string Namespace, string Name);
}
