using AuthzEngine.Policies;
using AuthzEngine.Requests;
using Xunit;
using static AuthzEngine.Tests.Written;

namespace AuthzEngine.Tests.Spec;

/// <summary>Authorization-policy §3.2 to §3.4, §3.8 and §3.10: fields of an operation, and conditions on headers.</summary>
public sealed class OperationSpecTests
{
    [Theory]
    [InlineData("GET", "GET", true)]
    [InlineData("GET", "get", false)]
    [InlineData("GET", "GETX", false)]
    [InlineData("G*", "GET", true)]
    [InlineData("GET*", "GET", true)]
    [InlineData("*T", "GET", true)]
    [InlineData("*T", "PUT", true)]
    [InlineData("*E*", "GET", false)]
    [InlineData("*E*", "GE*", true)]
    [InlineData("G*T", "GET", false)]
    [InlineData("G*T", "G*T", true)]
    [InlineData("*", "GET", true)]
    [InlineData("*", "", true)]
    public void S3_2_methods(string value, string method, bool matches)
    {
        var request = new RequestAttributes { Method = method };
        Both(matches, request, To(new Operation { Methods = [value] }), To(new Operation { NotMethods = [value] }));
        Both(matches, request, When("request.headers[:method]", value), WhenNot("request.headers[:Method]", value));
    }

    [Theory]
    [InlineData("example.com", "example.com", true)]
    [InlineData("Example.COM", "eXAMPLE.com", true)]
    [InlineData("example.com", "example.com:443", false)]
    [InlineData("example.com:*", "example.com:443", true)]
    [InlineData("example.com*", "EXAMPLE.com.evil", true)]
    [InlineData("*.example.com", "a.Example.com", true)]
    [InlineData("*.example.com", "example.com", false)]
    [InlineData("*.example.com", "a.example.com:443", false)]
    [InlineData("*.x:*", "a.x:80", false)]
    [InlineData("k", "\u212a", false)]
    [InlineData("*", "", true)]
    public void S3_4_hosts_are_compared_with_their_port_and_without_ascii_case(string value, string host, bool matches) => Both(
        matches, new() { Host = host }, To(new Operation { Hosts = [value] }), To(new Operation { NotHosts = [value] }));

    [Theory]
    [InlineData("/a", "/a", true)]
    [InlineData("/a", "/a?q=1", true)]
    [InlineData("/a", "/a#f", true)]
    [InlineData("/a", "/a/", false)]
    [InlineData("/a", "/A", false)]
    [InlineData("/a*", "/abc", true)]
    [InlineData("/a/*", "/a", false)]
    [InlineData("*.png", "/x/y.png?v=2", true)]
    [InlineData("*.png", "/x?y.png", false)]
    [InlineData("/a*b", "/axb", false)]
    [InlineData("/a*b", "/a*b", true)]
    [InlineData("*", "/", true)]
    [InlineData("*", "?q", false)]
    [InlineData("/a?q=1", "/a?q=1", false)]
    public void S3_2_paths_are_compared_without_query_and_fragment(string value, string path, bool matches) => Path(value, path, matches);

    [Theory]
    [InlineData("/a/{*}", "/a/b", true)]
    [InlineData("/a/{*}", "/a/", false)]
    [InlineData("/a/{*}", "/a", false)]
    [InlineData("/a/{*}", "/a/b/c", false)]
    [InlineData("/a/{*}", "/a/b?q=/c", true)]
    [InlineData("/a/{*}", "/a/-._~%!$&'()+,;:@=", true)]
    [InlineData("/a/{*}", "/a/*", false)]
    [InlineData("/a/{*}", "/a/\"", false)]
    [InlineData("/a/{*}", "/a/é", false)]
    [InlineData("/a/{*}/c", "/a/b/c", true)]
    [InlineData("/a/{*}/c", "/a/b/d", false)]
    [InlineData("/a/{*}/{*}", "/a/b/c", true)]
    [InlineData("/a/{**}", "/a", false)]
    [InlineData("/a/{**}", "/a/", true)]
    [InlineData("/a/{**}", "/a/b/c", true)]
    [InlineData("/a/{**}", "/a/b*c", false)]
    [InlineData("/{**}/z", "/z", false)]
    [InlineData("/{**}/z", "//z", true)]
    [InlineData("/{**}/z", "/x/z", true)]
    [InlineData("/{**}/z", "/x/y/z", true)]
    [InlineData("/{**}/z", "/x/y/zz", false)]
    [InlineData("/foo/{**}/", "/foo/bar/", true)]
    [InlineData("/foo/{**}/", "/foo//", true)]
    [InlineData("/foo/{**}/", "/foo/bar/baz.txt", false)]
    [InlineData("/foo/{**}/", "/foo/", false)]
    [InlineData("/{*}/b/{**}/d", "/a/b/c/d", true)]
    [InlineData("/{*}/b/{**}/d", "/a/b/d", false)]
    [InlineData("/A/{*}", "/a/b", false)]
    [InlineData("/a/{*}/", "/a/b/", true)]
    [InlineData("/a/{*}/", "/a/b", false)]
    public void S3_8_path_templates(string value, string path, bool matches) => Path(value, path, matches);

    [Fact]
    public void S3_8_a_template_is_one_by_its_own_braces_only() =>
        Assert.True(To(new Operation { Paths = ["/a/{*}", "/b*"] }).Matches(new() { Path = "/bcd/e" }));

    [Theory]
    [InlineData("80", 80, true)]
    [InlineData("0080", 80, true)]
    [InlineData("80", 8080, false)]
    [InlineData("0", 0, true)]
    [InlineData("65535", 65535, true)]
    public void S3_10_ports(string value, int port, bool matches)
    {
        var request = new RequestAttributes { DestinationPort = port };
        Both(matches, request, To(new Operation { Ports = [value] }), To(new Operation { NotPorts = [value] }));
        Both(matches, request, When("destination.port", value), WhenNot("destination.port", value));
    }

    private static void Path(string value, string path, bool matches) => Both(
        matches, new() { Path = path }, To(new Operation { Paths = [value] }), To(new Operation { NotPaths = [value] }));

    private static void Both(bool matches, RequestAttributes request, Rule positive, Rule negative)
    {
        Assert.Equal(matches, positive.Matches(request));
        Assert.Equal(!matches, negative.Matches(request));
    }
}
