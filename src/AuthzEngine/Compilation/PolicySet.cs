using System.Collections.Concurrent;
using AuthzEngine.Admission;
using AuthzEngine.Evaluation;
using AuthzEngine.Policies;

namespace AuthzEngine.Compilation;

/// <summary>All resources of a mesh, compiled. Immutable; any number of threads may use it.</summary>
public sealed class PolicySet
{
    private readonly MeshSettings _settings;
    private readonly IReadOnlyList<CompiledPolicy> _policies;
    private readonly Attachment<CompiledPolicy> _authorization;
    private readonly Attachment<RequestAuthentication> _requestAuthentication;
    private readonly PeerAuthenticationModes _modes;
    private readonly Quarantine _quarantine;
    private readonly bool _servicesAreTargeted;
    private readonly ConcurrentDictionary<LayerKey, PolicyLayer> _layers = new();

    private PolicySet(ResourceSet resources, MeshSettings settings)
    {
        _settings = settings;
        _policies = PolicyCompiler.Compile(resources.Resources.OfType<AuthorizationPolicy>(), settings);
        _authorization = Attachment.OfAuthorizationPolicies(_policies, policy => policy.Source, settings);
        _requestAuthentication =
            Attachment.OfRequestAuthentications(resources.Resources.OfType<RequestAuthentication>(), settings);
        _modes = new PeerAuthenticationModes(resources.Resources.OfType<PeerAuthentication>(), settings);
        _quarantine = new Quarantine(resources.Quarantined, settings);
        _servicesAreTargeted = resources.Resources.Any(resource => resource.TargetReferences().Any(TargetReferences.IsOfService));
    }

    /// <summary>Compiles resources.</summary>
    /// <param name="resources">The resources in force and those that are held back.</param>
    /// <param name="settings">The mesh.</param>
    /// <returns>The set.</returns>
    public static PolicySet Compile(ResourceSet resources, MeshSettings settings)
    {
        ArgumentNullException.ThrowIfNull(resources);
        ArgumentNullException.ThrowIfNull(settings);
        return new PolicySet(resources, settings);
    }

    /// <summary>Finds what applies to a workload. It is for the caller to keep: finding it anew costs what applies.</summary>
    /// <param name="workload">The workload.</param>
    /// <returns>Its policies. Workloads to which the same policies apply share what was made of them.</returns>
    public WorkloadPolicies For(Workload workload)
    {
        ArgumentNullException.ThrowIfNull(workload);
        var policies = _authorization.For(workload);
        var jwtRules = _requestAuthentication.For(workload)
            .SelectMany(resource => resource.JwtRules).OfType<JwtRule>()
            .OrderBy(rule => rule.Issuer, Utf8Order.Instance);
        return new WorkloadPolicies(
            [.. policies.GroupBy(Reach).Select(group => Layer([.. group]))],
            policies,
            [.. jwtRules],
            _modes.For(workload),
            _quarantine.For(workload),
            _settings.MultipleCustomProviders)
        {
            HangsOnService = HangsOnService(workload),
        };
    }

    /// <summary>Says why AuthorizationPolicies do not apply to a workload; it costs what there is.</summary>
    /// <param name="workload">The workload.</param>
    /// <returns>Those that do not, in the order in which they were given.</returns>
    public IReadOnlyList<UnattachedPolicy> NotApplyingTo(Workload workload)
    {
        ArgumentNullException.ThrowIfNull(workload);
        var (applying, reasons) = (_authorization.For(workload).ToHashSet(), new AttachmentReasons(workload, _settings));
        return [.. _policies.Where(policy => !applying.Contains(policy)).Select(policy => reasons.Of(policy.Source))];
    }

    private bool HangsOnService(Workload workload) => workload is { Proxy: ProxyKind.Waypoint, Service: null }
        && ((_servicesAreTargeted && workload.Labels.ContainsKey(Workload.GatewayNameLabel)) || _quarantine.HangsOnService(workload));

    // What reaches the whole mesh or a whole namespace is indexed once, not once for each set of selectors beside it.
    private static (bool Selects, string Namespace) Reach(CompiledPolicy policy) =>
        policy.HasSelector ? (true, "") : (false, policy.Source.Id.Namespace);

    private PolicyLayer Layer(IReadOnlyList<CompiledPolicy> policies) =>
        _layers.GetOrAdd(new LayerKey(policies), static key => new PolicyLayer(key.Policies));

    /// <summary>Which policies a layer is made of.</summary>
    private sealed class LayerKey(IReadOnlyList<CompiledPolicy> policies) : IEquatable<LayerKey>
    {
        private readonly int _hash = policies.Aggregate(policies.Count, (hash, policy) => HashCode.Combine(hash, policy.Ordinal));

        public IReadOnlyList<CompiledPolicy> Policies { get; } = policies;

        public bool Equals(LayerKey? other) => other is not null && Policies.SequenceEqual(other.Policies);

        public override bool Equals(object? obj) => Equals(obj as LayerKey);

        public override int GetHashCode() => _hash;
    }
}
