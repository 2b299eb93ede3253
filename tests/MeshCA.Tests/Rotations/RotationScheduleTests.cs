using MeshCA.Authorities;
using MeshCA.Rotations;
using TestSupport;
using Xunit;

namespace MeshCA.Tests.Rotations;

/// <summary>When a rotation begins by itself (issue 4 §2: scheduled, by age or date).</summary>
public sealed class RotationScheduleTests
{
    private static readonly DateTimeOffset Made = StoreSamples.Now;

    private static AuthorityLife Root { get; } = new("r", AuthorityKind.Root, AuthorityState.Active, "r", Made, Made.AddDays(1000));

    // share of life, days from its making to the date; days to the rotation
    public static TheoryData<double, int?, int?> Times() => new()
    {
        { 0.8, null, 800 },
        { 0, null, null },
        { 0, 300, 300 },
        { 0, 0, null }, // a root that was made on that date is the one that was to come
        { 0, -1, null },
        { 0.8, 799, 799 },
        { 0.8, 801, 800 },
        { 0.8, -1, 800 },
    };

    [Theory, MemberData(nameof(Times))]
    public void It_is_due_at_a_share_of_the_roots_life_or_at_a_date_whichever_comes_first(double share, int? date, int? due)
    {
        var settings = MeshModel.Settings with { AtShareOfLife = share, At = date is { } days ? Made.AddDays(days) : null };
        Assert.Equal(due is { } at ? Made.AddDays(at) : null, RotationSchedule.DueAt(Root, settings));
    }

    [Fact]
    public void A_root_whose_key_is_elsewhere_is_never_due_by_itself()
    {
        var settings = MeshModel.Settings with { AtShareOfLife = 0.1, At = Made.AddDays(1) };
        Assert.Null(RotationSchedule.DueAt(Root with { HasKey = false }, settings));
        Assert.False(IsDue(settings, Made.AddDays(999), record => record with { HasKey = false }));
    }

    [Theory]
    [InlineData("", true)]
    [InlineData(nameof(RotationPhase.Completed), true)]
    [InlineData(nameof(RotationPhase.RolledBack), false)]
    [InlineData(nameof(RotationPhase.Distributing), false)]
    [InlineData(nameof(RotationPhase.Draining), false)]
    [InlineData(nameof(RotationPhase.Withdrawing), false)]
    public void One_begins_where_none_is_under_way_and_none_was_taken_back(string phase, bool begins)
    {
        var settings = MeshModel.Settings with { At = Made.AddDays(1) };
        var rotation = phase.Length == 0 ? null : new RotationRecord
        {
            Number = 1,
            Phase = Enum.Parse<RotationPhase>(phase),
            OldRoot = "q",
            NewRoot = "r",
            StartedAt = Made,
            PhaseSince = Made,
            Actor = "uid:0",
            TargetSequence = 2,
        };
        Assert.Equal(begins, IsDue(settings, Made.AddDays(1), rotation: rotation));
        Assert.False(IsDue(settings, Made.AddDays(1).AddTicks(-1), rotation: rotation));
    }

    [Theory]
    [InlineData(nameof(AuthorityKind.Root), nameof(AuthorityState.Prepared))]
    [InlineData(nameof(AuthorityKind.Root), nameof(AuthorityState.Old))]
    [InlineData(nameof(AuthorityKind.Intermediate), nameof(AuthorityState.Active))]
    public void Nothing_but_an_active_root_is_replaced(string kind, string state) => Assert.False(IsDue(
        MeshModel.Settings with { At = Made.AddDays(1) },
        Made.AddDays(2),
        record => record with { Kind = Enum.Parse<AuthorityKind>(kind), State = Enum.Parse<AuthorityState>(state) }));

    private static bool IsDue(
        RotationSettings settings, DateTimeOffset now, Func<AuthorityRecord, AuthorityRecord>? change = null, RotationRecord? rotation = null)
    {
        using var root = AuthorityFactory.CreateRoot(MeshAuthority.Settings, Made);
        var record = root.Record with { State = AuthorityState.Active, HasKey = true };
        return RotationSchedule.IsDue(new AuthoritySet(2, 2, [change?.Invoke(record) ?? record]) { Rotation = rotation }, settings, now);
    }
}
