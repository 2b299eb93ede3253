using KubernetesClient;

namespace TestSupport.Kubernetes;

/// <summary>A path of the API, taken apart.</summary>
internal sealed record FakePath(string Group, string Version, string Plural, string? Namespace, string? Name, string? Subresource)
{
    private static readonly Dictionary<string, string> Kinds = typeof(KubernetesApi).Assembly.GetTypes()
        .Where(type => type.IsAssignableTo(typeof(IKubernetesObject)) && type.IsClass)
        .Select(type => (ResourceKind)type.GetProperty("Resource")!.GetValue(null)!)
        .DistinctBy(kind => kind.Plural)
        .ToDictionary(kind => kind.Plural, kind => kind.Kind);

    public string ApiVersion => Group.Length == 0 ? Version : $"{Group}/{Version}";

    public FakeKey Key => new(Group, Plural, Namespace ?? "", Name ?? "");

    public static FakePath? Parse(string path)
    {
        var parts = path.Split('/')[1..];
        var (group, version, rest) = parts switch
        {
            ["api", var v, .. var more] => ("", v, more),
            ["apis", var g, var v, .. var more] => (g, v, more),
            _ => ("", "", []),
        };
        return rest switch
        {
            ["namespaces", var ns, var plural, .. var more] when plural is not ("status" or "finalize") => Make(plural, ns, more),
            [var plural, .. var more] => Make(plural, null, more),
            _ => null,
        };
        FakePath Make(string plural, string? ns, string[] more) =>
            new(group, version, plural, ns, more.ElementAtOrDefault(0), more.ElementAtOrDefault(1));
    }

    public static string KindOf(string plural) => Kinds.GetValueOrDefault(plural, "Unknown");
}
