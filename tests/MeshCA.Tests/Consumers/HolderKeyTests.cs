using MeshCA.Consumers;
using Xunit;

namespace MeshCA.Tests.Consumers;

public sealed class HolderKeyTests
{
    private static readonly HolderKey InPod = HolderKey.Of("spiffe://td/a", "pod-1", "ipv4:10.0.0.1:1");
    private static readonly HolderKey AtAddress = HolderKey.Of("spiffe://td/a", null, "ipv4:10.0.0.1:1");

    [Theory]
    [InlineData("spiffe://td/a", "pod-1", "ipv4:10.0.0.2:9", true)]
    [InlineData("spiffe://td/a", "pod-1", null, true)]
    [InlineData("spiffe://td/a", "pod-2", "ipv4:10.0.0.1:1", false)]
    [InlineData("spiffe://td/b", "pod-1", "ipv4:10.0.0.1:1", false)]
    [InlineData("spiffe://td/a", "", "ipv4:10.0.0.1:1", false)]
    public void A_pod_is_told_by_identity_and_uid_wherever_it_calls_from(string subject, string? pod, string? peer, bool same) =>
        Assert.Equal(same, InPod == HolderKey.Of(subject, pod, peer));

    [Theory]
    [InlineData("spiffe://td/a", "ipv4:10.0.0.1:65535", true)]
    [InlineData("spiffe://td/a", "ipv4:10.0.0.2:1", false)]
    [InlineData("spiffe://td/b", "ipv4:10.0.0.1:1", false)]
    [InlineData("spiffe://td/a", "unix:", false)]
    [InlineData("spiffe://td/a", null, false)]
    public void Without_a_pod_the_address_tells_and_its_port_does_not(string subject, string? peer, bool same) =>
        Assert.Equal(same, AtAddress == HolderKey.Of(subject, null, peer));

    [Fact]
    public void A_pod_whose_uid_reads_like_an_address_is_not_that_address() =>
        Assert.NotEqual(AtAddress, HolderKey.Of("spiffe://td/a", "ipv4:10.0.0.1", null));

    [Fact]
    public void The_longest_texts_have_keys_of_their_own()
    {
        var (subject, pod) = ("spiffe://td/" + new string('a', 2_036), new string('p', 4_096));
        Assert.NotEqual(HolderKey.Of(subject, pod, null), HolderKey.Of(subject, pod[1..] + "q", null));
    }

    [Theory]
    [InlineData("ipv4:10.0.0.1:4711", "ipv4:10.0.0.1")]
    [InlineData("ipv6:[fe80::1]:4711", "ipv6:[fe80::1]")]
    [InlineData("unix:", "unix:")]
    [InlineData("ipv4:", "ipv4")]
    [InlineData("", "")]
    public void A_port_is_cut_off(string peer, string expected) => Assert.Equal(expected, PeerText.WithoutPort(peer));
}
