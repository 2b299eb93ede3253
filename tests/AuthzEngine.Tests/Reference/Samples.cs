using System.Text.Json;
using AuthzEngine.Admission;
using AuthzEngine.Policies;
using FsCheck;
using FsCheck.Fluent;

namespace AuthzEngine.Tests.Reference;

/// <summary>A mesh and a request to one workload of it.</summary>
internal sealed record Sample(ResourceSet Resources, MeshSettings Settings, SampleRequest Request)
{
    public static Workload Workload { get; } =
        new() { Namespace = "shop", Labels = new Dictionary<string, string> { ["app"] = "cart", ["tier"] = "web" } };

    /// <summary>All of it, for a property that fails.</summary>
    public override string ToString() =>
        JsonSerializer.Serialize(new { Settings, Request, Resources.Quarantined, Resources = Resources.Resources.Cast<object>() });
}

/// <summary>Generates policies and requests of so few values that they often meet.</summary>
internal static class Samples
{
    private static readonly WorkloadSelector Ours = new(new Dictionary<string, string> { ["app"] = "cart" });
    private static readonly WorkloadSelector Others = new(new Dictionary<string, string> { ["app"] = "other" });

    public static Gen<MeshSettings> Settings { get; } =
        from alias in SampleValues.Often(Gen.Constant(Array.Empty<string>()), Gen.Constant(new[] { "td2" }))
        from domain in Gen.Elements("cluster.local", "td1")
        from several in Gen.Elements(false, true)
        from headers in Gen.Elements(RepeatedHeaders.Individually, RepeatedHeaders.Joined)
        from principals in Gen.Elements(RequestPrincipalMatching.IssuerAndSubject, RequestPrincipalMatching.Joined)
        select new MeshSettings
        {
            TrustDomain = domain,
            TrustDomainAliases = alias,
            MultipleCustomProviders = several,
            RepeatedHeaders = headers,
            RequestPrincipals = principals,
            ExtensionProviders =
            [
                new("http", ExtensionProviderKind.Http),
                new("grpc", ExtensionProviderKind.Grpc, FailOpen: true),
                new("bad", ExtensionProviderKind.Grpc, Valid: false),
                new("twice", ExtensionProviderKind.Grpc),
                new("twice", ExtensionProviderKind.Http),
            ],
        };

    /// <summary>Policies of mixed actions.</summary>
    public static Gen<IReadOnlyList<PolicyResource>> Policies { get; } = PoliciesOf(
        SampleValues.Often(Gen.Elements(PolicyAction.Allow, PolicyAction.Deny), Gen.Elements(PolicyAction.Audit, PolicyAction.Custom)));

    public static Gen<Sample> All { get; } =
        from settings in Settings
        from policies in Policies
        from quarantined in SampleValues.Often(Gen.Constant(Array.Empty<QuarantinedResource>()), Quarantined, 20)
        from request in SampleRequests.All
        select new Sample(new ResourceSet(policies, quarantined), settings, request);

    /// <summary>Policies of some actions, named apart.</summary>
    public static Gen<IReadOnlyList<PolicyResource>> PoliciesOf(Gen<PolicyAction> actions) =>
        from count in Gen.Choose(0, 6)
        from policies in Policy(actions).ArrayOf(count)
        from mutualTls in SampleValues.Often(Gen.Constant(Array.Empty<PolicyResource>()), MutualTls)
        from tokens in Gen.Elements(new[] { "words" }, [])
        select (IReadOnlyList<PolicyResource>)
        [
            .. policies.Select((policy, i) => policy with { Id = policy.Id with { Name = "p" + i } }),
            .. mutualTls,
            new RequestAuthentication
            {
                Id = new(ResourceKind.RequestAuthentication, "shop", "tokens"),
                JwtRules = [new JwtRule { Issuer = "https://a", SpaceDelimitedClaims = tokens }],
            },
        ];

    private static Gen<AuthorizationPolicy> Policy(Gen<PolicyAction> actions) =>
        from action in actions
        from ns in SampleValues.Often(Gen.Constant("shop"), Gen.Elements("istio-system", "other"))
        from selector in SampleValues.Often(Gen.Constant<WorkloadSelector?>(null), Gen.Elements<WorkloadSelector?>(Ours, Others))
        from provider in SampleValues.Often(Gen.Elements("http", "grpc"), Gen.Elements("bad", "unknown", "twice"))
        from dryRun in SampleValues.Often(Gen.Constant(false), Gen.Constant(true))
        from count in Gen.Frequency((24, Gen.Choose(0, 3)), (4, Gen.Constant(12)), (1, Gen.Constant(40)))
        from rules in SampleRules.All.ArrayOf(count)
        select new AuthorizationPolicy
        {
            Id = new(ResourceKind.AuthorizationPolicy, ns, ""),
            Selector = selector,
            Action = action,
            Provider = action == PolicyAction.Custom ? new ProviderReference(provider) : null,
            Annotations = dryRun && action is PolicyAction.Allow or PolicyAction.Deny
                ? new Dictionary<string, string> { ["istio.io/dry-run"] = dryRun ? "true" : "false" }
                : new Dictionary<string, string>(),
            Rules = rules,
        };

    private static Gen<PolicyResource[]> MutualTls =>
        from mesh in Modes
        from space in Modes
        from own in Modes
        from port in Modes
        select new PolicyResource[]
        {
            new PeerAuthentication { Id = new(ResourceKind.PeerAuthentication, "istio-system", "mesh"), Mode = mesh },
            new PeerAuthentication { Id = new(ResourceKind.PeerAuthentication, "shop", "space"), Mode = space },
            new PeerAuthentication
            {
                Id = new(ResourceKind.PeerAuthentication, "shop", "own"),
                Selector = Ours,
                Mode = own,
                PortLevelModes = new Dictionary<string, MutualTlsMode> { ["8080"] = port },
            },
        };

    private static Gen<MutualTlsMode> Modes => Gen.Elements(
        MutualTlsMode.Unset, MutualTlsMode.Unset, MutualTlsMode.Disable, MutualTlsMode.Permissive, MutualTlsMode.Strict);

    private static Gen<QuarantinedResource[]> Quarantined =>
        from ns in Gen.Elements("shop", "istio-system", "other")
        from selector in Gen.Elements<WorkloadSelector?>(null, Ours, Others)
        select new[] { new QuarantinedResource(null, ns, selector) };
}
