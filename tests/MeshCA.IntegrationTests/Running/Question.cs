using MeshCA.Wire.Envoy.Auth.V3;
using MeshCA.Wire.Envoy.Core.V3;
using TestSupport;

namespace MeshCA.IntegrationTests.Running;

/// <summary>Questions as Envoy's filters ask them.</summary>
internal static class Question
{
    /// <summary>About an HTTP request from <c>web/shop</c>.</summary>
    /// <param name="destination">The account of the workload; null where the proxy has no certificate to report.</param>
    public static CheckRequest Http(string? destination, string method = "GET", string path = "/") => About(destination, new()
    {
        Http = new AttributeContext.Types.HttpRequest
        {
            Method = method,
            Path = path,
            Host = "cart.shop.svc.cluster.local",
            Scheme = "http",
            Protocol = "HTTP/1.1",
            Headers = { { ":method", method }, { ":path", path }, { "user-agent", "test" } },
        },
    });

    /// <summary>About a connection from <c>web/shop</c>.</summary>
    public static CheckRequest Tcp(string? destination) => About(destination, null);

    private static CheckRequest About(string? destination, AttributeContext.Types.Request? request) => new()
    {
        Attributes = new AttributeContext
        {
            Source = new() { Principal = TestPolicies.IdOf("web/shop"), Address = Socket("10.1.2.3", 41234) },
            Destination = new() { Principal = destination is null ? "" : TestPolicies.IdOf(destination), Address = Socket("10.1.9.9", 8080) },
            Request = request,
        },
    };

    private static Address Socket(string address, uint port) => new() { SocketAddress = new() { Address = address, PortValue = port } };
}
