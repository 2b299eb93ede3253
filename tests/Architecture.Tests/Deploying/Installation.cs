using System.Text.Json.Nodes;
using Microsoft.Extensions.Configuration;

namespace Architecture.Tests.Deploying;

/// <summary>What one directory under <c>deploy/</c> installs, by what the tests ask of it.</summary>
/// <param name="directory">The directory.</param>
internal sealed class Installation(string directory)
{
    public IReadOnlyList<JsonObject> Objects { get; } = Kustomization.Build(directory);

    public JsonObject StatefulSet => OfKind("StatefulSet").Single();

    public JsonObject PodTemplate => StatefulSet["spec"]!["template"]!.AsObject();

    public JsonObject Pod => PodTemplate["spec"]!.AsObject();

    public JsonObject Container => Pod["containers"]!.AsArray().Single()!.AsObject();

    public Dictionary<string, string> PodLabels => Map(PodTemplate["metadata"]!["labels"]);

    public Dictionary<string, int> Ports =>
        Container["ports"]!.AsArray().ToDictionary(port => port!["name"]!.GetValue<string>(), port => (int)port!["containerPort"]!.GetValue<long>());

    public IEnumerable<JsonObject> OfKind(string kind) => Objects.Where(item => item["kind"]!.GetValue<string>() == kind);

    public bool Has(string kind, string name, string? ns = null) => OfKind(kind).Any(item =>
        item["metadata"]!["name"]!.GetValue<string>() == name && (ns is null || item["metadata"]!["namespace"]?.GetValue<string>() == ns));

    /// <summary>The settings of the pod: its file, then its environment.</summary>
    public IConfiguration Settings()
    {
        var file = OfKind("ConfigMap").Single()["data"]!["settings.json"]!.GetValue<string>();
        using var stream = new System.IO.MemoryStream(System.Text.Encoding.UTF8.GetBytes(file));
        return new ConfigurationBuilder().AddJsonStream(stream).AddInMemoryCollection(Environment()).Build();
    }

    /// <summary>The rules of all roles, each once, as lines.</summary>
    public IEnumerable<string> Rules() =>
        from role in OfKind("ClusterRole").Concat(OfKind("Role"))
        let scope = role["kind"]!.GetValue<string>() == "Role" ? role["metadata"]!["namespace"]!.GetValue<string>() : "everywhere"
        from rule in role["rules"]!.AsArray()
        let groups = Texts(rule!["apiGroups"])
        from resource in Texts(rule["resources"]).Concat(Texts(rule["nonResourceURLs"]))
        from verb in Texts(rule["verbs"])
        let names = string.Join(',', Texts(rule["resourceNames"]))
        select $"{scope} {(groups is [var only] ? only : "")} {resource} {verb} {names}".TrimEnd();

    public static string[] Texts(JsonNode? list) => [.. (list?.AsArray() ?? []).Select(text => text!.GetValue<string>())];

    public static Dictionary<string, string> Map(JsonNode? map) =>
        (map?.AsObject() ?? []).ToDictionary(member => member.Key, member => member.Value!.GetValue<string>());

    public bool Selects(JsonNode? labels)
    {
        var wanted = Map(labels);
        return wanted.Count > 0 && wanted.All(label => PodLabels.TryGetValue(label.Key, out var value) && value == label.Value);
    }

    private Dictionary<string, string?> Environment() => (Container["env"]?.AsArray() ?? [])
        .Select(variable => variable!.AsObject())
        .Where(variable => variable["name"]!.GetValue<string>().StartsWith("MESHCA_", StringComparison.Ordinal))
        .ToDictionary(
            variable => variable["name"]!.GetValue<string>()["MESHCA_".Length..].Replace("__", ":", StringComparison.Ordinal),
            variable => variable["value"]?.GetValue<string>() ?? Field(variable["valueFrom"]!["fieldRef"]!["fieldPath"]!.GetValue<string>()));

    private static string? Field(string path) => path switch
    {
        "metadata.name" => "meshca-0",
        "metadata.namespace" => "meshca-system",
        _ => throw new InvalidOperationException($"a field `{path}`"),
    };
}
