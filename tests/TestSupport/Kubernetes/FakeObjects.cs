using System.Text.Json.Nodes;

namespace TestSupport.Kubernetes;

/// <summary>Where an object is; versions of a group share their objects.</summary>
internal readonly record struct FakeKey(string Group, string Plural, string Namespace, string Name);

/// <summary>A change, as watches see it.</summary>
internal sealed record FakeChange(long Version, FakeKey Key, JsonObject? Before, JsonObject? After);

/// <summary>Why an operation is refused.</summary>
internal sealed class FakeRefusal(int status, string reason, string message) : Exception(message)
{
    public int Status => status;

    public string Reason => reason;
}

/// <summary>The objects of a <see cref="FakeApiServer"/>, their versions, and who owns which field.</summary>
internal sealed class FakeObjects(Func<DateTimeOffset> now)
{
    private readonly Lock _lock = new();
    private readonly SortedDictionary<string, (FakeKey Key, JsonObject Value)> _objects = new(StringComparer.Ordinal);
    private readonly Dictionary<FakeKey, Dictionary<string, string>> _owners = [];
    private readonly List<FakeChange> _changes = [];
    private long _version = 100;
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Watches and pages from before it are forgotten.</summary>
    public long Oldest { get; private set; }

    public long Version
    {
        get
        {
            lock (_lock)
            {
                return _version;
            }
        }
    }

    /// <summary>Completes with the next change, or when watches are to look again.</summary>
    public Task Changed
    {
        get
        {
            lock (_lock)
            {
                return _changed.Task;
            }
        }
    }

    public void Forget()
    {
        lock (_lock)
        {
            Oldest = ++_version;
            Wake();
        }
    }

    public void Wake()
    {
        lock (_lock)
        {
            _changed.TrySetResult();
            _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    public IReadOnlyList<FakeChange> ChangesAfter(long version)
    {
        lock (_lock)
        {
            return [.. _changes.Where(change => change.Version > version)];
        }
    }

    public (long Version, IReadOnlyList<JsonObject> Items) List(string group, string plural, string? ns)
    {
        lock (_lock)
        {
            return (_version, [.. _objects.Values
                .Where(entry => entry.Key.Group == group && entry.Key.Plural == plural && (ns is null || entry.Key.Namespace == ns))
                .Select(entry => Copy(entry.Value))]);
        }
    }

    public JsonObject? Find(FakeKey key)
    {
        lock (_lock)
        {
            return _objects.TryGetValue(Sort(key), out var entry) ? Copy(entry.Value) : null;
        }
    }

    public JsonObject Create(FakeKey key, JsonObject body)
    {
        lock (_lock)
        {
            if (_objects.ContainsKey(Sort(key)))
            {
                throw new FakeRefusal(409, "AlreadyExists", $"{key.Plural} \"{key.Name}\" already exists");
            }

            return Store(key, null, Copy(body));
        }
    }

    /// <summary>Changes an object; the function gets a copy and gives what is to be.</summary>
    public JsonObject Update(FakeKey key, Func<JsonObject, JsonObject> change)
    {
        lock (_lock)
        {
            if (!_objects.TryGetValue(Sort(key), out var entry))
            {
                throw new FakeRefusal(404, "NotFound", $"{key.Plural} \"{key.Name}\" not found");
            }

            var after = change(Copy(entry.Value));
            var expected = after["metadata"]?["resourceVersion"]?.GetValue<string>();
            var held = entry.Value["metadata"]!["resourceVersion"]!.GetValue<string>();
            if (expected is not null && expected != held)
            {
                throw new FakeRefusal(409, "Conflict", "the object has been modified");
            }

            Disown(key, entry.Value, after);
            return Store(key, entry.Value, after);
        }
    }

    public JsonObject Apply(FakeKey key, JsonObject body, string manager, bool force, string? subresource)
    {
        lock (_lock)
        {
            var before = _objects.TryGetValue(Sort(key), out var entry) ? entry.Value : null;
            if (before is null && subresource is not null)
            {
                throw new FakeRefusal(404, "NotFound", $"{key.Plural} \"{key.Name}\" not found");
            }

            foreach (var field in new[] { "uid", "resourceVersion" })
            {
                if (before is not null && body["metadata"]?[field] is { } wanted && !Same(wanted, before["metadata"]?[field]))
                {
                    throw new FakeRefusal(409, "Conflict", $"the object has another {field}");
                }
            }

            var after = before is null ? new JsonObject { ["apiVersion"] = Copy(body["apiVersion"]), ["kind"] = Copy(body["kind"]) } : Copy(before);
            var isKeyed = key.Group == "certificates.k8s.io";
            if (isKeyed)
            {
                body = Copy(body);
                KeyConditions(body);
                KeyConditions(after);
            }

            var owners = _owners.TryGetValue(key, out var known) ? new Dictionary<string, string>(known) : [];
            var applied = Leaves(body).ToList();
            var conflicts = applied
                .Where(leaf => owners.TryGetValue(leaf.Path, out var owner) && owner != manager && !Same(At(after, leaf.Path), leaf.Value))
                .Select(leaf => leaf.Path).ToList();
            if (conflicts.Count > 0 && !force)
            {
                throw new FakeRefusal(409, "Conflict", $"Apply failed with conflicts: {string.Join(", ", conflicts)}");
            }

            foreach (var path in owners.Where(owner => owner.Value == manager && applied.TrueForAll(leaf => leaf.Path != owner.Key)).Select(owner => owner.Key).ToList())
            {
                if (subresource is null || path.StartsWith("/" + subresource, StringComparison.Ordinal))
                {
                    owners.Remove(path);
                    SetAt(after, path, null);
                }
            }

            foreach (var (path, value) in applied)
            {
                owners[path] = manager;
                SetAt(after, path, Copy(value));
            }

            _owners[key] = owners;
            if (isKeyed)
            {
                ListConditions(after);
            }

            return before is not null && Same(before, after) ? Copy(before) : Store(key, before, after);
        }
    }

    public JsonObject Delete(FakeKey key)
    {
        lock (_lock)
        {
            if (!_objects.Remove(Sort(key), out var entry))
            {
                throw new FakeRefusal(404, "NotFound", $"{key.Plural} \"{key.Name}\" not found");
            }

            _owners.Remove(key);
            Record(key, entry.Value, null);
            return Copy(entry.Value);
        }
    }

    internal static T Copy<T>(T node)
        where T : JsonNode? => (T)node?.DeepClone()!;

    internal static bool Same(JsonNode? one, JsonNode? other) => JsonNode.DeepEquals(one, other);

    private static string Sort(FakeKey key) => $"{key.Group}/{key.Plural}/{key.Namespace}/{key.Name}";

    private JsonObject Store(FakeKey key, JsonObject? before, JsonObject after)
    {
        var metadata = after["metadata"]?.AsObject() ?? [];
        after["metadata"] = metadata;
        metadata["name"] = key.Name;
        if (key.Namespace.Length > 0)
        {
            metadata["namespace"] = key.Namespace;
        }

        metadata["uid"] = Copy(before?["metadata"]?["uid"]) ?? Copy(metadata["uid"]) ?? Guid.NewGuid().ToString();
        metadata["creationTimestamp"] = Copy(before?["metadata"]?["creationTimestamp"]) ?? now().UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", null);
        var generation = before?["metadata"]?["generation"]?.GetValue<long>() ?? 0;
        metadata["generation"] = before is not null && Same(before["spec"], after["spec"]) ? generation : generation + 1;
        metadata.Remove("resourceVersion");
        if (before is not null)
        {
            var same = Copy(before);
            same["metadata"]!.AsObject().Remove("resourceVersion");
            if (Same(same, after))
            {
                return Copy(before); // nothing changed: no version, no event
            }
        }

        metadata["resourceVersion"] = (_version + 1).ToString(null, null);
        _objects[Sort(key)] = (key, after);
        Record(key, before, after);
        return Copy(after);
    }

    private void Record(FakeKey key, JsonObject? before, JsonObject? after)
    {
        _version++;
        if (after is null)
        {
            // The last state is told with the version of the deletion.
            before = Copy(before)!;
            before["metadata"]!["resourceVersion"] = _version.ToString(null, null);
        }

        _changes.Add(new FakeChange(_version, key, Copy(before), Copy(after)));
        _changed.TrySetResult();
        _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    // Whoever changes a field by other means than apply takes it from those who applied it.
    private void Disown(FakeKey key, JsonObject before, JsonObject after)
    {
        if (_owners.TryGetValue(key, out var owners))
        {
            foreach (var path in owners.Keys.Where(path => !Same(At(before, path), At(after, path))).ToList())
            {
                owners[path] = "update";
            }
        }
    }

    private static IEnumerable<(string Path, JsonNode? Value)> Leaves(JsonObject body, string path = "")
    {
        foreach (var (name, value) in body)
        {
            var here = $"{path}/{name.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal)}";
            if (here is "/apiVersion" or "/kind" or "/metadata/name" or "/metadata/namespace" or "/metadata/resourceVersion" or "/metadata/uid")
            {
                continue;
            }

            if (value is JsonObject nested && nested.Count > 0)
            {
                foreach (var leaf in Leaves(nested, here))
                {
                    yield return leaf;
                }
            }
            else
            {
                yield return (here, value);
            }
        }
    }

    private static JsonNode? At(JsonObject root, string path) =>
        path.Split('/').Skip(1).Aggregate((JsonNode?)root, (node, part) => (node as JsonObject)?[Unescape(part)]);

    private static void SetAt(JsonObject root, string path, JsonNode? value)
    {
        var parts = path.Split('/').Skip(1).Select(Unescape).ToArray();
        var node = root;
        foreach (var part in parts[..^1])
        {
            if (node[part] is not JsonObject next)
            {
                if (value is null)
                {
                    return;
                }

                node[part] = next = [];
            }

            node = next;
        }

        if (value is null)
        {
            node.Remove(parts[^1]);
        }
        else
        {
            node[parts[^1]] = value;
        }
    }

    // Of conditions the API merges those of one type, where its schema says so (listType=map).
    private static void KeyConditions(JsonObject item)
    {
        if (item["status"]?["conditions"] is JsonArray list)
        {
            item["status"]!["conditions"] = new JsonObject([.. list.Select(condition => KeyValuePair.Create<string, JsonNode?>(condition!["type"]!.GetValue<string>(), Copy(condition)))]);
        }
    }

    private static void ListConditions(JsonObject item)
    {
        if (item["status"]?["conditions"] is JsonObject keyed)
        {
            item["status"]!["conditions"] = new JsonArray([.. keyed.Where(condition => condition.Value is JsonObject { Count: > 0 }).Select(condition => Copy(condition.Value))]);
        }
    }

    private static string Unescape(string part) =>
        part.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal);
}
