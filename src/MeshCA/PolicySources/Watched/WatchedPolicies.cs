using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using AuthzEngine.Policies;
using KubernetesClient;
using KubernetesClient.Models;

namespace MeshCA.PolicySources.Watched;

/// <summary>The policies of a cluster as they were last heard of. Safe for use by many callers at once.</summary>
internal sealed class WatchedPolicies
{
    private readonly Lock _lock = new();
    private readonly Dictionary<ResourceId, WatchedPolicy> _policies = [];
    private IReadOnlyList<WatchedPolicy>? _listed;

    /// <summary>Called when some policy says something else than before, or is new or gone. Must be quick.</summary>
    public event Action? Changed;

    /// <summary>Called when anything of a policy changed, its status included. Must be quick.</summary>
    public event Action? Touched;

    /// <summary>All of them, by kind, namespace and name; the same list while nothing changes.</summary>
    public IReadOnlyList<WatchedPolicy> All
    {
        get
        {
            lock (_lock)
            {
                return _listed ??=
                [
                    .. _policies.Values
                        .OrderBy(policy => policy.Id.Kind)
                        .ThenBy(policy => policy.Id.Namespace, StringComparer.Ordinal)
                        .ThenBy(policy => policy.Id.Name, StringComparer.Ordinal),
                ];
            }
        }
    }

    /// <summary>Finds one.</summary>
    /// <param name="id">Which.</param>
    /// <param name="policy">The policy, or null.</param>
    public bool TryFind(ResourceId id, [NotNullWhen(true)] out WatchedPolicy? policy)
    {
        lock (_lock)
        {
            return _policies.TryGetValue(id, out policy);
        }
    }

    /// <summary>Takes a change that an informer tells.</summary>
    /// <param name="before">What it was; null: it is new.</param>
    /// <param name="after">What it is; null: it is gone. Untrusted.</param>
    public void Take<T>(T? before, T? after)
        where T : class, IKubernetesResource<T>, IIstioPolicy
    {
        var hasNewText = false;
        lock (_lock)
        {
            if (after is not null)
            {
                hasNewText = Put(Read(after));
            }
            else if (before is not null)
            {
                hasNewText = _policies.Remove(IdOf(before));
            }

            _listed = null;
        }

        Touched?.Invoke();
        if (hasNewText)
        {
            Changed?.Invoke();
        }
    }

    /// <summary>Forgets policies that are no longer there.</summary>
    /// <param name="kind">Of which kind.</param>
    /// <param name="isThere">Whether one is.</param>
    public void Keep(AuthzEngine.Policies.ResourceKind kind, Predicate<ResourceId> isThere)
    {
        int gone;
        lock (_lock)
        {
            gone = _policies.Keys.Where(id => id.Kind == kind && !isThere(id)).ToList().Count(_policies.Remove);
            _listed = null;
        }

        if (gone > 0)
        {
            Changed?.Invoke();
        }
    }

    private bool Put(WatchedPolicy policy)
    {
        var isKnown = _policies.TryGetValue(policy.Id, out var known) && known.Text.Equals(policy.Text);
        _policies[policy.Id] = isKnown ? policy with { Text = known!.Text } : policy; // known when it is
        return !isKnown;
    }

    private static WatchedPolicy Read<T>(T policy)
        where T : class, IKubernetesResource<T>, IIstioPolicy
    {
        var id = IdOf(policy);
        return new(id, WatchedText.Of(id, policy.Metadata, policy.Spec))
        {
            Uid = policy.Metadata.Uid ?? "",
            Generation = policy.Metadata.Generation ?? 0,
            ResourceVersion = policy.Metadata.ResourceVersion ?? "",
            Status = policy.Status ?? default(JsonElement),
        };
    }

    private static ResourceId IdOf<T>(T policy)
        where T : class, IKubernetesResource<T>, IIstioPolicy =>
        new(Enum.Parse<AuthzEngine.Policies.ResourceKind>(T.Resource.Kind), policy.Metadata.Namespace ?? "", policy.Metadata.Name ?? "");
}
