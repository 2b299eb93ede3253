using AuthzEngine.Admission;
using AuthzEngine.Policies;
using AuthzEngine.Requests;

namespace MeshCA.Benchmarks.Authorization;

/// <summary>Policies of one rule each, all of them on one workload, and requests to it.</summary>
internal static class SampleMesh
{
    public static Workload Workload { get; } = new() { Namespace = "apps", Labels = new Dictionary<string, string> { ["app"] = "workload0" } };

    public static ResourceSet Policies(RuleShape shape, int count) => new([.. Enumerable.Range(0, count).Select(i => Policy(shape, i))], []);

    /// <summary>A request that rule i allows.</summary>
    public static RequestAttributes Allowed(RuleShape shape, int i) => new()
    {
        SourcePrincipal = "spiffe://" + Principal(shape, i),
        SourceIp = IpAddress.Parse($"10.{i / 256}.{i % 256}.7"),
        DestinationIp = IpAddress.Parse("10.200.0.1"),
        DestinationPort = 8080,
        Method = "GET",
        Path = Path(shape, i) + "items/42?page=1",
        Host = "workload0.apps.svc.cluster.local",
        Token = TokenState.Verified,
        Claims = new ClaimValue.Struct(new Dictionary<string, ClaimValue>
        {
            ["iss"] = new ClaimValue.Text("https://issuer.example"),
            ["sub"] = new ClaimValue.Text("caller"),
            ["groups"] = new ClaimValue.List([new ClaimValue.Text("everyone"), new ClaimValue.Text($"group{i}")]),
        }),
    };

    /// <summary>A request that no rule allows: the value that tells rules apart is another.</summary>
    public static RequestAttributes Denied(RuleShape shape, int i) => shape switch
    {
        RuleShape.Principals => Allowed(shape, i) with { SourcePrincipal = "spiffe://cluster.local/ns/other/sa/nobody" },
        RuleShape.Paths => Allowed(shape, i) with { Path = "/admin" + Path(shape, i) },
        RuleShape.Blocks => Allowed(shape, i) with { SourceIp = IpAddress.Parse("192.168.1.1") },
        _ => Allowed(shape, i) with { Claims = null, Token = TokenState.Absent },
    };

    private static AuthorizationPolicy Policy(RuleShape shape, int i) => new()
    {
        Id = new ResourceId(ResourceKind.AuthorizationPolicy, "apps", $"rule{i}"),
        Selector = new WorkloadSelector(Workload.Labels),
        Rules =
        [
            new Rule
            {
                From = [new RuleFrom(Source(shape, i))],
                To = [new RuleTo(new Operation { Methods = ["GET", "POST"], Paths = [Path(shape, i) + "*"] })],
                When = shape == RuleShape.Claims ? [new Condition("request.auth.claims[groups]", [$"group{i}"], [])] : [],
            },
        ],
    };

    private static Source Source(RuleShape shape, int i) => shape == RuleShape.Blocks
        ? new() { IpBlocks = [$"10.{i / 256}.{i % 256}.0/24"] }
        : new() { Principals = [Principal(shape, i)] };

    private static string Principal(RuleShape shape, int i) =>
        shape == RuleShape.Principals ? $"cluster.local/ns/ns{i % 10}/sa/sa{i}" : "cluster.local/ns/ns0/sa/caller";

    private static string Path(RuleShape shape, int i) =>
        shape is RuleShape.Principals or RuleShape.Paths ? $"/api/v1/res{i}/" : "/api/v1/res/";
}
