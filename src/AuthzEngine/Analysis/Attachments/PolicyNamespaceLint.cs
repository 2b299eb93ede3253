using AuthzEngine.Analysis.Subjects;
using AuthzEngine.Diagnostics;
using AuthzEngine.Policies;

namespace AuthzEngine.Analysis.Attachments;

/// <summary>A resource in a namespace that the inventory does not have: it concerns nobody.</summary>
internal static class PolicyNamespaceLint
{
    public static IEnumerable<LocatedRemark> Check(AnalyzedMesh mesh) => mesh.Inventory is not { } inventory
        ? []
        : from id in mesh.Policies.Select(policy => policy.Source.Id)
              .Concat(mesh.RequestAuthentications.Concat<PolicyResource>(mesh.PeerAuthentications).Select(resource => resource.Id))
          where id.Namespace != mesh.Settings.RootNamespace && !inventory.Namespaces.Contains(id.Namespace)
          select new LocatedRemark(id, new(
              LintCodes.NamespaceUnknown,
              "metadata.namespace",
              $"the inventory has no namespace {Excerpt.Of(id.Namespace)}: this concerns nobody",
              id.Namespace == "default" ? "where `metadata.namespace` is absent it is `default`" : null));
}
