using FsCheck;
using MeshCA.Issuance;
using TestSupport;
using Xunit;

namespace MeshCA.Tests.Issuance;

public sealed class ValidityPlannerTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    // asked for, left to the authority, allowed by the evidence -> granted (all in seconds; null evidence: no bound; null: refused)
    public static TheoryData<long, long, long?, long?> Lifetimes() =>
    [
        new(0, 2_592_000, null, 86_400) { Label = "none asked for: the default" },
        new(-1, 2_592_000, null, 86_400) { Label = "negative: the default" },
        new(1, 2_592_000, null, 1) { Label = "one second is honoured" },
        new(86_400, 2_592_000, null, 86_400) { Label = "what agents ask for" },
        new(1_296_000, 2_592_000, null, 1_296_000) { Label = "the maximum" },
        new(1_296_001, 2_592_000, null, 1_296_000) { Label = "above the maximum: clamped" },
        new(251_700_000_000, 2_592_000, null, 1_296_000) { Label = "beyond the year 9999: clamped" },
        new(922_337_203_685, 2_592_000, null, 1_296_000) { Label = "the longest a TimeSpan holds: clamped" },
        new(86_400, 86_400, null, 86_400) { Label = "ends with the authority" },
        new(86_400, 86_399, null, 86_399) { Label = "would outlive the authority: clamped" },
        new(86_400, 300, null, 300) { Label = "the authority is at the floor" },
        new(86_400, 299, null, null) { Label = "the authority is below the floor" },
        new(86_400, 0, null, null) { Label = "the authority ends now" },
        new(86_400, -1, null, null) { Label = "the authority has ended" },
        new(86_400, 2_592_000, 3_600, 3_600) { Label = "the token behind a renewal allows less" },
        new(86_400, 2_592_000, 0, null) { Label = "the token behind a renewal is too old" },
    ];

    [Theory]
    [MemberData(nameof(Lifetimes))]
    public void Lifetime_is_granted_within_the_limits(long asked, long left, long? evidence, long? granted)
    {
        var plan = Plan(Now, TimeSpan.FromSeconds(asked), Now.AddSeconds(left), evidence is { } e ? Now.AddSeconds(e) : null);
        Assert.Equal(granted is { } g ? Now.AddSeconds(g) : null, (plan as ValidityPlan.Planned)?.NotAfter);
    }

    [Fact]
    public void A_lifetime_shorter_than_asked_for_is_marked_as_clamped()
    {
        Assert.True(((ValidityPlan.Planned)Plan(Now, TimeSpan.FromDays(16), Now.AddDays(30), null)).Clamped);
        Assert.False(((ValidityPlan.Planned)Plan(Now, TimeSpan.FromDays(15), Now.AddDays(30), null)).Clamped);
    }

    [Fact]
    public void Validity_begins_two_minutes_before_now_in_whole_seconds()
    {
        var plan = (ValidityPlan.Planned)Plan(Now.AddMilliseconds(999), TimeSpan.Zero, Now.AddDays(30), null);
        Assert.Equal(Now.AddMinutes(-2), plan.NotBefore);
        Assert.Equal(Now.AddHours(24), plan.NotAfter);
    }

    [Fact]
    public void No_svid_outlives_its_signing_authority_or_its_evidence() =>
        FsCheck.Fluent.Prop.ForAll<int, int, int>((asked, left, evidence) =>
            Plan(Now, TimeSpan.FromMinutes(asked), Now.AddMinutes(left), Now.AddMinutes(evidence)) is not ValidityPlan.Planned planned
            || (planned.NotAfter <= Now.AddMinutes(left) && planned.NotAfter <= Now.AddMinutes(evidence) && planned.NotBefore < planned.NotAfter))
        .QuickCheckThrowOnFailure();

    // lifetime asked for and share that chance may cut, roll -> seconds cut
    public static TheoryData<int, double, double, int> Cuts() =>
    [
        new(86_400, 0.1, 0, 0) { Label = "chance cuts nothing" },
        new(86_400, 0.1, 0.5, 4_320) { Label = "half of the share" },
        new(86_400, 0.1, 0.999_999_9, 8_639) { Label = "nearly the share, whole seconds" },
        new(86_400, 0, 0.9, 0) { Label = "no share" },
        new(61, 0.5, 0.999_999_9, 0) { Label = "less than a second above the shortest" },
        new(70, 0.5, 0.999_999_9, 9) { Label = "never below the shortest" },
        new(60, 0.5, 0.9, 0) { Label = "the shortest" },
        new(10, 0.5, 0.9, 0) { Label = "shorter anyway" },
    ];

    [Theory]
    [MemberData(nameof(Cuts))]
    public void Chance_cuts_off_its_part_of_a_lifetime(int asked, double share, double roll, int cut)
    {
        var plan = (ValidityPlan.Planned)ValidityPlanner.Plan(
            Now, TimeSpan.FromSeconds(asked), MeshAuthority.Lifetimes with { Jitter = share }, Now.AddDays(30), null, roll);
        Assert.Equal(Now.AddSeconds(asked - cut), plan.NotAfter);
        Assert.Equal(TimeSpan.FromSeconds(cut), plan.Cut);
        Assert.False(plan.Clamped);
    }

    [Fact]
    public void Chance_never_makes_a_leaf_longer_nor_shorter_than_it_may() =>
        FsCheck.Fluent.Prop.ForAll<PositiveInt, PositiveInt, byte>((asked, left, rolled) =>
        {
            var policy = MeshAuthority.Lifetimes with { Jitter = 0.3, AuthorityFloor = TimeSpan.FromSeconds(1) };
            var (lifetime, end) = (TimeSpan.FromSeconds(asked.Get * 100L), Now.AddSeconds(left.Get * 100L));
            if (ValidityPlanner.Plan(Now, lifetime, policy, end, null, rolled / 256.0) is not ValidityPlan.Planned cut
                || ValidityPlanner.Plan(Now, lifetime, policy, end, null, 0) is not ValidityPlan.Planned whole)
            {
                return false;
            }

            var (given, full) = (cut.NotAfter - Now, whole.NotAfter - Now);
            return given <= full && given <= lifetime && given <= policy.Max && cut.NotAfter <= end && cut.Clamped == whole.Clamped
                && (given >= full * 0.7 || given >= LifetimePolicy.ShortestAfterCut)
                && (given == full || given >= LifetimePolicy.ShortestAfterCut) && given + cut.Cut == full;
        }).QuickCheckThrowOnFailure();

    // istio-ca §6.2: an agent renews at NotAfter - (0.5 +- 0.01) of its life, ztunnel at half; both follow NotAfter.
    [Fact]
    public void A_fleet_issued_in_one_second_renews_over_an_hour()
    {
        var policy = MeshAuthority.Lifetimes with { Jitter = 0.1 };
        const int fleet = 10_000;
        var renewals = Enumerable.Range(0, fleet)
            .Select(i => (ValidityPlan.Planned)ValidityPlanner.Plan(Now, TimeSpan.Zero, policy, Now.AddDays(30), null, i / (double)fleet))
            .Select(plan => (plan.NotAfter - Now) / 2)
            .ToList();
        Assert.True(renewals.Max() - renewals.Min() > TimeSpan.FromMinutes(70));
        Assert.True(renewals.GroupBy(at => (int)at.TotalMinutes).Max(minute => minute.Count()) < fleet / 60);
    }

    private static ValidityPlan Plan(DateTimeOffset now, TimeSpan asked, DateTimeOffset authorityNotAfter, DateTimeOffset? evidence) =>
        ValidityPlanner.Plan(now, asked, MeshAuthority.Lifetimes, authorityNotAfter, evidence, roll: 0);
}
