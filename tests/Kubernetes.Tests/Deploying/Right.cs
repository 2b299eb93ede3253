using System.Text.Json.Nodes;
using Kubernetes.Tests.Running;

namespace Kubernetes.Tests.Deploying;

/// <summary>One thing that a role lets its subjects do.</summary>
/// <param name="Verb">RBAC's verb.</param>
/// <param name="Group">The API group; empty for the core group and for paths.</param>
/// <param name="Resource">The resource, or a path.</param>
/// <param name="Name">The one object that it is limited to; null where it is not.</param>
/// <param name="Namespace">The one namespace that it is limited to; null where it is not.</param>
internal sealed record Right(string Verb, string Group, string Resource, string? Name, string? Namespace)
{
    /// <summary>Whether a request needed it. Applying what is not there yet needs the right to create it, too.</summary>
    public bool Covers(AuditEntry entry) =>
        (Verb == entry.Verb || (Verb == "create" && entry is { Verb: "patch", Code: 201 })) && Group == entry.Group && Resource == entry.Resource.Split('?')[0]
        && (Name is null || Name == entry.Name) && (Namespace is null || Namespace == entry.Namespace);

    /// <summary>Everything that the roles of the service's account let it do.</summary>
    public static async Task<IReadOnlyList<Right>> OfServiceAsync(KubernetesCluster cluster)
    {
        var rights = new List<Right>();
        foreach (var plural in (string[])["clusterrolebindings", "rolebindings"])
        {
            var bindings = (await cluster.Admin.GetAsync($"/apis/rbac.authorization.k8s.io/v1/{plural}"))["items"]!.AsArray();
            foreach (var binding in bindings.Where(binding => binding!["subjects"]?.AsArray().Any(IsService) == true))
            {
                var ns = binding!["metadata"]!["namespace"]?.GetValue<string>();
                var (kind, name) = (binding["roleRef"]!["kind"]!.GetValue<string>(), binding["roleRef"]!["name"]!.GetValue<string>());
                var path = kind == "Role" ? $"namespaces/{ns}/roles/{name}" : $"clusterroles/{name}";
                var role = await cluster.Admin.GetAsync($"/apis/rbac.authorization.k8s.io/v1/{path}");
                rights.AddRange(role["rules"]!.AsArray().SelectMany(rule => OfRule(rule!, ns)));
            }
        }

        return rights;
    }

    private static bool IsService(JsonNode? subject) =>
        subject!["kind"]!.GetValue<string>() == "ServiceAccount" && subject["name"]!.GetValue<string>() == Installation.Account
        && subject["namespace"]?.GetValue<string>() == Installation.Namespace;

    private static IEnumerable<Right> OfRule(JsonNode rule, string? ns) =>
        from verb in Texts(rule, "verbs")
        from target in Texts(rule, "nonResourceURLs").Select(path => ("", path)).Concat(
            from @group in Texts(rule, "apiGroups") from resource in Texts(rule, "resources") select (@group, resource))
        from name in Texts(rule, "resourceNames").DefaultIfEmpty()
        select new Right(verb, target.Item1, target.Item2, name, ns);

    private static IEnumerable<string> Texts(JsonNode rule, string field) => rule[field]?.AsArray().Select(value => value!.GetValue<string>()) ?? [];
}
