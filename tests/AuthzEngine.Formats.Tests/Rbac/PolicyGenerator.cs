using AuthzEngine.Admission;
using AuthzEngine.Policies;
using FsCheck;
using FsCheck.Fluent;

namespace AuthzEngine.Formats.Tests.Rbac;

/// <summary>Draws meshes whose policies and requests share few names, so that rules often match and often almost do.</summary>
internal static class PolicyGenerator
{
    public const string Root = "root";
    public const string Home = "home";

    private static readonly string[] Principals =
        ["*", "cluster.local/ns/a/sa/x", "cluster.local/ns/a/*", "*/sa/x", "other/ns/b/sa/y", "cluster*", "*.x+y"];

    private static readonly string[] Addresses = ["10.0.0.0/8", "10.1.2.3", "10.1.2.3/24", "::1", "fd00::/8", "::/0", "0.0.0.0/0", "bad"];

    private static readonly string[] RequestPrincipals = ["*", "iss/sub", "*/sub", "iss/*", "is*", "*b", "i/ss/s*", "*/*", "iss"];

    private static readonly string[] Texts = ["*", "v", "v*", "*v", "v.w", "[v]", "[v*]", "[*]", "v w", "V"];

    private static readonly Field<Source>[] PeerFields =
    [
        new((source, values) => source with { IpBlocks = values }, Addresses),
        new((source, values) => source with { NotIpBlocks = values }, Addresses),
        new((source, values) => source with { RemoteIpBlocks = values }, Addresses),
        new((source, values) => source with { NotRemoteIpBlocks = values }, Addresses),
    ];

    private static readonly Field<Source>[] SourceFields =
    [
        .. PeerFields,
        new((source, values) => source with { Principals = values }, Principals),
        new((source, values) => source with { NotPrincipals = values }, Principals),
        new((source, values) => source with { RequestPrincipals = values }, RequestPrincipals),
        new((source, values) => source with { NotRequestPrincipals = values }, RequestPrincipals),
        new((source, values) => source with { Namespaces = values }, ["a", "*", "a*b", "b", "a.b"]),
        new((source, values) => source with { NotNamespaces = values }, ["a", "*", "b"]),
        new((source, values) => source with { ServiceAccounts = values }, ["a/x", "x", "home/x", "b/y"]),
        new((source, values) => source with { NotServiceAccounts = values }, ["a/x", "y"]),
        new((source, values) => source with { TrustDomains = values }, ["*", "cluster.local", "*local", "old*", "other"]),
        new((source, values) => source with { NotTrustDomains = values }, ["cluster.local", "other*"]),
    ];

    private static readonly Field<Operation>[] OperationFields =
    [
        new((operation, values) => operation with { Hosts = values }, ["*", "a.example", "*.EXAMPLE", "A.Example:443", "a*"]),
        new((operation, values) => operation with { NotHosts = values }, ["*", "a.example", "b*"]),
        new((operation, values) => operation with { Ports = values }, ["80", "443", "080", "0", "65535", "bad"]),
        new((operation, values) => operation with { NotPorts = values }, ["80", "443"]),
        new((operation, values) => operation with { Methods = values }, ["GET", "*", "P*", "*T", "get"]),
        new((operation, values) => operation with { NotMethods = values }, ["GET", "*", "POST"]),
        new((operation, values) => operation with { Paths = values }, Paths),
        new((operation, values) => operation with { NotPaths = values }, Paths),
    ];

    private static readonly string[] CustomKeys =
    [
        "source.ip", "remote.ip", "destination.ip", "destination.port", "connection.sni", "request.headers[X-A]",
        "request.headers[:path]", "request.headers[host]", "request.headers[:scheme]", "experimental.envoy.filters.f[k]",
    ];

    private static readonly string[] Keys =
    [
        .. CustomKeys, "source.principal", "source.namespace", "source.serviceAccount", "source.trustDomain",
        "request.auth.principal", "request.auth.audiences", "request.auth.presenter", "request.auth.claims[k]", "request.auth.claims[K]",
        "request.auth.claims[o][k]", "request.auth.claims[scope]", "request.headersX[a]", "unknown",
    ];

    private static string[] Paths =>
        ["*", "/a", "/a/*", "*/b", "/a/{*}", "/{**}", "/a/{**}/b", "/{*}/b", "a/{*}", "/a//{*}", "*.x", "/a.b/{*}"];

    /// <summary>A mesh with policies of one workload.</summary>
    public static Gen<Mesh> Meshes() =>
        from policies in Policies()
        from modes in PeerAuthentications()
        from quarantined in Rarely(20)
        from settings in Settings()
        select new Mesh(
            new ResourceSet([.. policies, .. modes], quarantined ? [new(null, Home, null)] : []), settings);

    private static Gen<MeshSettings> Settings() =>
        from aliases in Some(["old.td", "other"], 2)
        from several in Rarely(2)
        from principals in Gen.Elements(RequestPrincipalMatching.IssuerAndSubject, RequestPrincipalMatching.Joined)
        from lines in Gen.Elements(RepeatedHeaders.Individually, RepeatedHeaders.Joined)
        select new MeshSettings
        {
            RootNamespace = Root,
            TrustDomainAliases = aliases,
            MultipleCustomProviders = several,
            RequestPrincipals = principals,
            RepeatedHeaders = lines,
            ExtensionProviders =
            [
                new("good", ExtensionProviderKind.Grpc), new("http", ExtensionProviderKind.Http),
                new("broken", ExtensionProviderKind.Grpc, Valid: false),
            ],
        };

    private static Gen<AuthorizationPolicy[]> Policies() =>
        from count in Gen.Choose(0, 4)
        from policies in Policy().ArrayOf(count)
        select policies
            .Select((policy, at) => policy with { Id = policy.Id with { Name = $"p{at}" } })
            .ToArray();

    private static Gen<AuthorizationPolicy> Policy() =>
        from action in Gen.Elements(Enum.GetValues<PolicyAction>())
        from space in Gen.Elements(Root, Home)
        from provider in Gen.Elements("good", "http", "broken", "unknown")
        from dryRun in Rarely(4)
        from count in Gen.Choose(action is PolicyAction.Allow or PolicyAction.Audit ? 0 : 1, 3)
        from rules in Rule(action == PolicyAction.Custom).ArrayOf(count)
        select new AuthorizationPolicy
        {
            Id = new(ResourceKind.AuthorizationPolicy, space, ""),
            Action = action,
            Provider = action == PolicyAction.Custom ? new(provider) : null,
            Annotations = dryRun && action is PolicyAction.Allow or PolicyAction.Deny
                ? new Dictionary<string, string> { [AuthorizationPolicy.DryRunAnnotation] = dryRun ? "true" : "false" }
                : new Dictionary<string, string>(),
            Rules = rules,
        };

    private static Gen<Rule> Rule(bool custom) =>
        from sources in With(new Source(), custom ? PeerFields : SourceFields).ArrayOf().Resize(2)
        from operations in With(new Operation(), OperationFields).ArrayOf().Resize(2)
        from conditions in Condition(custom ? CustomKeys : Keys).ArrayOf().Resize(2)
        select new Rule
        {
            From = [.. sources.Select(source => new RuleFrom(source))],
            To = [.. operations.Select(operation => new RuleTo(operation))],
            When = conditions,
        };

    private static Gen<Condition> Condition(string[] keys) =>
        from key in Gen.Elements(keys)
        let pool = ValuesOf(key)
        from values in Some(pool, 2)
        from notValues in Some(pool, 1)
        select new Condition(key, values, notValues);

    private static string[] ValuesOf(string key) => key switch
    {
        "source.ip" or "remote.ip" or "destination.ip" => Addresses,
        "destination.port" => ["80", "443", "bad"],
        "source.principal" => Principals,
        "source.namespace" => ["a", "*", "b"],
        "source.serviceAccount" => ["a/x", "x"],
        "source.trustDomain" => ["*", "cluster.local", "old*"],
        "request.auth.principal" => RequestPrincipals,
        "request.headers[:path]" => ["*", "/a?q=1", "/a*", "*b"],
        "request.headers[host]" => ["*", "a.example", "A.Example"],
        _ => Texts,
    };

    private static Gen<PeerAuthentication[]> PeerAuthentications() =>
        from space in Gen.Elements(Root, Home)
        from mode in Gen.Elements(Enum.GetValues<MutualTlsMode>())
        from portMode in Gen.Elements(Enum.GetValues<MutualTlsMode>())
        from selects in Rarely(2)
        select new[]
        {
            new PeerAuthentication
            {
                Id = new(ResourceKind.PeerAuthentication, space, "pa"),
                Mode = mode,
                Selector = selects ? new(Mesh.Labels) : null,
                PortLevelModes = selects ? new Dictionary<string, MutualTlsMode> { ["80"] = portMode, ["81"] = portMode } : null,
            },
        };

    private static Gen<T> With<T>(T start, Field<T>[] fields) =>
        from count in Gen.Choose(1, 2)
        from chosen in Gen.Elements(fields).ArrayOf(count)
        from values in Gen.CollectToSequence(chosen.Select(field => Some(field.Pool, 2)))
        select chosen.Zip(values).Aggregate(start, (made, pair) => pair.First.Set(made, pair.Second));

    private static Gen<string[]> Some(string[] pool, int most) =>
        from count in Gen.Choose(0, most)
        from values in Gen.Elements(pool).ArrayOf(count)
        select values;

    private static Gen<bool> Rarely(int of) => Gen.Choose(1, of).Select(drawn => drawn == 1);

    private sealed record Field<T>(Func<T, IReadOnlyList<string>, T> Set, string[] Pool);
}

/// <summary>A mesh to export a workload of.</summary>
internal sealed record Mesh(ResourceSet Resources, MeshSettings Settings)
{
    public static IReadOnlyDictionary<string, string> Labels { get; } = new Dictionary<string, string> { ["app"] = "w" };

    public static Workload Workload { get; } = new() { Namespace = PolicyGenerator.Home, Labels = Labels };
}
