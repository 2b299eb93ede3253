using FsCheck;
using FsCheck.Fluent;
using MeshCA.Agent.Registration;
using MeshCA.Agent.Uptake;
using SpiffeIdentity.Bundles;
using Xunit;

namespace MeshCA.Tests.Agent.Uptake;

public sealed class UptakeLedgerTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly X509BundleDigest Old = Digest(1);
    private static readonly X509BundleDigest New = Digest(2);

    private readonly UptakeLedger _ledger = new(Patience);
    private DateTimeOffset _now = Start;

    [Fact]
    public void Without_streams_every_bundle_is_in_use()
    {
        Follow(1, Old);
        Assert.True(_ledger.IsInUse);
        Follow(2, New);
        Assert.True(_ledger.IsInUse);
        Assert.Equal(2, _ledger.Revision);
    }

    [Fact]
    public void A_bundle_is_in_use_once_the_last_stream_has_taken_it()
    {
        Follow(1, Old);
        var (one, other) = (Member(1), Member(2));
        Report(one, Old);
        Report(other, Old);
        Follow(2, New);
        Assert.False(_ledger.IsInUse);
        Report(one, New);
        Assert.False(_ledger.IsInUse);
        Assert.Same(other, Assert.Single(_ledger.Lacking(10)));

        Report(other, New);
        Assert.True(_ledger.IsInUse);
        Assert.Empty(_ledger.Lacking(10));
    }

    [Fact]
    public void A_stream_that_ends_is_waited_for_no_longer()
    {
        var member = Member(1);
        Report(member, Old);
        Follow(1, New);
        Assert.False(_ledger.IsInUse);
        _ledger.Leave(member);

        Assert.True(_ledger.IsInUse);
    }

    [Fact]
    public void A_state_with_the_same_roots_waits_for_nobody_whoever_came_meanwhile()
    {
        Follow(1, New);
        _ledger.Report(Member(1), UptakeReport.None, _now);
        Assert.Equal(1, _ledger.Count(UptakeStanding.Awaited));
        Follow(2, New);

        Assert.True(_ledger.IsInUse);
    }

    [Fact]
    public void Who_comes_while_others_are_waited_for_is_waited_for_too()
    {
        var (one, late) = (Member(1), Member(2));
        Report(one, Old);
        Follow(1, New);
        _ledger.Report(late, UptakeReport.None, _now);
        Report(one, New);
        Assert.False(_ledger.IsInUse);

        Report(late, New);
        Assert.True(_ledger.IsInUse);
    }

    [Fact]
    public void A_refusal_holds_the_bundle_up_for_as_long_as_its_stream_is_open_and_nobody_ends_it()
    {
        var member = Member(1);
        Report(member, Old);
        Follow(1, New);
        Refuse(member, New, "no such curve");
        Pass(TimeSpan.FromDays(3));
        Assert.Empty(_ledger.GiveUp(_now));
        Assert.False(_ledger.IsInUse);
        Assert.Equal((UptakeStanding.Refused, "no such curve"), (_ledger.Lacking(1)[0].Standing, _ledger.Lacking(1)[0].Report.Reason));

        _ledger.Leave(member);
        Assert.True(_ledger.IsInUse);
    }

    [Fact]
    public void A_refusal_of_what_was_in_use_takes_that_back_until_it_is_taken()
    {
        Follow(1, New);
        var member = Member(1);
        Refuse(member, New, "");
        Assert.False(_ledger.IsInUse);
        Report(member, New);

        Assert.True(_ledger.IsInUse);
    }

    // ALL holds the roots of federated trust domains too: what is wrong with those is no matter of the own.
    [Fact]
    public void A_refusal_of_something_else_by_a_stream_that_has_the_roots_holds_nothing_up()
    {
        Follow(1, New);
        _ledger.Report(Member(1), new UptakeReport(New, New, "a federated root"), _now);
        _ledger.Report(Member(2), new UptakeReport(New, Old, "long ago"), _now);

        Assert.True(_ledger.IsInUse);
    }

    [Fact]
    public void A_silent_stream_is_given_up_when_its_time_is_over_and_not_before()
    {
        var member = Member(1);
        Report(member, Old);
        Pass(Patience * 2); // nobody waits for anything yet
        Follow(1, New);
        Pass(Patience - TimeSpan.FromTicks(1));
        Assert.Empty(_ledger.GiveUp(_now));
        Pass(TimeSpan.FromTicks(1));

        Assert.Same(member, Assert.Single(_ledger.GiveUp(_now)));
        Assert.True(member.IsGivenUp);
        Assert.True(_ledger.IsInUse);
        Report(member, Old); // what it says now is too late
        Assert.True(_ledger.IsInUse);
        Assert.Empty(_ledger.Lacking(10));
    }

    [Fact]
    public void A_stream_that_never_answers_is_left_alone_while_nothing_waits_for_it()
    {
        Follow(1, New);
        _ledger.Report(Member(1), UptakeReport.None, _now);
        Pass(TimeSpan.FromDays(1));

        Assert.Empty(_ledger.GiveUp(_now));
        Assert.Equal(1, _ledger.Count(UptakeStanding.Awaited));
    }

    [Fact]
    public void What_comes_back_again_and_again_without_an_answer_holds_up_for_one_patience_alone()
    {
        Report(Member(1), Old);
        Follow(1, New);
        Pass(Patience);
        Assert.Single(_ledger.GiveUp(_now));
        for (var i = 0; i < 3; i++)
        {
            var again = Member(1);
            _ledger.Report(again, UptakeReport.None, _now);
            Follow(i + 2, i % 2 == 0 ? Old : New);
            Assert.True(_ledger.IsInUse);
            Assert.Equal(1, _ledger.Count(UptakeStanding.Ignored));
            _ledger.Leave(again);
        }
    }

    [Fact]
    public void One_answer_and_its_process_is_waited_for_again()
    {
        Report(Member(1), Old);
        Follow(1, New);
        Pass(Patience);
        _ledger.GiveUp(_now);
        var again = Member(1);
        _ledger.Report(again, UptakeReport.None, _now);
        Report(again, New);
        Follow(2, Old);

        Assert.False(_ledger.IsInUse);
        Assert.Equal(1, _ledger.Count(UptakeStanding.Awaited));
    }

    [Fact]
    public void Silence_is_forgotten_after_an_hour()
    {
        Report(Member(1), Old);
        Follow(1, New);
        Pass(Patience);
        _ledger.GiveUp(_now);
        Pass(UptakeLedger.SilenceLasts);
        _ledger.Report(Member(1), UptakeReport.None, _now);
        Follow(2, Old);

        Assert.False(_ledger.IsInUse);
    }

    [Fact]
    public void A_silent_process_that_refuses_is_heard()
    {
        Report(Member(1), Old);
        Follow(1, New);
        Pass(Patience);
        _ledger.GiveUp(_now);
        Refuse(Member(1), New, "no");

        Assert.False(_ledger.IsInUse);
    }

    [Fact]
    public void Only_so_many_processes_are_remembered_for_their_silence()
    {
        Follow(1, New);
        Refuse(Member(0), New, ""); // so that all are waited for
        for (var i = 1; i <= UptakeLedger.MaxSilent + 1; i++)
        {
            _ledger.Report(Member(i), UptakeReport.None, _now);
        }

        Pass(Patience);
        Assert.Equal(UptakeLedger.MaxSilent + 1, _ledger.GiveUp(_now).Length);
        for (var i = 1; i <= UptakeLedger.MaxSilent + 1; i++)
        {
            _ledger.Report(Member(i), UptakeReport.None, _now);
        }

        Assert.Equal((UptakeLedger.MaxSilent, 1), (_ledger.Count(UptakeStanding.Ignored), _ledger.Count(UptakeStanding.Awaited)));
    }

    [Fact]
    public void Where_the_ca_asks_nothing_nobody_is_waited_for_or_ended()
    {
        Follow(1, null);
        Report(Member(1), Old);
        Refuse(Member(2), New, "no");
        Pass(Patience * 2);

        Assert.True(_ledger.IsInUse);
        Assert.Empty(_ledger.GiveUp(_now));
        Assert.Empty(_ledger.Lacking(10));
    }

    [Fact]
    public void Who_refuses_is_named_before_who_is_slow()
    {
        var (slow, refuses) = (Member(1), Member(2));
        Report(slow, Old);
        Report(refuses, Old);
        Follow(1, New);
        Pass(TimeSpan.FromSeconds(1));
        Refuse(refuses, New, "no");

        Assert.Equal([refuses, slow], _ledger.Lacking(10));
        Assert.Same(refuses, Assert.Single(_ledger.Lacking(1)));
    }

    // Whatever happens in whichever order: counts are those of the members, and what is in use is refused by nobody.
    [Fact]
    public void Counts_and_verdict_hold_after_any_history()
    {
        var step =
            from kind in Gen.Choose(0, 6)
            from who in Gen.Choose(0, 3)
            from which in Gen.Choose(1, 2)
            select (Kind: kind, Who: who, Which: which);
        Prop.ForAll(step.ListOf().ToArbitrary(), steps =>
        {
            var (ledger, now, revision) = (new UptakeLedger(Patience), Start, 0L);
            UptakeMember?[] members = new UptakeMember?[4];
            foreach (var (kind, who, which) in steps)
            {
                now += TimeSpan.FromSeconds(10);
                var member = members[who] is { IsGivenUp: false } open ? open : members[who] = Member(who);
                switch (kind)
                {
                    case 0: ledger.Follow(++revision, Digest(which), now); break;
                    case 1: ledger.Follow(++revision, null, now); break;
                    case 2: ledger.Report(member, UptakeReport.None, now); break;
                    case 3: ledger.Report(member, new(Digest(which), null, ""), now); break;
                    case 4: ledger.Report(member, new(Digest(3 - which), Digest(which), "no"), now); break;
                    case 5: ledger.Leave(member); break;
                    default: ledger.GiveUp(now); break;
                }

                var lacking = ledger.Lacking(100);
                foreach (var standing in new[] { UptakeStanding.Awaited, UptakeStanding.Refused, UptakeStanding.Ignored })
                {
                    Assert.Equal(lacking.Count(each => each.Standing == standing), ledger.Count(standing));
                }

                Assert.True(ledger.Count(UptakeStanding.HasThem) >= 0);
                Assert.True(!ledger.IsInUse || ledger.Count(UptakeStanding.Refused) == 0);
                Assert.True(ledger.IsInUse || !lacking.IsEmpty);
            }
        }).QuickCheckThrowOnFailure();
    }

    private static X509BundleDigest Digest(int number)
    {
        var bytes = new byte[X509BundleDigest.Length];
        bytes[0] = (byte)number;
        return X509BundleDigest.TryRead(bytes, out var digest) ? digest : throw new InvalidOperationException();
    }

    private static UptakeMember Member(int process) =>
        new(UptakeKind.Secrets, new WorkloadPeer(process, 1000, 1000), "", () => Task.CompletedTask);

    private void Pass(TimeSpan time) => _now += time;

    private void Follow(long revision, X509BundleDigest? wanted) => _ledger.Follow(revision, wanted, _now);

    private void Report(UptakeMember member, X509BundleDigest inUse) => _ledger.Report(member, new(inUse, null, ""), _now);

    private void Refuse(UptakeMember member, X509BundleDigest refused, string reason) => _ledger.Report(member, new(Old, refused, reason), _now);
}
