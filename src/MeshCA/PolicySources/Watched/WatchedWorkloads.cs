using System.Globalization;
using AuthzEngine.Inventories;
using KubernetesClient;
using KubernetesClient.Models;

namespace MeshCA.PolicySources.Watched;

/// <summary>What a cluster runs, as far as policies and lints can see it. Safe for use by many callers at once.</summary>
/// <remarks>Pods come and go all the time; what counts is only which shapes of them there are.</remarks>
internal sealed class WatchedWorkloads
{
    private static readonly IReadOnlyDictionary<string, string> None = new Dictionary<string, string>();

    private readonly Lock _lock = new();
    private readonly Dictionary<(string Namespace, string Name), Pod> _pods = [];
    private readonly HashSet<string> _namespaces = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Namespace, string Name), ServiceShape> _services = [];
    private readonly Dictionary<string, (PodShape Shape, int Count)> _shapes = new(StringComparer.Ordinal);
    private HashSet<string> _kept = new(StringComparer.Ordinal);
    private (string TrustDomain, Inventory Inventory)? _inventory;

    /// <summary>Called when an inventory made now would differ from the last one. Must be quick.</summary>
    public event Action? Changed;

    /// <summary>Number of pods.</summary>
    public int Pods
    {
        get
        {
            lock (_lock)
            {
                return _pods.Count;
            }
        }
    }

    /// <summary>What there is; the same object while nothing changes that counts.</summary>
    /// <param name="trustDomain">The mesh's trust domain.</param>
    /// <param name="selectors">Names of the labels that policies look at (<see cref="SelectorLabels"/>).</param>
    public Inventory Inventory(string trustDomain, IReadOnlySet<string> selectors)
    {
        var kept = selectors.Where(PodShape.GeneratedLabels.Contains).ToHashSet(StringComparer.Ordinal);
        lock (_lock)
        {
            if (!_kept.SetEquals(kept))
            {
                _kept = kept;
                _shapes.Clear();
                _inventory = null;
                foreach (var pod in _pods.Values)
                {
                    Add(pod.ShapeOf(kept));
                }
            }

            if (_inventory is { } last && last.TrustDomain == trustDomain)
            {
                return last.Inventory;
            }

            var inventory = WatchedInventory.Of(_shapes.Values.Select(shape => shape.Shape), _namespaces, _services.Values, trustDomain);
            _inventory = (trustDomain, inventory);
            return inventory;
        }
    }

    /// <summary>Takes a change of a pod that an informer tells.</summary>
    /// <param name="before">What it was; null: it is new.</param>
    /// <param name="after">What it is; null: it is gone. Untrusted.</param>
    public void Take(V1Pod? before, V1Pod? after) => Take(() =>
    {
        var key = KeyOf((IKubernetesObject?)after ?? before!); // one of them is there
        var pod = after is { Status.Phase: not ("Succeeded" or "Failed") } ? Pod.Of(after) : null;
        var known = _pods.GetValueOrDefault(key);
        if (pod is null)
        {
            _pods.Remove(key);
        }
        else
        {
            _pods[key] = pod;
        }

        // The new one first: a pod that takes another's place changes nothing.
        var hasAdded = pod is not null && Add(pod.ShapeOf(_kept));
        var hasRemoved = known is not null && Remove(known.ShapeOf(_kept).Key);
        return hasAdded || hasRemoved;
    });

    /// <summary>Takes a change of a namespace.</summary>
    /// <inheritdoc cref="Take(V1Pod, V1Pod)"/>
    public void Take(V1Namespace? before, V1Namespace? after) => Take(() =>
        after is not null ? _namespaces.Add(after.Metadata.Name ?? "") : _namespaces.Remove(before?.Metadata.Name ?? ""));

    /// <summary>Takes a change of a service.</summary>
    /// <inheritdoc cref="Take(V1Pod, V1Pod)"/>
    public void Take(V1Service? before, V1Service? after) => Take(() =>
    {
        if (after is null)
        {
            return before is not null && _services.Remove(KeyOf(before));
        }

        var service = ShapeOf(after);
        var isKnown = service.IsLike(_services.GetValueOrDefault(KeyOf(after)));
        _services[KeyOf(after)] = service;
        return !isKnown;
    });

    private void Take(Func<bool> change)
    {
        bool isDifferent;
        lock (_lock)
        {
            isDifferent = change();
            _inventory = isDifferent ? null : _inventory;
        }

        if (isDifferent)
        {
            Changed?.Invoke();
        }
    }

    private bool Add(PodShape shape)
    {
        var count = _shapes.TryGetValue(shape.Key, out var known) ? known.Count : 0;
        _shapes[shape.Key] = (count > 0 ? known.Shape : shape, count + 1);
        return count == 0;
    }

    private bool Remove(string key)
    {
        var (shape, count) = _shapes[key];
        if (count > 1)
        {
            _shapes[key] = (shape, count - 1);
            return false;
        }

        return _shapes.Remove(key);
    }

    private static (string, string) KeyOf(IKubernetesObject found) => (found.Metadata.Namespace ?? "", found.Metadata.Name ?? "");

    private static ServiceShape ShapeOf(V1Service service) => new(
        service.Metadata.Namespace ?? "",
        service.Metadata.Name ?? "",
        service.Spec?.Selector ?? None,
        [
            .. from port in service.Spec?.Ports ?? []
               where port.Protocol is null or "TCP"
               select new ServicePortShape(
                   TargetOf(port),
                   ServicePortShape.ProtocolOf(port.AppProtocol, port.Name)),
        ]);

    // Without a target the pods' port has the number of the service's.
    private static string TargetOf(V1ServicePort port) =>
        port.TargetPort?.Name ?? (port.TargetPort?.Number ?? port.Port)?.ToString(CultureInfo.InvariantCulture) ?? "";

    // What is kept of a pod, labels shared with the informer's copy.
    private sealed record Pod(string Namespace, string ServiceAccount, IReadOnlyDictionary<string, string> Labels, IReadOnlyList<PodPort> Ports)
    {
        public static Pod Of(V1Pod pod) => new(
            pod.Metadata.Namespace ?? "",
            pod.Spec?.ServiceAccountName is { Length: > 0 } account ? account : "default",
            pod.Metadata.Labels ?? None,
            [
                .. from container in pod.Spec?.Containers ?? []
                   from port in container.Ports ?? []
                   where port.Protocol is null or "TCP" && port.ContainerPort is > 0 and <= 65535
                   orderby port.ContainerPort, port.Name
                   select new PodPort(port.ContainerPort ?? 0, port.Name ?? ""),
            ]);

        public PodShape ShapeOf(HashSet<string> kept) => new(
            Namespace,
            ServiceAccount,
            Labels.Keys.Any(PodShape.GeneratedLabels.Contains)
                ? Labels.Where(label => !PodShape.GeneratedLabels.Contains(label.Key) || kept.Contains(label.Key)).ToDictionary(StringComparer.Ordinal)
                : Labels,
            Ports);
    }
}
