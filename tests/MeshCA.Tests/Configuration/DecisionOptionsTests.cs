using System.ComponentModel.DataAnnotations;
using System.IO;
using MeshCA.Configuration;
using Microsoft.Extensions.Options;
using Xunit;

namespace MeshCA.Tests.Configuration;

public sealed class DecisionOptionsTests
{
    private const string Cart = "spiffe://cluster.local/ns/shop/sa/cart";
    private const string Gateway = "spiffe://cluster.local/ns/istio-system/sa/gateway";

    [Fact]
    public void A_user_asks_as_the_identity_it_is_bound_to_with_that_identitys_rights()
    {
        var peers = new DecisionOptions
        {
            TrustedCallers = [Gateway],
            Socket = "/run/meshca/decisions.sock",
            SocketPeers = [$"1337={Cart}", $"1338={Gateway}", "33=*"],
        }.ToSocketPeers();

        Assert.Equal((Cart, false), (peers[1337].Identity, peers[1337].SpeaksForOthers));
        Assert.Equal((Gateway, true), (peers[1338].Identity, peers[1338].SpeaksForOthers));
        Assert.Equal((null, true), (peers[33].Identity, peers[33].SpeaksForOthers));
        Assert.False(peers.ContainsKey(0));
    }

    public static TheoryData<string, string[], string?> Sockets() =>
    [
        new("", [], null) { Label = "none" },
        new("/run/d.sock", ["0=*"], null) { Label = "root by name" },
        new("run/d.sock", ["33=*"], "absolute") { Label = "a relative path" },
        new("/" + new string('d', 106), ["33=*"], null) { Label = "the longest path" },
        new("/" + new string('d', 107), ["33=*"], "absolute") { Label = "one byte more" },
        new("/run/d.sock", [], "belong together") { Label = "nobody is named" },
        new("", ["33=*"], "belong together") { Label = "no socket" },
        new("/run/d.sock", ["33"], "neither") { Label = "as whom?" },
        new("/run/d.sock", ["33="], "neither") { Label = "as nobody" },
        new("/run/d.sock", ["www-data=*"], "neither") { Label = "a name" },
        new("/run/d.sock", ["-1=*"], "neither") { Label = "a negative number" },
        new("/run/d.sock", ["4294967294=*"], null) { Label = "the largest number" },
        new("/run/d.sock", ["4294967295=*"], "neither") { Label = "the number of nobody" },
        new("/run/d.sock", ["33=cluster.local/ns/shop/sa/cart"], "neither") { Label = "no SPIFFE ID" },
        new("/run/d.sock", ["33=*", $"33={Cart}"], "more than once") { Label = "twice" },
    ];

    [Theory, MemberData(nameof(Sockets))]
    public void A_socket_and_its_users_are_given_together_and_without_doubt(string socket, string[] peers, string? fault)
    {
        var options = new DecisionOptions { Socket = socket, SocketPeers = peers };
        var faults = options.Validate(new ValidationContext(options)).ToList();

        if (fault is null)
        {
            Assert.Empty(faults);
        }
        else
        {
            Assert.Contains(faults, found => found.ErrorMessage!.Contains(fault, StringComparison.Ordinal));
        }
    }

    [Theory]
    [InlineData("0660", UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.GroupWrite)]
    [InlineData("600", UnixFileMode.UserRead | UnixFileMode.UserWrite)]
    public void The_mode_is_octal(string text, UnixFileMode expected) => Assert.Equal(expected, new DecisionOptions { SocketMode = text }.ToSocketMode());

    [Theory]
    [InlineData("0668")]
    [InlineData("66")]
    [InlineData("04660")]
    [InlineData("rw-rw----")]
    public void Another_mode_is_refused(string text) =>
        Assert.True(new DecisionOptionsValidator().Validate(null, new DecisionOptions { SocketMode = text }).Failed);

    [Theory]
    [InlineData("/run/a.sock", "/run/a.sock", true)]
    [InlineData("/run/a.sock", "/run/b.sock", false)]
    [InlineData("", "", false)]
    public void The_two_sockets_differ(string admin, string decisions, bool failed) => Assert.Equal(
        failed,
        new SocketsDifferValidator(Options.Create(new ServerOptions { AdminSocket = admin })).Validate(null, new DecisionOptions { Socket = decisions }).Failed);
}
