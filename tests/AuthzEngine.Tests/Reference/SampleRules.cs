using AuthzEngine.Policies;
using FsCheck;
using FsCheck.Fluent;
using static AuthzEngine.Tests.Reference.SampleValues;

namespace AuthzEngine.Tests.Reference;

/// <summary>Generates valid rules.</summary>
internal static class SampleRules
{
    private static readonly (string Key, string[] Values)[] Conditions =
    [
        ("source.ip", Blocks), ("remote.ip", Blocks), ("destination.ip", Blocks), ("destination.port", Ports),
        ("source.principal", Principals), ("source.namespace", Namespaces), ("source.serviceAccount", ServiceAccounts),
        ("source.trustDomain", TrustDomains), ("request.auth.principal", RequestPrincipals), ("request.auth.audiences", Words),
        ("request.auth.presenter", Words), ("connection.sni", Snis), ("request.headers[X-Team]", Words), ("request.headers[:scheme]", Words),
        ("request.headers[:path]", ["/a", "/a*", "*b", "/a?x=/a/b"]), ("request.headers[:method]", Methods),
        ("request.headers[host]", ["a.example", "*.EXAMPLE:80", "A*", "*"]), ("request.auth.claims[scope]", Words),
        ("request.auth.claims[words]", Words), ("request.auth.claims[permission]", Words), ("request.auth.claims[n][m]", Words),
        ("request.auth.claims[n][scope]", Words), ("request.auth.claims[iss]", RequestPrincipals),
        ("experimental.envoy.filters.f[k]", MetadataValues),
    ];

    public static Gen<Rule?> All { get; } =
        from sources in Upto(Source.Select(source => (RuleFrom?)new RuleFrom(source)))
        from operations in Upto(Operation.Select(operation => (RuleTo?)new RuleTo(operation)))
        from when in Upto(Condition)
        from missing in Often(Gen.Constant(false), Gen.Constant(true), 30)
        select missing ? null : new Rule { From = sources, To = operations, When = when };

    private static Gen<Source> Source => Gen.OneOf(
        from principals in Few(Principals)
        from notPrincipals in Few(Principals)
        from namespaces in Few(Namespaces)
        from notNamespaces in Few(Namespaces)
        from trustDomains in Few(TrustDomains)
        from notTrustDomains in Few(TrustDomains)
        select new Source
        {
            Principals = principals,
            NotPrincipals = notPrincipals,
            Namespaces = namespaces,
            NotNamespaces = notNamespaces,
            TrustDomains = trustDomains,
            NotTrustDomains = notTrustDomains,
        },
        from requestPrincipals in Few(RequestPrincipals)
        from notRequestPrincipals in Few(RequestPrincipals)
        from serviceAccounts in Few(ServiceAccounts)
        from notServiceAccounts in Few(ServiceAccounts)
        select new Source
        {
            RequestPrincipals = requestPrincipals,
            NotRequestPrincipals = notRequestPrincipals,
            ServiceAccounts = serviceAccounts,
            NotServiceAccounts = notServiceAccounts,
        },
        from ipBlocks in Few(Blocks)
        from notIpBlocks in Few(Blocks)
        from remoteIpBlocks in Few(Blocks)
        from notRemoteIpBlocks in Few(Blocks)
        select new Source
        {
            IpBlocks = ipBlocks,
            NotIpBlocks = notIpBlocks,
            RemoteIpBlocks = remoteIpBlocks,
            NotRemoteIpBlocks = notRemoteIpBlocks,
        });

    private static Gen<Operation> Operation =>
        from hosts in Few(Hosts)
        from notHosts in Few(Hosts)
        from ports in Few(Ports)
        from notPorts in Few(Ports)
        from methods in Few(Methods)
        from notMethods in Few(Methods)
        from paths in Few(Paths)
        from notPaths in Few(Paths)
        select new Operation
        {
            Hosts = hosts,
            NotHosts = notHosts,
            Ports = ports,
            NotPorts = notPorts,
            Methods = methods,
            NotMethods = notMethods,
            Paths = paths,
            NotPaths = notPaths,
        };

    private static Gen<Condition?> Condition =>
        from condition in Gen.Elements(Conditions)
        from values in Some(condition.Values)
        from notValues in Few(condition.Values)
        from onlyNot in Gen.Elements(false, false, true)
        select (Condition?)new Condition(condition.Key, onlyNot ? [] : values, onlyNot ? values : notValues);

    private static Gen<T[]> Upto<T>(Gen<T> values) => Gen.Frequency(
        (5, Gen.Constant(Array.Empty<T>())),
        (4, values.ArrayOf(1)),
        (2, values.ArrayOf(2)));
}
