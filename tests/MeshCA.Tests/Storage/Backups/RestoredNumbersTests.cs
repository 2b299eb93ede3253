using MeshCA.Authorities;
using MeshCA.Issuance;
using MeshCA.Revocations;
using MeshCA.Storage.Backups;
using Microsoft.Extensions.Logging.Abstractions;
using TestSupport;
using Xunit;
using static TestSupport.StoreSamples;

namespace MeshCA.Tests.Storage.Backups;

/// <summary>RFC 5280 §5.2.3 and SPIFFE Trust Domain and Bundle §4.1.1: numbers only grow, over a restore too.</summary>
public sealed class RestoredNumbersTests
{
    private static readonly RestoreMark Mark = new(Now.AddDays(1), 7, 3);

    private static readonly StoredRevocations Revocations = new()
    {
        Revision = 3,
        LastNumber = 2,
        LastListNumber = 40,
        Entries = [TestRevocations.Ban("spiffe://td/ns/a/sa/b", number: 2)],
        Lists = [new StoredList("aa11", 40, new byte[] { 1 })],
    };

    [Fact]
    public void Numbers_go_on_above_what_was_given_out_after_the_backup_and_lists_are_signed_anew()
    {
        var set = RestoredNumbers.Raise(new AuthoritySet(7, 5, []), Mark);
        Assert.Equal((1_000_007UL, 1_000_007UL), (set.Revision, set.BundleSequence));
        var revocations = RestoredNumbers.Raise(Revocations, Mark);
        Assert.Equal((1_000_003L, 1_000_002L, 1_000_040L), (revocations.Revision, revocations.LastNumber, revocations.LastListNumber));
        Assert.Empty(revocations.Lists);
        Assert.Equal(2, Assert.Single(revocations.Entries).Number);
    }

    [Fact]
    public void A_later_restore_of_the_same_backup_goes_on_above_what_the_first_gave_out()
    {
        var later = Mark with { AuthorityRevision = 7 + 3600, RevocationRevision = 3 + 3600 };
        var set = RestoredNumbers.Raise(new AuthoritySet(7, 5, []), later);
        Assert.Equal((1_003_607UL, 1_003_607UL), (set.Revision, set.BundleSequence));
        Assert.Same(set, RestoredNumbers.Raise(set, later));
        var revocations = RestoredNumbers.Raise(Revocations, later);
        Assert.Equal((1_003_603L, 1_003_602L, 1_003_640L), (revocations.Revision, revocations.LastNumber, revocations.LastListNumber));
        Assert.Same(revocations, RestoredNumbers.Raise(revocations, later));
    }

    // A replica's store that follows a secret may be past the mark before that is lost.
    [Fact]
    public void A_store_that_is_past_its_mark_goes_the_whole_step_all_the_same()
    {
        Assert.Equal(1_000_050UL, RestoredNumbers.Raise(new AuthoritySet(50, 50, []), Mark).Revision);
        var revocations = RestoredNumbers.Raise(Revocations with { Revision = 50 }, Mark);
        Assert.Equal((1_000_050L, 1_000_040L), (revocations.Revision, revocations.LastListNumber));
    }

    [Theory]
    [InlineData(nameof(RotationPhase.Distributing), true)]
    [InlineData(nameof(RotationPhase.Draining), true)]
    [InlineData(nameof(RotationPhase.Completed), false)]
    public void A_rotation_under_way_believes_nobody_by_a_sequence_of_the_time_that_is_lost(string name, bool asksAnew)
    {
        var phase = Enum.Parse<RotationPhase>(name);
        var set = RestoredNumbers.Raise(new AuthoritySet(7, 5, []) { Rotation = Rotation(phase) }, Mark);
        Assert.Equal(asksAnew ? 1_000_007UL : 5UL, set.Rotation!.TargetSequence);
        Assert.Equal(phase, set.Rotation.Phase);
    }

    [Fact]
    public void Nothing_is_raised_twice_nor_without_a_restore_nor_in_an_empty_store()
    {
        var set = new AuthoritySet(7, 5, []);
        Assert.Same(set, RestoredNumbers.Raise(set, null));
        Assert.Same(Revocations, RestoredNumbers.Raise(Revocations, null));
        var raised = RestoredNumbers.Raise(set, Mark) with { Revision = 1_000_050 };
        Assert.Same(raised, RestoredNumbers.Raise(raised, Mark));
        var lists = RestoredNumbers.Raise(Revocations, Mark);
        Assert.Same(lists, RestoredNumbers.Raise(lists, Mark));
        Assert.Same(StoredRevocations.None, RestoredNumbers.Raise(StoredRevocations.None, Mark with { RevocationRevision = 0 }));
        var empty = new AuthoritySet(0, 0, []);
        Assert.Same(empty, RestoredNumbers.Raise(empty, Mark with { AuthorityRevision = 0 }));
    }

    [Fact]
    public async Task A_start_that_died_between_both_is_gone_on_with_by_the_next()
    {
        var store = new MemoryStore();
        await store.TryApplyAsync(FirstChange(), default);
        await store.SaveRevocationsAsync(StoredRevocations.None, Revocations with { Revision = 1 }, [], default);
        var mark = new RestoreMark(Now, 1, 1);
        store.ChangeApplied = () => store.Fails = true;
        await Assert.ThrowsAsync<JournalUnavailableException>(() => RaiseAsync(store, mark));

        (store.ChangeApplied, store.Fails) = (null, false);
        await RaiseAsync(store, mark);
        await RaiseAsync(store, mark);
        Assert.Equal((1_000_001UL, 1_000_001UL), (store.Revision, store.BundleSequence));
        Assert.Equal(1_000_001, store.Revocations.Revision);
        Assert.Equal(
            [("authorities", "restored at 2026-01-01T00:00:00.0000000+00:00: bundle sequence 1 became 1000001"), ("revocations", "restored at 2026-01-01T00:00:00.0000000+00:00: list number 40 became 1000040")],
            store.Audit.Where(e => e.Action == "store.renumbered").Select(e => (e.Target, e.Detail)));
    }

    private static Task RaiseAsync(MemoryStore store, RestoreMark mark) =>
        RestoredNumbers.RaiseAsync(store, store, mark, Now, NullLogger.Instance, default);

    private static RotationRecord Rotation(RotationPhase phase) => new()
    {
        Number = 1,
        Phase = phase,
        OldRoot = "a",
        NewRoot = "b",
        StartedAt = Now,
        PhaseSince = Now,
        Actor = "uid:0",
        TargetSequence = 5,
    };
}
