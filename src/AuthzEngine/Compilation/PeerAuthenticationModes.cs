using AuthzEngine.Matching;
using AuthzEngine.Policies;

namespace AuthzEngine.Compilation;

/// <summary>Which mutual TLS mode is in effect at each port of a workload, authorization-policy §7.1.</summary>
/// <remarks>Built once; a look-up costs what selects the workload, not what there is.</remarks>
public sealed class PeerAuthenticationModes
{
    private static readonly Dictionary<int, PortMutualTls> NoPorts = [];

    private readonly string _rootNamespace;
    private readonly Dictionary<string, SelectorIndex<PeerAuthentication>> _namespaces;

    /// <summary>Indexes PeerAuthentications.</summary>
    /// <param name="policies">The policies, in any order.</param>
    /// <param name="settings">The mesh.</param>
    public PeerAuthenticationModes(IEnumerable<PeerAuthentication> policies, MeshSettings settings)
    {
        ArgumentNullException.ThrowIfNull(policies);
        ArgumentNullException.ThrowIfNull(settings);
        _rootNamespace = settings.RootNamespace;
        _namespaces = policies
            .GroupBy(policy => policy.Id.Namespace, StringComparer.Ordinal)
            .ToDictionary(
                group => group.Key,
                group => new SelectorIndex<PeerAuthentication>([.. group], policy => policy.Selector),
                StringComparer.Ordinal);
    }

    /// <summary>Resolves the modes of a workload.</summary>
    /// <param name="workload">The workload.</param>
    /// <returns>Its modes; PERMISSIVE where no policy says otherwise, and at gateways, which none concerns.</returns>
    public EffectiveMutualTls For(Workload workload)
    {
        ArgumentNullException.ThrowIfNull(workload);
        if (workload.Proxy == ProxyKind.Gateway)
        {
            // Whether a gateway wants a client certificate is for the servers of its Gateway to say.
            return new(PortMutualTls.ByDefault, NoPorts);
        }

        var mesh = Oldest(_namespaces.GetValueOrDefault(_rootNamespace)?.SelectsAll);

        // In the root namespace a policy is mesh wide or nothing: a selector there is ignored, even for workloads of it.
        var own = workload.Namespace == _rootNamespace ? null : _namespaces.GetValueOrDefault(workload.Namespace);
        var selecting = Oldest(own?.Selecting(workload.Labels));
        var decisive = new[] { selecting, Oldest(own?.SelectsAll), mesh }
            .FirstOrDefault(policy => policy is { Mode: not MutualTlsMode.Unset });
        var mode = decisive is null ? PortMutualTls.ByDefault : Mode(decisive.Mode, decisive.Id, workload);
        return new(mode, Ports(selecting, mode, workload));
    }

    private static PeerAuthentication? Oldest(IEnumerable<PeerAuthentication>? policies) =>
        policies?.Min(AgeOrder.OldestFirst) as PeerAuthentication;

    private static Dictionary<int, PortMutualTls> Ports(PeerAuthentication? selecting, PortMutualTls inherited, Workload workload)
    {
        var ports = new Dictionary<int, PortMutualTls>();
        if (selecting?.PortLevelModes is not { } written)
        {
            return ports;
        }

        foreach (var (text, mode) in written)
        {
            if (PortText.TryParse(text, out var port))
            {
                ports[port] = mode == MutualTlsMode.Unset ? inherited : Mode(mode, selecting.Id, workload);
            }
        }

        return ports;
    }

    // Ambient cannot switch mTLS off.
    private static PortMutualTls Mode(MutualTlsMode mode, ResourceId policy, Workload workload) =>
        mode == MutualTlsMode.Disable && workload.Proxy == ProxyKind.Waypoint
            ? new(MutualTlsMode.Permissive, policy)
            : new(mode, policy);
}
