using AuthzEngine.Inventories;
using AuthzEngine.Policies;
using AuthzEngine.Requests;

namespace AuthzEngine.Tests.Analysis;

/// <summary>A small inventory: a workload, and a waypoint of its service.</summary>
internal static class There
{
    public static Inventory Inventory { get; } = new(
        [
            new(
                "cart",
                new() { Namespace = "shop", Labels = new Dictionary<string, string> { ["app"] = "cart" }, ServiceAccount = "cart" },
                [],
                [new(8080, RequestProtocol.Http), new(5432, RequestProtocol.Tcp)]),
            new(
                "waypoint",
                new()
                {
                    Namespace = "shop",
                    Labels = new Dictionary<string, string> { [Workload.GatewayNameLabel] = "way" },
                    ServiceAccount = "way",
                    Proxy = ProxyKind.Waypoint,
                    Service = new("shop", "cart"),
                },
                [],
                []),
        ],
        ["shop", "web"],
        [new("shop", "cart"), new("shop", "bare")]);
}
