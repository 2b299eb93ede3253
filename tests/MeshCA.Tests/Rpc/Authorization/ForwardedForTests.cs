using MeshCA.Rpc.Authorization;
using Xunit;

namespace MeshCA.Tests.Rpc.Authorization;

public sealed class ForwardedForTests
{
    // list, trusted hops, the client's address; empty: the direct peer's counts
    public static TheoryData<string, int, string> Lists() =>
    [
        new("203.0.113.9", 0, "203.0.113.9") { Label = "one entry" },
        new("198.51.100.1, 203.0.113.9", 0, "203.0.113.9") { Label = "the last one" },
        new("198.51.100.1, 203.0.113.9", 1, "198.51.100.1") { Label = "one trusted hop" },
        new("203.0.113.9", 1, "") { Label = "more hops than entries" },
        new("6.6.6.6,198.51.100.1 ,203.0.113.9", 1, "198.51.100.1") { Label = "what a client wrote does not count" },
        new("2001:db8::1", 0, "2001:db8::1") { Label = "IPv6" },
        new("203.0.113.9:80", 0, "") { Label = "an address with a port" },
        new("unknown", 0, "") { Label = "no address" },
        new("203.0.113.9,", 0, "") { Label = "an empty entry" },
        new("", 0, "") { Label = "empty" },
    ];

    [Theory, MemberData(nameof(Lists))]
    public void The_client_is_the_entry_before_the_trusted_hops(string list, int hops, string expected)
    {
        Assert.Equal(expected.Length > 0, ForwardedFor.TryRead(list, hops, out var address));
        Assert.Equal(expected, address.ToString());
    }
}
