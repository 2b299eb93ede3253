using MeshCA.Issuance;
using MeshCA.Revocations;
using MeshCA.Revocations.Lists;
using TestSupport;
using Xunit;

namespace MeshCA.Tests.Revocations.Lists;

public sealed class LintedListTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Only_bytes_that_say_what_was_planned_are_signed()
    {
        using var root = MeshAuthority.Root(Now);
        var plan = Plan(root.Name);
        var tbs = ListBuilder.Build(plan);
        Assert.True(LintedList.TryLint(tbs, plan, out _));

        ListPlan[] others =
        [
            plan with { Number = 6 },
            plan with { ThisUpdate = Now.AddSeconds(1) },
            plan with { NextUpdate = Now.AddDays(2) },
            plan with { Entries = [] },
            plan with { Entries = [plan.Entries[0], plan.Entries[0]] },
            plan with { Issuer = plan.Issuer with { KeyIdentifier = new byte[] { 1 } } },
            plan with { Issuer = plan.Issuer with { Subject = DistinguishedName.Empty } },
            plan with { Issuer = plan.Issuer with { SignatureAlgorithm = "1.2.3" } },
        ];
        Assert.All(others, other => Assert.False(LintedList.TryLint(tbs, other, out _)));
    }

    [Fact]
    public void An_authority_signs_its_own_list_and_no_other()
    {
        using var root = MeshAuthority.Root(Now);
        using var other = MeshAuthority.Root(Now);
        var plan = Plan(root.Name);
        Assert.True(LintedList.TryLint(ListBuilder.Build(plan), plan, out var linted));
        Assert.True(root.Verifies(root.Sign(linted)));
        Assert.Throws<ArgumentException>(() => other.Sign(linted));
    }

    private static ListPlan Plan(IssuerName issuer) => new()
    {
        Issuer = issuer,
        Number = 5,
        ThisUpdate = Now,
        NextUpdate = Now.AddDays(1),
        Entries = [TestRevocations.Of(RevocationKind.Certificate, "77") with { Serial = new(77), Code = RevocationCode.KeyCompromise }],
    };
}
