using AuthzEngine.Formats.Yaml;

namespace MeshCA.ClusterAnalysis;

/// <summary>All that an analysis looks at, gathered before it begins.</summary>
/// <param name="Clusters">The clusters; the first is the issuer's.</param>
/// <param name="Issuer">The issuer; null where nobody said where it is.</param>
/// <param name="Now">When it was gathered.</param>
internal sealed record MeshView(IReadOnlyList<ClusterView> Clusters, IssuerView? Issuer, DateTimeOffset Now)
{
    /// <summary>How long before a root's end to warn: replacing one takes until every workload has the next.</summary>
    public TimeSpan RootWindow { get; init; } = TimeSpan.FromDays(90);

    /// <summary>How long before the end of another authority to warn.</summary>
    public TimeSpan IntermediateWindow { get; init; } = TimeSpan.FromDays(7);
}

/// <summary>A cluster as it was read.</summary>
internal sealed record ClusterView
{
    /// <summary>Its name: of the context of a kubeconfig, or as configured.</summary>
    public required string Name { get; init; }

    /// <summary>Namespace of Istio's control plane, whose policies reach the whole mesh.</summary>
    public string RootNamespace { get; init; } = "istio-system";

    /// <summary>The namespaces.</summary>
    public IReadOnlyList<ViewedNamespace> Namespaces { get; init; } = [];

    /// <summary>The pods that have not ended.</summary>
    public IReadOnlyList<ViewedPod> Pods { get; init; } = [];

    /// <summary>The services.</summary>
    public IReadOnlyList<ViewedService> Services { get; init; } = [];

    /// <summary>Where roots are handed out.</summary>
    public IReadOnlyList<TrustChannel> Channels { get; init; } = [];

    /// <summary>istiod's serving certificate with its chain; null where there is none.</summary>
    public TrustChannel? ServingCertificate { get; init; }

    /// <summary>The policies, a text for each.</summary>
    public IReadOnlyList<PolicyText> Policies { get; init; } = [];

    /// <summary>What policies' status says is wrong.</summary>
    public IReadOnlyList<ViewedCondition> Conditions { get; init; } = [];

    /// <summary>The mesh's settings; null where they are not known.</summary>
    public PolicyText? MeshSettings { get; init; }

    /// <summary>What could not be read.</summary>
    public IReadOnlyList<ViewGap> Gaps { get; init; } = [];
}

/// <summary>A kind of object that could not be read.</summary>
/// <param name="Resource">What, in the API's plural.</param>
/// <param name="IsForbidden">Whether a right is missing.</param>
/// <param name="Reason">Why; printable.</param>
internal sealed record ViewGap(string Resource, bool IsForbidden, string Reason);

/// <summary>A condition of a policy that is false where it should be true.</summary>
/// <param name="Object">The policy, as <c>Kind/namespace/name</c>.</param>
/// <param name="Type">The condition's type.</param>
/// <param name="Message">What it says.</param>
internal sealed record ViewedCondition(string Object, string Type, string Message);

/// <summary>A namespace.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Labels">Its labels.</param>
/// <param name="IsTerminating">Whether it is being deleted: then nothing can be created in it.</param>
internal sealed record ViewedNamespace(string Name, IReadOnlyDictionary<string, string> Labels, bool IsTerminating = false);

/// <summary>A pod that has not ended.</summary>
internal sealed record ViewedPod
{
    /// <summary>Its namespace.</summary>
    public required string Namespace { get; init; }

    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>Its labels.</summary>
    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();

    /// <summary>Its annotations.</summary>
    public IReadOnlyDictionary<string, string> Annotations { get; init; } = new Dictionary<string, string>();

    /// <summary>Its service account.</summary>
    public string ServiceAccount { get; init; } = "default";

    /// <summary>Whether it shares its node's network, so that no proxy can stand before it.</summary>
    public bool IsOnHostNetwork { get; init; }

    /// <summary>Its containers.</summary>
    public IReadOnlyList<ViewedContainer> Containers { get; init; } = [];
}

/// <summary>A container.</summary>
/// <param name="Name">Its name.</param>
/// <param name="IsInit">Whether it is started before the others; one that goes on is a sidecar.</param>
/// <param name="Ports">The ports that it declares.</param>
/// <param name="User">The user it is told to run as; null where nobody says.</param>
/// <param name="HasHttpProbe">Whether the kubelet calls it over HTTP, TCP or gRPC.</param>
internal sealed record ViewedContainer(
    string Name, bool IsInit = false, IReadOnlyList<ViewedPort>? Ports = null, long? User = null, bool HasHttpProbe = false);

/// <summary>A port of a container.</summary>
/// <param name="Number">Its number.</param>
/// <param name="Name">Its name; may be empty.</param>
internal sealed record ViewedPort(int Number, string Name = "");

/// <summary>A service.</summary>
/// <param name="Namespace">Its namespace.</param>
/// <param name="Name">Its name.</param>
/// <param name="Selector">Labels of its pods; empty: none are selected.</param>
/// <param name="IsOpenToOutside">Whether it is reached from outside of the cluster: a load balancer, or a port of each node.</param>
internal sealed record ViewedService(string Namespace, string Name, IReadOnlyDictionary<string, string> Selector, bool IsOpenToOutside = false)
{
    /// <summary>Whether it leads to a pod.</summary>
    public bool Selects(ViewedPod pod) => Selector.Count > 0 && pod.Namespace == Namespace
        && Selector.All(label => pod.Labels.TryGetValue(label.Key, out var value) && value == label.Value);
}

/// <summary>Where roots are handed out.</summary>
internal enum TrustChannelKind
{
    /// <summary>The issuer's own bundle.</summary>
    BundleEndpoint,

    /// <summary>The ConfigMap <c>istio-ca-root-cert</c> of a namespace (istio-ca §4.7).</summary>
    ConfigMap,

    /// <summary><c>caBundle</c> of a webhook.</summary>
    Webhook,

    /// <summary>The secret with istiod's serving certificate.</summary>
    Secret,
}

/// <summary>One place where roots are handed out, and what is in it.</summary>
/// <param name="Kind">What kind.</param>
/// <param name="Object"><c>Kind/namespace/name</c>.</param>
/// <param name="Namespace">Its namespace; empty for kinds without.</param>
/// <param name="Certificates">What it holds; null: nothing that can be read.</param>
internal sealed record TrustChannel(
    TrustChannelKind Kind, string Object, string Namespace, IReadOnlyList<ViewedCertificate>? Certificates);

/// <summary>The issuer as it answered.</summary>
internal sealed record IssuerView
{
    /// <summary>Where it was asked.</summary>
    public required string Address { get; init; }

    /// <summary>Why it could not be reached; null where it was.</summary>
    public string? Fault { get; init; }

    /// <summary>What of it is not ready; each with why.</summary>
    public IReadOnlyList<string> NotReady { get; init; } = [];

    /// <summary>The roots that it publishes; null where that is not known.</summary>
    public IReadOnlyList<ViewedCertificate>? Roots { get; init; }

    /// <summary>Its authorities; empty where its administration was not asked.</summary>
    public IReadOnlyList<ViewedAuthority> Authorities { get; init; } = [];

    /// <summary>The trust domains that they vouch for, the mesh's own first; empty likewise.</summary>
    public IReadOnlyList<string> TrustDomains { get; init; } = [];
}

/// <summary>An authority of the issuer's.</summary>
/// <param name="Id">Its id.</param>
/// <param name="IsRoot">Whether it is a root.</param>
/// <param name="State">Its state.</param>
/// <param name="NotAfter">Its end.</param>
internal sealed record ViewedAuthority(string Id, bool IsRoot, string State, DateTimeOffset NotAfter);
