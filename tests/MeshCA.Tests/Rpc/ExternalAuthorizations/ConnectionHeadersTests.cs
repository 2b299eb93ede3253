using AuthzEngine.Requests;
using MeshCA.Configuration;
using MeshCA.Decisions;
using MeshCA.Rpc.ExternalAuthorizations;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Xunit;

namespace MeshCA.Tests.Rpc.ExternalAuthorizations;

public sealed class ConnectionHeadersTests
{
    private const AttributeKinds Everything =
        AttributeKinds.SourcePrincipal | AttributeKinds.SourceIp | AttributeKinds.DestinationIp | AttributeKinds.DestinationPort | AttributeKinds.Sni;

    private static readonly DecisionCaller Itself = new("spiffe://cluster.local/ns/shop/sa/cart", SpeaksForOthers: false);

    private static readonly DecisionOptions All = new()
    {
        AddressHeader = "X-Real-IP",
        PeerHeader = "X-Forwarded-Client-Cert",
        DestinationHeader = "X-Destination",
        ServerNameHeader = "X-Server-Name",
    };

    private static readonly (string, string)[] Told =
    [
        ("x-real-ip", "192.0.2.7"), ("x-forwarded-client-cert", "By=spiffe://a/b;URI=spiffe://a/c"),
        ("x-destination", "10.0.0.1:8443"), ("x-server-name", "Cart.Example"),
    ];

    [Fact]
    public void What_a_trusted_proxy_tells_is_known()
    {
        Assert.True(new ConnectionHeaders(All).TryRead(Headers(Told), DecisionCaller.Local, out var connection));
        Assert.Equal(("spiffe://a/c", 8443, "cart.example", AttributeKinds.None),
            (connection.SourcePrincipal, connection.DestinationPort, connection.Sni, connection.Untold));
        Assert.Equal(("192.0.2.7", "10.0.0.1"), (connection.SourceIp.ToString(), connection.DestinationIp.ToString()));
    }

    [Fact]
    public void The_same_headers_tell_nothing_where_no_setting_names_them()
    {
        Assert.True(new ConnectionHeaders(new()).TryRead(Headers(Told), DecisionCaller.Local, out var connection));
        Assert.Equal((null, null, null, Everything), (connection.SourcePrincipal, connection.DestinationPort, connection.Sni, connection.Untold));
    }

    [Fact]
    public void Nor_where_the_caller_speaks_for_itself_alone()
    {
        Assert.True(new ConnectionHeaders(All).TryRead(Headers(Told), Itself, out var connection));
        Assert.Equal((null, null, null, Everything), (connection.SourcePrincipal, connection.DestinationPort, connection.Sni, connection.Untold));
    }

    [Fact]
    public void What_is_missing_or_empty_is_unknown()
    {
        Assert.True(new ConnectionHeaders(All).TryRead(Headers([]), DecisionCaller.Local, out var missing));
        Assert.True(new ConnectionHeaders(All).TryRead(Headers([.. Told.Select(header => (header.Item1, ""))]), DecisionCaller.Local, out var empty));
        Assert.Equal((Everything, Everything), (missing.Untold, empty.Untold));
    }

    [Theory]
    [InlineData("X-Destination", "[2001:db8::1]:443", true)]
    [InlineData("X-Destination", "10.0.0.1:0", true)]
    [InlineData("X-Destination", "10.0.0.1:65535", true)]
    [InlineData("X-Destination", "10.0.0.1:65536", false)]
    [InlineData("X-Destination", "10.0.0.1:-1", false)]
    [InlineData("X-Destination", "10.0.0.1", false)]
    [InlineData("X-Destination", "2001:db8::1:443", false)]
    [InlineData("X-Destination", "[10.0.0.1]:443", false)]
    [InlineData("X-Destination", "host:443", false)]
    [InlineData("X-Real-IP", "192.0.2.7, 192.0.2.8", false)]
    [InlineData("X-Real-IP", "unix:", false)]
    [InlineData("X-Server-Name", "a_b.example", true)]
    [InlineData("X-Server-Name", "a b", false)]
    [InlineData("X-Server-Name", "ex\u00e4mple", false)]
    [InlineData("X-Forwarded-Client-Cert", "spiffe://a/b", false)]
    public void What_cannot_be_read_is_an_error_and_not_unknown(string name, string value, bool expected) =>
        Assert.Equal(expected, new ConnectionHeaders(All).TryRead(Headers([(name, value)]), DecisionCaller.Local, out _));

    [Theory]
    [InlineData(255, true)]
    [InlineData(256, false)]
    public void A_server_name_has_at_most_255_characters(int length, bool expected) => Assert.Equal(
        expected, new ConnectionHeaders(All).TryRead(Headers([("X-Server-Name", new string('a', length))]), DecisionCaller.Local, out _));

    [Theory]
    [InlineData("X-Real-IP", "192.0.2.7", false)]
    [InlineData("X-Destination", "10.0.0.1:8443", false)]
    [InlineData("X-Server-Name", "cart.example", false)]
    [InlineData("X-Forwarded-Client-Cert", "URI=spiffe://a/b", true)]
    public void A_header_that_is_there_twice_is_an_error_unless_its_lines_are_one_list(string name, string value, bool expected) =>
        Assert.Equal(expected, new ConnectionHeaders(All).TryRead(Headers([(name, value), (name, value)]), DecisionCaller.Local, out _));

    private static HeaderDictionary Headers((string Name, string Value)[] lines)
    {
        var headers = new HeaderDictionary();
        foreach (var (name, value) in lines)
        {
            headers[name] = StringValues.Concat(headers[name], value);
        }

        return headers;
    }
}
