using AuthzEngine.Policies;
using FsCheck;
using FsCheck.Fluent;

namespace AuthzEngine.Tests.Validation;

/// <summary>Resources of any shape, mostly of texts that mean something somewhere.</summary>
internal static class ArbitraryResources
{
    private static readonly Gen<string> Texts = Gen.Frequency(
        (1, Gen.Elements("", "\ud800", "\n", "a b", "**", "a*b", "/{id}", "1.2.3.4/33", "a/b/c", "-1", "[x]")),
        (3, Gen.Elements("a", "*", "a*", "1.2.3.4", "::1/64", "80", "a/b", "/x/{*}", "cluster.local", "true")),
        (1, ArbMap.Default.GeneratorFor<string>().Select(text => text ?? "")));

    private static readonly Gen<string> Keys = Gen.OneOf(
        Texts,
        Gen.Elements(
            "source.ip", "source.namespace", "source.serviceAccount", "source.trustDomain", "source.principal", "remote.ip",
            "request.headers[x]", "request.headersX[x]", "request.auth.principal", "request.auth.claims[a][b]", "destination.port",
            "connection.sni", "experimental.envoy.filters.a[b]", "destination.labels"));

    private static readonly Gen<IReadOnlyList<string>> Lists = Gen.Frequency(
        (3, Gen.Constant<IReadOnlyList<string>>([])), (2, Few(Texts)));

    private static readonly Gen<Source> Sources =
        from lists in Lists.ListOf(14)
        select new Source
        {
            Principals = lists[0],
            NotPrincipals = lists[1],
            RequestPrincipals = lists[2],
            NotRequestPrincipals = lists[3],
            Namespaces = lists[4],
            NotNamespaces = lists[5],
            ServiceAccounts = lists[6],
            NotServiceAccounts = lists[7],
            IpBlocks = lists[8],
            NotIpBlocks = lists[9],
            RemoteIpBlocks = lists[10],
            NotRemoteIpBlocks = lists[11],
            TrustDomains = lists[12],
            NotTrustDomains = lists[13],
        };

    // One field, of a text that may fit: most of these are valid.
    private static readonly Gen<Source> SmallSources =
        from text in Texts
        from source in Gen.Elements<Source>(
            new() { Principals = [text] }, new() { Namespaces = [text] }, new() { RequestPrincipals = [text] },
            new() { NotPrincipals = [text] }, new() { ServiceAccounts = [text] }, new() { IpBlocks = [text] }, new() { TrustDomains = [text] })
        select source;

    private static readonly Gen<Operation> Operations =
        from lists in Lists.ListOf(8)
        select new Operation
        {
            Hosts = lists[0],
            NotHosts = lists[1],
            Ports = lists[2],
            NotPorts = lists[3],
            Methods = lists[4],
            NotMethods = lists[5],
            Paths = lists[6],
            NotPaths = lists[7],
        };

    private static readonly Gen<Condition> Conditions =
        from key in Keys
        from values in Lists
        from notValues in Lists
        select new Condition(key, values, notValues);

    private static readonly Gen<Rule> Rules =
        from sources in Few(OrNull(Gen.OneOf(Sources, SmallSources, SmallSources)))
        from operations in Few(OrNull(Operations))
        from conditions in Few(OrNull(Conditions))
        from parts in Gen.Choose(0, 7)
        from entry in Gen.Choose(0, 19)
        select new Rule
        {
            From = (parts & 1) == 0 ? [] : [.. sources.Select(source => entry == 0 ? null : new RuleFrom(source))],
            To = (parts & 2) == 0 ? [] : [.. operations.Select(operation => entry == 1 ? null : new RuleTo(operation))],
            When = (parts & 4) == 0 ? [] : conditions,
        };

    private static readonly Gen<IReadOnlyDictionary<string, string>> Maps =
        from keys in Lists
        from value in Texts
        select (IReadOnlyDictionary<string, string>)keys.Distinct().ToDictionary(key => key, _ => value);

    private static readonly Gen<WorkloadSelector?> Selectors = OrNull(Maps.Select(labels => new WorkloadSelector(labels)));

    private static readonly Gen<PolicyTargetReference> References =
        from texts in Texts.ListOf(4)
        select new PolicyTargetReference(texts[0], texts[1], texts[2], texts[3]);

    private static readonly Gen<JwtRule> JwtRules =
        from texts in Texts.ListOf(7)
        from lists in Lists.ListOf(4)
        from ticks in ArbMap.Default.GeneratorFor<int>()
        from isNull in ArbMap.Default.GeneratorFor<bool>()
        select new JwtRule
        {
            Issuer = texts[0],
            JwksUri = texts[1],
            Jwks = texts[2],
            Audiences = lists[0],
            FromHeaders = [isNull ? null : new(texts[3], texts[4])],
            FromParams = lists[1],
            FromCookies = lists[2],
            OutputClaimToHeaders = [isNull ? null : new(texts[5], texts[6])],
            SpaceDelimitedClaims = lists[3],
            Timeout = isNull ? null : TimeSpan.FromTicks(ticks),
        };

    /// <summary>AuthorizationPolicies, a good part of them valid.</summary>
    public static Gen<AuthorizationPolicy> Policies { get; } =
        from action in Gen.Frequency((20, Gen.Choose(0, 3)), (1, Gen.Choose(-1, 9)))
        from rules in Few(Gen.Frequency((30, Rules.Select(rule => (Rule?)rule)), (1, Gen.Constant<Rule?>(null))))
        from provider in OrNull(Texts)
        select Written.Policy((PolicyAction)action, [.. rules]) with
        {
            Provider = action == 3 && provider is not null ? new(provider) : null,
        };

    /// <summary>Resources of all kinds.</summary>
    public static Gen<PolicyResource> Resources { get; } =
        from resource in Gen.OneOf(
            from policy in Policies
            from one in OrNull(References)
            from several in Few(References)
            select (PolicyResource)(policy with { TargetRef = one, TargetRefs = several }),
            from rules in Few(OrNull(JwtRules))
            select (PolicyResource)Written.Tokens([.. rules]),
            from mode in Gen.Choose(-1, 5)
            from ports in OrNull(Maps)
            select (PolicyResource)(Written.Peers() with
            {
                Mode = (MutualTlsMode)mode,
                PortLevelModes = ports?.ToDictionary(pair => pair.Key, _ => (MutualTlsMode)mode),
            }))
        from name in Texts
        from place in Texts
        from selector in Selectors
        from annotations in Maps
        from dryRun in OrNull(Texts)
        select resource with
        {
            Id = new(resource.Id.Kind, place, name),
            Selector = selector,
            Annotations = dryRun is null
                ? annotations
                : new Dictionary<string, string>(annotations) { [AuthorizationPolicy.DryRunAnnotation] = dryRun },
        };

    private static Gen<IReadOnlyList<T>> Few<T>(Gen<T> one) =>
        from count in Gen.Choose(0, 3)
        from list in one.ListOf(count)
        select (IReadOnlyList<T>)[.. list];

    private static Gen<T?> OrNull<T>(Gen<T> one)
        where T : class => Gen.Frequency((4, one.Select(value => (T?)value)), (1, Gen.Constant<T?>(null)));
}
