using System.IO;
using System.Text.Json.Nodes;

namespace Architecture.Tests.Deploying;

/// <summary>What Kustomize makes of a directory, as far as the manifests here use it; anything else is a fault of the test.</summary>
internal static class Kustomization
{
    private static readonly string[] Known = ["apiVersion", "kind", "resources", "components", "patches", "images"];

    // The merge keys of Kubernetes' API for the lists that patches here reach into; other lists are replaced whole.
    private static readonly Dictionary<string, string> MergeKeys = new()
    {
        ["containers"] = "name",
        ["env"] = "name",
        ["volumes"] = "name",
        ["volumeMounts"] = "mountPath",
        ["topologySpreadConstraints"] = "topologyKey",
    };

    /// <summary>Builds a directory.</summary>
    /// <param name="directory">From the root, such as <c>deploy/base</c>; with components that an overlay may add, as <c>deploy/base+deploy/components/more</c>.</param>
    /// <param name="read">Every file that took part.</param>
    public static IReadOnlyList<JsonObject> Build(string directory, ISet<string>? read = null)
    {
        var objects = new List<JsonObject>();
        read ??= new HashSet<string>();
        foreach (var part in directory.Split('+'))
        {
            Add(objects, part, read);
        }

        return objects;
    }

    private static void Add(List<JsonObject> objects, string directory, ISet<string> read)
    {
        var kustomization = Read($"{directory}/kustomization.yaml", read).Single();
        if (kustomization.Select(member => member.Key).Except(Known).FirstOrDefault() is { } foreign)
        {
            throw new InvalidDataException($"{directory}: `{foreign}` is not known here");
        }

        foreach (var resource in Texts(kustomization["resources"]))
        {
            var path = Join(directory, resource);
            if (path.EndsWith(".yaml", StringComparison.Ordinal))
            {
                objects.AddRange(Read(path, read));
            }
            else
            {
                Add(objects, path, read);
            }
        }

        foreach (var component in Texts(kustomization["components"]))
        {
            Add(objects, Join(directory, component), read);
        }

        foreach (var patch in kustomization["patches"]?.AsArray() ?? [])
        {
            foreach (var document in Read(Join(directory, patch!["path"]!.GetValue<string>()), read))
            {
                var target = objects.Single(item => Id(item) == Id(document));
                Merge(target, document);
            }
        }

        foreach (var image in kustomization["images"]?.AsArray() ?? [])
        {
            Retag(objects, image!.AsObject());
        }
    }

    /// <summary>Kind, namespace and name.</summary>
    public static string Id(JsonObject item) =>
        $"{item["kind"]}/{item["metadata"]!["namespace"]}/{item["metadata"]!["name"]}";

    private static void Retag(List<JsonObject> objects, JsonObject image)
    {
        var name = image["name"]!.GetValue<string>();
        var replacement = $"{image["newName"]?.GetValue<string>() ?? name}:{image["newTag"]}";
        foreach (var container in objects.SelectMany(item => item["spec"]?["template"]?["spec"]?["containers"]?.AsArray() ?? []))
        {
            if (container!["image"]!.GetValue<string>().Split(':')[0] == name)
            {
                container["image"] = replacement;
            }
        }
    }

    private static void Merge(JsonObject target, JsonObject patch)
    {
        foreach (var (name, value) in patch.ToList())
        {
            switch (value)
            {
                case null:
                    target.Remove(name);
                    break;
                case JsonObject map when target[name] is JsonObject held:
                    Merge(held, map);
                    break;
                case JsonArray list when target[name] is JsonArray held && MergeKeys.TryGetValue(name, out var key):
                    MergeList(held, list, key);
                    break;
                default:
                    target[name] = value.DeepClone();
                    break;
            }
        }
    }

    private static void MergeList(JsonArray target, JsonArray patch, string key)
    {
        foreach (var element in patch.Select(element => element!.AsObject()))
        {
            var held = target.FirstOrDefault(item => item![key]!.ToString() == element[key]!.ToString())?.AsObject();
            if (element["$patch"]?.GetValue<string>() == "delete")
            {
                target.Remove(held ?? throw new InvalidDataException($"nothing to delete: {element[key]}"));
            }
            else if (held is null)
            {
                target.Add(element.DeepClone());
            }
            else
            {
                Merge(held, element);
            }
        }
    }

    private static IEnumerable<string> Texts(JsonNode? list) => (list?.AsArray() ?? []).Select(text => text!.GetValue<string>());

    private static IReadOnlyList<JsonObject> Read(string path, ISet<string> read)
    {
        read.Add(path);
        return YamlJson.Read(File.ReadAllText(Path.Combine(Repository.Root, path)));
    }

    private static string Join(string directory, string relative) =>
        Path.GetRelativePath(Repository.Root, Path.GetFullPath(Path.Combine(Repository.Root, directory, relative))).Replace('\\', '/');
}
