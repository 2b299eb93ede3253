using MeshCA.Authorities;
using MeshCA.Rotations;
using Xunit;

namespace MeshCA.Tests.Rotations;

public sealed class RotationCoordinatorTests : IDisposable
{
    private readonly MeshModel _mesh = new();

    private RotationPhase? Phase => _mesh.Authorities.Rotation?.Phase;

    public void Dispose() => _mesh.Dispose();

    [Fact]
    public async Task A_rotation_waits_for_every_holder_and_then_for_every_leaf()
    {
        await BeginAsync();
        var old = _mesh.Issue("late", TimeSpan.FromHours(20)); // with the new bundle: issued after the rotation began
        Assert.Equal(2, _mesh.Current.Roots.Count);
        Assert.Equal([false, true], await StepsAfterAsync(TimeSpan.FromMinutes(59), TimeSpan.FromMinutes(1)));
        Assert.Equal(RotationPhase.Draining, Phase);

        var next = _mesh.Issue("prompt", TimeSpan.FromHours(48));
        Assert.Equal(2, _mesh.Current.Intermediates.Count);
        foreach (var root in _mesh.Current.Roots)
        {
            Assert.True(_mesh.Accepts([root], next));
        }

        Assert.Equal([false, true], await StepsAfterAsync(old.NotAfter - _mesh.Clock.GetUtcNow() - TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1)));
        Assert.Equal(RotationPhase.Completed, Phase);
        Assert.Single(_mesh.Current.Roots);
        Assert.Single(_mesh.Current.Intermediates);
        Assert.Equal(2, _mesh.Current.ServingIntermediates.Count);
        Assert.True(_mesh.Accepts(_mesh.Current.Roots, next));
        Assert.Equal(
            ["root.created", "intermediate.created", "rotation.begun", "root.activated", "intermediate.created", "root.retired"],
            _mesh.Store.Audit.Select(e => e.Action));
    }

    [Fact]
    public async Task A_holder_without_the_new_bundle_keeps_the_new_root_from_signing_until_its_leaf_expires()
    {
        await _mesh.AdvanceAsync();
        var leaf = _mesh.Issue("stock agent", TimeSpan.FromHours(20));
        await BeginAsync();
        Assert.Equal([false, false], await StepsAfterAsync(TimeSpan.FromHours(10), TimeSpan.FromHours(9)));
        var guarded = Assert.IsType<RotationOutcome.Guarded>(await OrderAsync(new AuthorityCommand.Activate()));
        Assert.Equal(ConditionKind.Holders, Assert.Single(guarded.Unmet).Kind);
        Assert.Equal("stock agent", Assert.Single(guarded.Fleet.Laggards).Subject);
        Assert.Equal([true], await StepsAfterAsync(leaf.NotAfter - _mesh.Clock.GetUtcNow()));
    }

    [Fact]
    public async Task A_consumer_that_reports_is_waited_for()
    {
        await BeginAsync();
        _mesh.Consumers.Add(1);
        Assert.Equal([false], await StepsAfterAsync(TimeSpan.FromHours(5)));
        _mesh.Consumers[0] = (long)_mesh.Current.BundleSequence;
        Assert.Equal([true], await StepsAfterAsync(TimeSpan.Zero));
    }

    [Fact]
    public async Task Force_needs_no_condition_and_leaves_its_reason_in_the_audit()
    {
        await _mesh.AdvanceAsync();
        _mesh.Issue("stranded", TimeSpan.FromHours(20));
        await BeginAsync();
        Assert.IsType<RotationOutcome.Done>(await OrderAsync(new AuthorityCommand.Activate(), "the key was seen elsewhere"));
        Assert.Equal("rotation 1; forced: the key was seen elsewhere", _mesh.Store.Audit.Single(e => e.Action == "root.activated").Detail);
        var guarded = Assert.IsType<RotationOutcome.Guarded>(await OrderAsync(new AuthorityCommand.Retire()));
        Assert.Equal(1, guarded.Leaves);
    }

    [Fact]
    public async Task A_manual_rotation_takes_no_step_by_itself()
    {
        await _mesh.AdvanceAsync();
        await _mesh.Coordinator.BeginAsync(isManual: true, Context(), default);
        Assert.Equal([false], await StepsAfterAsync(TimeSpan.FromDays(2)));
        Assert.IsType<RotationOutcome.Done>(await OrderAsync(new AuthorityCommand.Activate()));
        Assert.Equal([false], await StepsAfterAsync(TimeSpan.FromDays(2)));
        Assert.IsType<RotationOutcome.Done>(await OrderAsync(new AuthorityCommand.Retire()));
    }

    [Fact]
    public async Task Rollback_lets_the_previous_root_sign_and_keeps_the_new_one_until_nothing_is_under_it()
    {
        await BeginAsync();
        Assert.Equal([true], await StepsAfterAsync(TimeSpan.FromHours(1)));
        var (oldRoot, newRoot) = (_mesh.Authorities.Rotation!.OldRoot, _mesh.Authorities.Rotation.NewRoot);
        var leaf = _mesh.Issue("one", TimeSpan.FromHours(3));
        Assert.IsType<RotationOutcome.Done>(await OrderAsync(new AuthorityCommand.Rollback()));
        var back = _mesh.Issue("two", TimeSpan.FromHours(30));
        Assert.True(_mesh.Accepts([Certificate(oldRoot)], back));
        Assert.True(_mesh.Accepts(_mesh.Current.Roots, leaf));
        Assert.Equal([false, true], await StepsAfterAsync(TimeSpan.FromHours(2), TimeSpan.FromHours(1)));
        Assert.Equal(RotationPhase.RolledBack, Phase);
        Assert.Equal(AuthorityState.Retired, _mesh.Authorities.Authorities.Single(a => a.Id == newRoot).State);
        Assert.Equal(oldRoot, Assert.Single(_mesh.Authorities.Authorities, a => a.IsPublished).Id);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task It_halts_by_itself_when_renewals_lag_or_fail(bool lags)
    {
        using var mesh = new MeshModel(MeshModel.Settings with { HoldOverdueShare = 0.1, HoldFailureShare = 0.1 });
        await mesh.AdvanceAsync();
        for (var i = 0; i < 20; i++)
        {
            mesh.Issue($"pod-{i}", TimeSpan.FromHours(20));
        }

        mesh.Overdue = 4;
        await mesh.Coordinator.BeginAsync(false, new(mesh.Clock.GetUtcNow(), "uid:0"), default); // 4 of 20 are late before it begins
        var coordinator = mesh.Coordinator;
        Assert.Null(await coordinator.StepAsync(default));
        (mesh.Overdue, mesh.Count) = lags ? (7, mesh.Count) : (4, new IssuanceCount(26, 4));
        var step = (await coordinator.StepAsync(default))!.Value;
        Assert.IsType<AuthorityCommand.Hold>(step.Command);
        Assert.Equal(
            lags ? "renewals lag: 7 of 20 holders are late, 35 % against 20 % when the phase began" : "renewals fail: 4 of 30 requests since the phase began, 13 %",
            mesh.Authorities.Rotation!.Hold!.Reason);
        Assert.True(mesh.Authorities.Rotation.Hold.IsAutomatic);
        Assert.Null(await coordinator.StepAsync(default));

        await coordinator.ExecuteAsync(new AuthorityCommand.Resume(), new(mesh.Clock.GetUtcNow(), "uid:0"), default);
        Assert.Null(mesh.Authorities.Rotation!.Hold);
        Assert.Null(await coordinator.StepAsync(default)); // what was, was: not halted again for the same
    }

    [Fact]
    public async Task A_clock_that_jumps_ahead_halts_the_rotation_before_certificates_count_as_expired()
    {
        await BeginAsync();
        var coordinator = _mesh.Coordinator;
        _mesh.Clock.Advance(TimeSpan.FromHours(1));
        Assert.IsType<AuthorityCommand.Activate>((await coordinator.StepAsync(default))!.Value.Command);
        var root = _mesh.Authorities.Rotation!.OldRoot;
        _mesh.Clock.Jump(TimeSpan.FromDays(30)); // by this clock nothing under the old root is left

        // Nobody's order passes, before the halt is there and after; who forces it knows.
        foreach (var order in (AuthorityCommand[])[new AuthorityCommand.Retire(), new AuthorityCommand.Revoke(root)])
        {
            var refused = Assert.IsType<RotationOutcome.Refused>(await coordinator.ExecuteAsync(order, Context(), default));
            Assert.Equal(AuthorityRefusal.OnHold, refused.Reason);
        }

        _mesh.Store.Fails = true;
        await Assert.ThrowsAsync<MeshCA.Issuance.JournalUnavailableException>(() => coordinator.StepAsync(default));
        _mesh.Store.Fails = false;
        Assert.IsType<AuthorityCommand.Hold>((await coordinator.StepAsync(default))!.Value.Command);
        Assert.StartsWith("the clock jumped ahead by 30.00:00:00: ", _mesh.Authorities.Rotation!.Hold!.Reason, StringComparison.Ordinal);
        Assert.True(_mesh.Authorities.Rotation.Hold.IsAutomatic);
        Assert.Null(await coordinator.StepAsync(default));
        Assert.IsType<RotationOutcome.Refused>(await coordinator.ExecuteAsync(new AuthorityCommand.Retire(), Context(), default));

        // It was right after all.
        Assert.IsType<RotationOutcome.Done>(await coordinator.ExecuteAsync(new AuthorityCommand.Resume(), Context(), default));
        Assert.IsType<AuthorityCommand.Retire>((await coordinator.StepAsync(default))!.Value.Command);
    }

    [Fact]
    public async Task A_clock_that_jumps_while_somebody_else_halted_the_rotation_halts_it_again_after_them()
    {
        await BeginAsync();
        var coordinator = _mesh.Coordinator;
        await coordinator.ExecuteAsync(new AuthorityCommand.Hold(false), Context(), default);
        _mesh.Clock.Jump(TimeSpan.FromHours(3));
        Assert.Null(await coordinator.StepAsync(default));
        await coordinator.ExecuteAsync(new AuthorityCommand.Resume(), Context(), default);
        Assert.IsType<AuthorityCommand.Hold>((await coordinator.StepAsync(default))!.Value.Command);
    }

    // By a clock that is ahead those do not count that hold a certificate which seems over, in all phases to come.
    [Theory]
    [InlineData(false, false, true)]
    [InlineData(true, false, false)]
    [InlineData(false, true, true)]
    [InlineData(true, true, false)]
    public async Task A_clock_that_jumped_before_a_rotation_began_halts_it_unless_it_was_proven_since(bool isLongPast, bool standsBy, bool halts)
    {
        await _mesh.AdvanceAsync();
        var coordinator = _mesh.Coordinator;
        _mesh.Clock.Jump(TimeSpan.FromHours(3));
        await PassAsync();
        _mesh.Clock.Advance(isLongPast ? TimeSpan.FromHours(3) : TimeSpan.FromHours(3) - TimeSpan.FromSeconds(1));
        await PassAsync();
        await BeginAsync();
        var step = await coordinator.StepAsync(default);
        Assert.Equal(halts, step?.Command is AuthorityCommand.Hold);
        Assert.Equal(halts, _mesh.Authorities.Rotation!.Hold is not null);

        async Task PassAsync()
        {
            if (standsBy)
            {
                coordinator.StandBy();
            }
            else
            {
                Assert.Null(await coordinator.StepAsync(default));
            }
        }
    }

    // ADR 0009: a replica takes over a rotation that was under way when its own clock jumped. Others may have had the right time all the while.
    [Fact]
    public async Task Who_takes_over_a_rotation_halts_it_for_a_jump_of_its_own_clock_however_long_ago()
    {
        await BeginAsync();
        var standby = _mesh.Coordinator;
        _mesh.Clock.Jump(TimeSpan.FromHours(3));
        standby.StandBy();
        _mesh.Clock.Advance(TimeSpan.FromHours(30));
        standby.StandBy();
        Assert.IsType<AuthorityCommand.Hold>((await standby.StepAsync(default))!.Value.Command);
        Assert.StartsWith("the clock jumped ahead by 0.03:00:00: ", _mesh.Authorities.Rotation!.Hold!.Reason, StringComparison.Ordinal);
    }

    // What failed while another replica carried the rotation on, or had halted it, is none of this one's count.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_failed_before_another_replica_ended_a_halt_is_no_reason_for_another(bool standsBy)
    {
        using var mesh = new MeshModel(MeshModel.Settings with { HoldFailureShare = 0.1 });
        await mesh.AdvanceAsync();
        var (coordinator, other) = (mesh.Coordinator, mesh.Coordinator);
        await other.BeginAsync(false, new(mesh.Clock.GetUtcNow(), "uid:0"), default);
        Assert.Null(await coordinator.StepAsync(default));
        await other.ExecuteAsync(new AuthorityCommand.Hold(IsAutomatic: false), new(mesh.Clock.GetUtcNow(), "uid:0"), default);
        if (standsBy)
        {
            coordinator.StandBy();
        }
        else
        {
            Assert.Null(await coordinator.StepAsync(default));
        }

        mesh.Count = new(0, 100);
        await other.ExecuteAsync(new AuthorityCommand.Resume(), new(mesh.Clock.GetUtcNow(), "uid:0"), default);
        Assert.Null(await coordinator.StepAsync(default));
        mesh.Count = new(0, 120);
        Assert.IsType<AuthorityCommand.Hold>((await coordinator.StepAsync(default))!.Value.Command);
    }

    [Fact]
    public async Task By_a_clock_in_doubt_no_rotation_begins_by_itself()
    {
        using var mesh = new MeshModel(MeshModel.Settings with { AtShareOfLife = 0.5 });
        await mesh.AdvanceAsync();
        mesh.Issue("lives", TimeSpan.FromDays(10));
        var coordinator = mesh.Coordinator;
        mesh.Clock.Jump(TimeSpan.FromDays(2000));
        Assert.Null(await coordinator.StepAsync(default));
        Assert.Null(mesh.Authorities.Rotation);
        mesh.Clock.Jump(TimeSpan.FromDays(-2000));
        Assert.Null(await coordinator.StepAsync(default));
        mesh.Clock.Advance(TimeSpan.FromDays(2000));
        Assert.IsType<RotationOutcome.Done>((await coordinator.StepAsync(default))!.Value.Outcome);
    }

    // What halts it, and whether anything looked between its end and the way on.
    [Theory]
    [InlineData("failures", false)]
    [InlineData("failures", true)]
    [InlineData("clock", false)]
    [InlineData("operator", false)]
    [InlineData("operator", true)]
    public async Task What_failed_before_a_halt_ended_is_no_reason_for_another(string cause, bool looks)
    {
        using var mesh = new MeshModel(MeshModel.Settings with { HoldFailureShare = 0.1 });
        await mesh.AdvanceAsync();
        await mesh.Coordinator.BeginAsync(false, new(mesh.Clock.GetUtcNow(), "uid:0"), default);
        var coordinator = mesh.Coordinator;
        Assert.Null(await coordinator.StepAsync(default));
        switch (cause)
        {
            case "failures":
                mesh.Count = new(0, 20);
                Assert.IsType<AuthorityCommand.Hold>((await coordinator.StepAsync(default))!.Value.Command);
                break;
            case "clock":
                mesh.Clock.Jump(TimeSpan.FromMinutes(2));
                Assert.IsType<AuthorityCommand.Hold>((await coordinator.StepAsync(default))!.Value.Command);
                break;
            default:
                await coordinator.ExecuteAsync(new AuthorityCommand.Hold(IsAutomatic: false), new(mesh.Clock.GetUtcNow(), "uid:0"), default);
                break;
        }

        mesh.Count = new(0, 100);
        if (looks)
        {
            Assert.Null(await coordinator.StepAsync(default));
            mesh.Count = new(0, 200);
        }

        await coordinator.ExecuteAsync(new AuthorityCommand.Resume(), new(mesh.Clock.GetUtcNow(), "uid:0"), default);
        Assert.Null(await coordinator.StepAsync(default));
        mesh.Count = mesh.Count with { Failed = mesh.Count.Failed + 20 }; // what fails from then on does count
        Assert.IsType<AuthorityCommand.Hold>((await coordinator.StepAsync(default))!.Value.Command);
    }

    // A JWT key or a tainted intermediate raises the bundle's sequence too (docs/rotation.md).
    [Fact]
    public async Task A_later_bundle_keeps_no_rotation_waiting_for_those_that_have_the_new_root()
    {
        await BeginAsync();
        var target = _mesh.Authorities.Rotation!.TargetSequence;
        _mesh.Consumers.Add((long)target);
        Assert.IsType<RotationOutcome.Done>(await OrderAsync(new AuthorityCommand.Taint(_mesh.Current.Signer.Id)));
        Assert.True(_mesh.Authorities.BundleSequence > target);
        Assert.Equal(1, (await _mesh.Coordinator.ReportAsync(default)).Fleet.ConsumersUpdated);
        Assert.Equal([true], await StepsAfterAsync(TimeSpan.FromHours(1)));
    }

    [Fact]
    public async Task Where_no_rotation_is_under_way_it_is_measured_who_has_the_present_bundle()
    {
        await BeginAsync();
        var target = (long)_mesh.Authorities.Rotation!.TargetSequence;
        Assert.Equal([true, true], await StepsAfterAsync(TimeSpan.FromHours(1), TimeSpan.FromHours(1)));
        _mesh.Consumers.Add(target);
        Assert.Equal(0, (await _mesh.Coordinator.ReportAsync(default)).Fleet.ConsumersUpdated);
    }

    [Fact]
    public async Task A_root_whose_key_is_elsewhere_has_no_date_of_its_own()
    {
        using var mesh = new MeshModel(MeshModel.Settings with { AtShareOfLife = 0.5 });
        await mesh.AdvanceAsync();
        Assert.NotNull((await mesh.Coordinator.ReportAsync(default)).DueAt);
        mesh.Store.Keys.Remove(mesh.Authorities.Authorities.Single(a => a.Kind == AuthorityKind.Root).Id);
        Assert.Null((await mesh.Coordinator.ReportAsync(default)).DueAt);
        mesh.Clock.Advance(TimeSpan.FromDays(2000));
        Assert.Null(await mesh.Coordinator.StepAsync(default));
    }

    [Fact]
    public async Task A_halt_that_ends_while_an_order_is_measured_lets_nothing_past_the_guard()
    {
        await _mesh.AdvanceAsync();
        _mesh.Issue("would be stranded", TimeSpan.FromHours(20));
        await BeginAsync();
        await OrderAsync(new AuthorityCommand.Hold(false));
        _mesh.Measured = () => OrderAsync(new AuthorityCommand.Resume());
        Assert.IsNotType<RotationOutcome.Done>(await OrderAsync(new AuthorityCommand.Activate()));
        Assert.Equal(RotationPhase.Distributing, Phase);
    }

    [Fact]
    public async Task What_was_measured_of_one_rotation_moves_no_other()
    {
        await BeginAsync();
        _mesh.Clock.Advance(TimeSpan.FromHours(1));
        _mesh.Measured = async () =>
        {
            await OrderAsync(new AuthorityCommand.Rollback());
            _mesh.Clock.Advance(TimeSpan.FromMinutes(1));
            Assert.IsType<RotationOutcome.Done>(await OrderAsync(new AuthorityCommand.Retire()));
            await BeginAsync();
        };
        var refused = Assert.IsType<RotationOutcome.Refused>(await OrderAsync(new AuthorityCommand.Activate()));
        Assert.Equal(AuthorityRefusal.WrongPhase, refused.Reason);
        Assert.Equal(2UL, _mesh.Authorities.Rotation!.Number);
    }

    [Fact]
    public async Task Revocation_of_the_previous_root_waits_for_whoever_knows_no_other()
    {
        await BeginAsync();
        _mesh.Consumers.Add(1);
        await OrderAsync(new AuthorityCommand.Activate(), "the test says so");
        var old = _mesh.Authorities.Rotation!.OldRoot;
        var guarded = Assert.IsType<RotationOutcome.Guarded>(await OrderAsync(new AuthorityCommand.Revoke(old)));
        Assert.Equal((ConditionKind.Consumers, 0L), (Assert.Single(guarded.Unmet).Kind, guarded.Leaves));
        _mesh.Consumers[0] = (long)_mesh.Current.BundleSequence;
        Assert.IsType<RotationOutcome.Done>(await OrderAsync(new AuthorityCommand.Revoke(old)));
    }

    // A rotation or its inventory is no matter of a key that no certificate hangs on (issue 6 §2).
    [Fact]
    public async Task A_compromised_jwt_key_is_revoked_whatever_is_not_known_of_certificates_or_of_the_clock()
    {
        var store = _mesh.Store;
        using var rotator = new AuthorityRotator(store, TestSupport.MeshAuthority.Settings, _mesh.Clock, Microsoft.Extensions.Logging.Abstractions.NullLogger<AuthorityRotator>.Instance)
        {
            JwtKeys = new MeshCA.Authorities.JwtKeys.JwtKeyKeeper(store, TestSupport.MeshAuthority.JwtKeys),
        };
        await rotator.AdvanceAsync(default);
        var key = rotator.Current!.Jwt.Signer!.Id;
        var coordinator = new RotationCoordinator(rotator, _mesh, () => new(0, 0), MeshModel.Settings, _mesh.Clock);
        await coordinator.BeginAsync(isManual: false, Context(), default);
        _mesh.IsComplete = false;
        _mesh.Clock.Jump(TimeSpan.FromHours(1));
        Assert.IsType<RotationOutcome.Done>(await coordinator.ExecuteAsync(new AuthorityCommand.Taint(key), Context(), default));
        Assert.IsType<RotationOutcome.Done>(await coordinator.ExecuteAsync(new AuthorityCommand.Revoke(key), Context(), default));
        Assert.DoesNotContain(rotator.Current.Jwt.Published, published => published.Id == key);
    }

    [Fact]
    public async Task A_root_past_its_share_of_life_is_replaced_by_itself_and_not_again_after_a_rollback()
    {
        using var mesh = new MeshModel(MeshModel.Settings with { AtShareOfLife = 0.5 });
        await mesh.AdvanceAsync();
        Assert.Null(await mesh.Coordinator.StepAsync(default));
        mesh.Clock.Advance(TimeSpan.FromDays(1825));
        await mesh.AdvanceAsync();
        Assert.IsType<RotationOutcome.Done>((await mesh.Coordinator.StepAsync(default))!.Value.Outcome);
        Assert.Equal("scheduled", mesh.Authorities.Rotation!.Reason);
        await mesh.Coordinator.ExecuteAsync(new AuthorityCommand.Rollback(), new(mesh.Clock.GetUtcNow(), "uid:0"), default);
        mesh.Clock.Advance(TimeSpan.FromMinutes(1));
        await mesh.Coordinator.StepAsync(default);
        Assert.Equal(RotationPhase.RolledBack, mesh.Authorities.Rotation.Phase);
        Assert.Null(await mesh.Coordinator.StepAsync(default));
    }

    [Fact]
    public async Task A_compromised_root_is_rotated_away_tainted_and_revoked()
    {
        await BeginAsync();
        var old = _mesh.Authorities.Rotation!.OldRoot;
        Assert.Equal(AuthorityRefusal.IsActive, Assert.IsType<RotationOutcome.Refused>(await OrderAsync(new AuthorityCommand.Taint(old))).Reason);
        _mesh.Issue("under the old one", TimeSpan.FromHours(20));
        await OrderAsync(new AuthorityCommand.Activate(), "compromised");
        var sequence = _mesh.Current.BundleSequence;
        Assert.IsType<RotationOutcome.Done>(await OrderAsync(new AuthorityCommand.Taint(old)));
        Assert.Contains(old, _mesh.Current.TaintedKeys);
        Assert.True(_mesh.Current.BundleSequence > sequence);
        Assert.Equal(1, Assert.IsType<RotationOutcome.Guarded>(await OrderAsync(new AuthorityCommand.Revoke(old))).Leaves);
        Assert.IsType<RotationOutcome.Done>(await OrderAsync(new AuthorityCommand.Revoke(old), "out now"));
        Assert.Equal(RotationPhase.Completed, Phase);
        Assert.Single(_mesh.Current.Roots);
        Assert.Single(_mesh.Current.ServingIntermediates); // nothing that a revoked root signed is shown any more
    }

    [Fact]
    public async Task A_tainted_intermediate_is_replaced_at_once()
    {
        await _mesh.AdvanceAsync();
        var signer = _mesh.Current.Signer.Id;
        Assert.IsType<RotationOutcome.Done>(await OrderAsync(new AuthorityCommand.Taint(signer)));
        Assert.NotEqual(signer, _mesh.Current.Signer.Id);
        Assert.Equal([signer], _mesh.Current.TaintedKeys);
    }

    [Fact]
    public async Task A_renewed_root_has_its_key_its_name_and_its_identifier_and_old_leaves_still_verify()
    {
        await _mesh.AdvanceAsync();
        var leaf = _mesh.Issue("any", TimeSpan.FromHours(20));
        var (id, before) = (_mesh.Authorities.Authorities[0].Id, Certificate(_mesh.Authorities.Authorities[0].Id));
        _mesh.Clock.Advance(TimeSpan.FromHours(1));
        Assert.IsType<RotationOutcome.Done>(await _mesh.Coordinator.RenewAsync(id, Context(), default));
        Assert.False(Certificate(id).Span.SequenceEqual(before.Span));
        Assert.True(CertificateEnd.Of(Certificate(id)) > CertificateEnd.Of(before));
        Assert.True(_mesh.Accepts([Certificate(id)], leaf));
        _mesh.Restart();
        await _mesh.AdvanceAsync();
        Assert.True(_mesh.Accepts([before], _mesh.Issue("any", TimeSpan.FromHours(20))));
    }

    private ReadOnlyMemory<byte> Certificate(string id) => _mesh.Authorities.Authorities.Single(a => a.Id == id).Certificate;

    private CommandContext Context() => new(_mesh.Clock.GetUtcNow(), "uid:0");

    private async Task BeginAsync()
    {
        await _mesh.AdvanceAsync();
        Assert.IsType<RotationOutcome.Done>(await _mesh.Coordinator.BeginAsync(isManual: false, Context(), default));
    }

    private Task<RotationOutcome> OrderAsync(AuthorityCommand command, string? force = null) =>
        _mesh.Coordinator.ExecuteAsync(command, new(_mesh.Clock.GetUtcNow(), "uid:0", force ?? "", force is not null), default);

    private async Task<List<bool>> StepsAfterAsync(params TimeSpan[] times)
    {
        var taken = new List<bool>();
        foreach (var time in times)
        {
            _mesh.Clock.Advance(time);
            await _mesh.AdvanceAsync();
            taken.Add(await _mesh.Coordinator.StepAsync(default) is { Outcome: RotationOutcome.Done });
        }

        return taken;
    }
}
