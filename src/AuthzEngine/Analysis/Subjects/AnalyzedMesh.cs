using AuthzEngine.Compilation;
using AuthzEngine.Inventories;
using AuthzEngine.Policies;

namespace AuthzEngine.Analysis.Subjects;

/// <summary>All that an analysis looks at, with what several lints ask of it worked out once.</summary>
internal sealed class AnalyzedMesh
{
    private static readonly IReadOnlyList<InventoryWorkload> Nobody = [];

    private readonly Dictionary<ResourceId, List<InventoryWorkload>> _workloads = [];

    public AnalyzedMesh(AnalysisInput input)
    {
        Settings = input.Settings ?? new MeshSettings();
        SettingsAreKnown = input.Settings is not null;
        Inventory = input.Inventory;
        RequestAuthentications = [.. input.Resources.OfType<RequestAuthentication>()];
        PeerAuthentications = [.. input.Resources.OfType<PeerAuthentication>()];
        Modes = new(PeerAuthentications, Settings);
        Policies = [.. input.Resources.OfType<AuthorizationPolicy>()
            .Select(policy => new AnalyzedPolicy(policy, WrittenRules.Of(policy, Settings), this))];
        Attach();
    }

    /// <summary>The mesh's settings, or Istio's defaults.</summary>
    public MeshSettings Settings { get; }

    /// <summary>Whether the settings are the mesh's own.</summary>
    public bool SettingsAreKnown { get; }

    /// <summary>What there is in the mesh; null when that is not known.</summary>
    public Inventory? Inventory { get; }

    /// <summary>AuthorizationPolicies in the order given.</summary>
    public IReadOnlyList<AnalyzedPolicy> Policies { get; }

    /// <summary>RequestAuthentications in the order given.</summary>
    public IReadOnlyList<RequestAuthentication> RequestAuthentications { get; }

    /// <summary>PeerAuthentications in the order given.</summary>
    public IReadOnlyList<PeerAuthentication> PeerAuthentications { get; }

    /// <summary>Mutual TLS modes.</summary>
    public PeerAuthenticationModes Modes { get; }

    /// <summary>The trust domain and its aliases.</summary>
    public IEnumerable<string> TrustDomains => Settings.TrustDomainAliases.Prepend(Settings.TrustDomain);

    /// <summary>The workloads of the inventory that an AuthorizationPolicy or RequestAuthentication applies to.</summary>
    public IReadOnlyList<InventoryWorkload> WorkloadsOf(PolicyResource resource) =>
        _workloads.TryGetValue(resource.Id, out var workloads) ? workloads : Nobody;

    /// <summary>The RequestAuthentications that some workload of a scope may have.</summary>
    public IEnumerable<RequestAuthentication> RequestAuthenticationsOf(Scope scope) =>
        RequestAuthentications.Where(authentication => scope.MayMeet(Scope.Of(authentication, Settings)));

    private void Attach()
    {
        if (Inventory is null)
        {
            return;
        }

        var policies = Attachment.OfAuthorizationPolicies(Policies.Select(policy => policy.Source), policy => policy, Settings);
        var authentications = Attachment.OfRequestAuthentications(RequestAuthentications, Settings);
        foreach (var entry in Inventory.Workloads)
        {
            foreach (var resource in policies.For(entry.Workload).Concat<PolicyResource>(authentications.For(entry.Workload)))
            {
                if (!_workloads.TryGetValue(resource.Id, out var workloads))
                {
                    _workloads.Add(resource.Id, workloads = []);
                }

                workloads.Add(entry);
            }
        }
    }
}
