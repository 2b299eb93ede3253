using AuthzEngine.Analysis;
using AuthzEngine.Policies;
using Xunit;

namespace AuthzEngine.Tests.Analysis.Attachments;

public sealed class PeerAuthenticationLintTests
{
    [Fact]
    public void The_second_of_a_scope_is_pointed_out() => Assert.Equal(
        "q",
        Linted.The(LintCodes.PeerAuthenticationDuplicate, Written.Peers(), Named(Written.Peers(Written.Labels()), "q")).Resource!.Name);

    [Fact]
    public void The_oldest_is_kept() => Assert.Equal(
        "p",
        Linted.The(
            LintCodes.PeerAuthenticationDuplicate,
            Written.Peers() with { CreationTimestamp = DateTimeOffset.UnixEpoch.AddDays(2) },
            Named(Written.Peers(), "q") with { CreationTimestamp = DateTimeOffset.UnixEpoch.AddDays(1) }).Resource!.Name);

    [Fact]
    public void Other_selectors_are_other_scopes() => Assert.False(Linted.Says(
        LintCodes.PeerAuthenticationDuplicate, Written.Peers(Written.Labels("app", "a")), Named(Written.Peers(Written.Labels("app", "b")), "q")));

    [Theory]
    [InlineData("istio-system", true)]
    [InlineData("shop", false)]
    public void A_selector_in_the_root_namespace_is_passed_over(string space, bool said) => Assert.Equal(said, Linted.Says(
        LintCodes.PeerAuthenticationIgnored,
        Written.Peers(Written.Labels("app", "a")) with { Id = new(ResourceKind.PeerAuthentication, space, "p") }));

    private static PeerAuthentication Named(PeerAuthentication policy, string name) => policy with { Id = Written.Id(ResourceKind.PeerAuthentication, name) };
}
