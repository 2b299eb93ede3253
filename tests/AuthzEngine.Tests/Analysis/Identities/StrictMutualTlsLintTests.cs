using AuthzEngine.Analysis;
using AuthzEngine.Diagnostics;
using AuthzEngine.Policies;
using Xunit;

namespace AuthzEngine.Tests.Analysis.Identities;

public sealed class StrictMutualTlsLintTests
{
    public static TheoryData<PolicyAction, bool, MutualTlsMode, Severity?> Uses() =>
    [
        new(PolicyAction.Deny, false, MutualTlsMode.Permissive, Severity.Warning),
        new(PolicyAction.Deny, false, MutualTlsMode.Unset, Severity.Warning),
        new(PolicyAction.Deny, false, MutualTlsMode.Strict, null),
        new(PolicyAction.Deny, true, MutualTlsMode.Permissive, null),
        new(PolicyAction.Allow, true, MutualTlsMode.Permissive, Severity.Warning),
        new(PolicyAction.Allow, true, MutualTlsMode.Strict, null),
        new(PolicyAction.Allow, false, MutualTlsMode.Permissive, Severity.Info),
        new(PolicyAction.Allow, false, MutualTlsMode.Disable, Severity.Warning),
        new(PolicyAction.Allow, false, MutualTlsMode.Unset, null),
        new(PolicyAction.Allow, false, MutualTlsMode.Strict, null),
    ];

    [Theory, MemberData(nameof(Uses))]
    public void Plaintext_has_no_identity(PolicyAction action, bool negated, MutualTlsMode mode, Severity? said)
    {
        var rule = Written.From(negated ? new Source { NotNamespaces = ["a"] } : new Source { Namespaces = ["a"] });
        var finding = Linted.Findings(Written.Policy(action, rule), Written.Peers() with { Mode = mode })
            .SingleOrDefault(finding => finding.Code == LintCodes.IdentityNeedsStrict);
        Assert.Equal(said, finding?.Severity);
    }

    [Fact]
    public void Who_asks_for_no_identity_means_plaintext() => Assert.False(Linted.Says(
        LintCodes.IdentityNeedsStrict, Written.Allow(Written.From(new Source { NotPrincipals = ["*"] }))));

    [Fact]
    public void Gateways_and_waypoints_have_identities_of_their_own_kind() => Assert.False(Linted.Says(
        LintCodes.IdentityNeedsStrict,
        Written.Deny(Written.From(new Source { Namespaces = ["a"] })) with { TargetRefs = [new("", "Service", "cart", "")] }));
}
