using MeshCA.Authorities;
using TestSupport;
using Xunit;

namespace MeshCA.Tests.Authorities;

public sealed class AuthorityMachineTests
{
    private static readonly DateTimeOffset Now = StoreSamples.Now;
    private static readonly ReadOnlyMemory<byte> Valid = CertificateOf(Now);
    private static readonly ReadOnlyMemory<byte> Over = CertificateOf(Now - MeshAuthority.Settings.RootLifetime);
    private static readonly CommandContext Context = new(Now, "uid:0", "because");

    // What is there, what is ordered, why it is refused.
    public static TheoryData<string, string, string> Refusals() =>
    [
        new("no rotation", "activate", nameof(AuthorityRefusal.NoRotation)),
        new("no rotation", "retire", nameof(AuthorityRefusal.NoRotation)),
        new("no rotation", "rollback", nameof(AuthorityRefusal.NoRotation)),
        new("no rotation", "hold", nameof(AuthorityRefusal.NoRotation)),
        new("no rotation", "resume", nameof(AuthorityRefusal.NoRotation)),
        new("nothing", "begin", nameof(AuthorityRefusal.NoActiveRoot)),
        new("no rotation", "begin with the present root", nameof(AuthorityRefusal.AlreadyThere)),
        new("distributing", "begin", nameof(AuthorityRefusal.RotationUnderWay)),
        new("distributing", "retire", nameof(AuthorityRefusal.WrongPhase)),
        new("distributing, held", "activate", nameof(AuthorityRefusal.OnHold)),
        new("distributing, held", "hold", nameof(AuthorityRefusal.OnHold)),
        new("distributing", "resume", nameof(AuthorityRefusal.NotOnHold)),
        new("distributing, keyless", "activate", nameof(AuthorityRefusal.CannotSign)),
        new("distributing, new tainted", "activate", nameof(AuthorityRefusal.WouldActivateTainted)),
        new("distributing, new expired", "activate", nameof(AuthorityRefusal.Expired)),
        new("draining", "activate", nameof(AuthorityRefusal.WrongPhase)),
        new("draining, old signs", "retire", nameof(AuthorityRefusal.IsActive)),
        new("draining, old tainted", "rollback", nameof(AuthorityRefusal.WouldActivateTainted)),
        new("draining, old keyless", "rollback", nameof(AuthorityRefusal.CannotSign)),
        new("draining, old expired", "rollback", nameof(AuthorityRefusal.Expired)),
        new("withdrawing", "rollback", nameof(AuthorityRefusal.WrongPhase)),
        new("completed", "rollback", nameof(AuthorityRefusal.NoRotation)),
        new("no rotation", "taint the root", nameof(AuthorityRefusal.IsActive)),
        new("no rotation, offline", "taint the signer", nameof(AuthorityRefusal.CannotSign)),
        new("no rotation", "taint nobody", nameof(AuthorityRefusal.UnknownAuthority)),
        new("completed", "taint the old root", nameof(AuthorityRefusal.OutOfUse)),
        new("draining, old tainted", "taint the old root", nameof(AuthorityRefusal.AlreadyTainted)),
        new("no rotation", "revoke the root", nameof(AuthorityRefusal.IsActive)),
        new("no rotation", "revoke the signer", nameof(AuthorityRefusal.UnknownAuthority)),
        new("draining, old signs", "revoke the old root", nameof(AuthorityRefusal.IsActive)),
        new("completed", "renew the old root", nameof(AuthorityRefusal.OutOfUse)),
        new("draining, old tainted", "renew the old root", nameof(AuthorityRefusal.AlreadyTainted)),
        new("no rotation", "install", nameof(AuthorityRefusal.UnknownAuthority)),
        new("a request, completed", "install", nameof(AuthorityRefusal.UnknownAuthority)),
    ];

    [Theory, MemberData(nameof(Refusals))]
    public void An_order_that_does_not_fit_is_refused_by_its_rule(string present, string order, string expected)
    {
        var refused = Assert.IsType<AuthorityVerdict.Refused>(AuthorityMachine.Decide(Set(present), Command(order), Context));
        Assert.Equal(expected, refused.Reason.ToString());
        Assert.NotEmpty(refused.Detail);
    }

    [Fact]
    public void A_rotation_begins_with_root_and_cross_certificate_in_one_change()
    {
        var change = Permitted("no rotation", "begin");
        Assert.Equal([("b", AuthorityState.Prepared), ("b.a", AuthorityState.Active)], change.Added.Select(a => (a.Id, a.State)));
        Assert.True(change.ChangesBundle);
        Assert.Equal((RotationPhase.Distributing, "a", "b", 8UL), (change.Rotation!.Phase, change.Rotation.OldRoot, change.Rotation.NewRoot, change.Rotation.TargetSequence));
        Assert.Equal(("rotation.begun", "uid:0", "b", "rotation 1 from a; because"), (change.Audit.Action, change.Audit.Actor, change.Audit.Target, change.Audit.Detail));
    }

    [Fact]
    public void The_audit_tells_where_nobody_could_sign_a_cross_certificate() =>
        Assert.Equal(
            "rotation 1 from a, without a cross-certificate; because", Permitted("no rotation, old keyless", "begin without cross").Audit.Detail);

    [Fact]
    public void Activation_lets_the_present_signer_sign_until_the_planner_has_made_the_next()
    {
        var change = Permitted("distributing", "activate");
        Assert.Equal(new Dictionary<string, AuthorityState> { ["a"] = AuthorityState.Old, ["b"] = AuthorityState.Active }, change.Moved);
        Assert.False(change.ChangesBundle);
    }

    [Fact]
    public void A_root_without_its_key_signs_by_the_intermediate_that_was_installed_for_it()
    {
        var change = Permitted("distributing, keyless, installed", "activate");
        Assert.Equal(
            new Dictionary<string, AuthorityState> { ["a"] = AuthorityState.Old, ["b"] = AuthorityState.Active, ["a1"] = AuthorityState.Old, ["b1"] = AuthorityState.Active }, change.Moved);
    }

    [Fact]
    public void Retirement_takes_all_that_stands_under_the_root_along()
    {
        var change = Permitted("draining", "retire");
        Assert.Equal(
            new Dictionary<string, AuthorityState> { ["a"] = AuthorityState.Retired, ["a1"] = AuthorityState.Retired, ["b.a"] = AuthorityState.Retired }, change.Moved);
        Assert.True(change.ChangesBundle);
        Assert.Equal(RotationPhase.Completed, change.Rotation!.Phase);
    }

    [Fact]
    public void Rollback_puts_the_last_intermediate_of_the_previous_root_back_to_work()
    {
        var change = Permitted("draining", "rollback");
        Assert.Equal(
            new Dictionary<string, AuthorityState> { ["a"] = AuthorityState.Active, ["b"] = AuthorityState.Prepared, ["a1"] = AuthorityState.Active, ["b1"] = AuthorityState.Old }, change.Moved);
        Assert.False(change.ChangesBundle);
        Assert.Equal(RotationPhase.Withdrawing, change.Rotation!.Phase);
    }

    [Fact]
    public void Rollback_before_activation_moves_nobody_and_the_new_root_leaves_at_the_next_step()
    {
        Assert.Empty(Permitted("distributing", "rollback").Moved);
        var change = Permitted("withdrawing", "retire");
        Assert.Equal(AuthorityState.Retired, change.Moved["b"]);
        Assert.Equal(RotationPhase.RolledBack, change.Rotation!.Phase);
    }

    [Fact]
    public void Taint_goes_down_the_tree_and_tells_consumers_by_a_new_sequence()
    {
        var change = Permitted("draining", "taint the old root");
        Assert.Equal(["a", "a1", "b.a"], change.Tainted);
        Assert.True(change.ChangesBundle);
        Assert.Empty(change.Moved);
    }

    [Fact]
    public void Revocation_of_the_old_root_ends_the_rotation()
    {
        var change = Permitted("draining", "revoke the old root");
        Assert.All(change.Moved.Values, state => Assert.Equal(AuthorityState.Revoked, state));
        Assert.Equal(["a", "a1", "b.a"], change.Moved.Keys.Order());
        Assert.Equal(RotationPhase.Completed, change.Rotation!.Phase);
        Assert.True(change.ChangesBundle);
    }

    [Theory]
    [InlineData("distributing")]
    [InlineData("withdrawing")]
    public void Revocation_of_the_new_root_takes_its_certificates_along_and_the_rotation_back(string present)
    {
        var change = Permitted(present, "revoke the new root");
        Assert.Equal(["b", "b.a"], change.Moved.Keys.Order());
        Assert.All(change.Moved.Values, state => Assert.Equal(AuthorityState.Revoked, state));
        Assert.Equal(RotationPhase.RolledBack, change.Rotation!.Phase);
        Assert.True(change.ChangesBundle);
    }

    [Fact]
    public void A_second_request_replaces_the_first()
    {
        var change = Permitted("a request", "request");
        Assert.Equal(AuthorityState.Retired, change.Moved["csr-x"]);
    }

    [Fact]
    public void An_intermediate_signs_at_once_under_the_active_root_and_waits_under_another()
    {
        Assert.Equal(AuthorityState.Active, Permitted("a request", "install").Added[0].State);
        Assert.Equal(AuthorityState.Old, Permitted("a request", "install").Moved["a1"]);
        var waiting = Permitted("a request, distributing", "install under b");
        Assert.Equal(AuthorityState.Prepared, waiting.Added[0].State);
        Assert.Equal(["csr-x"], waiting.Moved.Keys);
    }

    [Fact]
    public void Rollback_takes_an_intermediate_that_was_installed_for_it_and_none_that_is_over()
    {
        var spare = Record("a2", AuthorityKind.Intermediate, AuthorityState.Prepared, "a");
        var verdict = AuthorityMachine.Decide(With(spare), new AuthorityCommand.Rollback(), Context);
        Assert.Equal(AuthorityState.Active, Assert.IsType<AuthorityVerdict.Permitted>(verdict).Change.Moved["a2"]);
        var refused = AuthorityMachine.Decide(With(spare with { Certificate = Over }), new AuthorityCommand.Rollback(), Context);
        Assert.Equal(AuthorityRefusal.CannotSign, Assert.IsType<AuthorityVerdict.Refused>(refused).Reason);

        static AuthoritySet With(AuthorityRecord record)
        {
            var set = Set("draining, old keyless");
            return set with { Authorities = [.. set.Authorities, record] };
        }
    }

    [Fact]
    public void Rollback_puts_no_tainted_intermediate_back_to_work()
    {
        var set = Set("draining");
        var tainted = set with { Authorities = [.. set.Authorities.Select(a => a.Id == "a1" ? a with { TaintedAt = Now } : a)] };
        var change = Assert.IsType<AuthorityVerdict.Permitted>(AuthorityMachine.Decide(tainted, new AuthorityCommand.Rollback(), Context)).Change;
        Assert.DoesNotContain("a1", change.Moved.Keys);
    }

    [Theory]
    [InlineData("activate")]
    [InlineData("rollback")]
    public void A_step_that_is_taken_ends_the_halt(string order)
    {
        var verdict = AuthorityMachine.Decide(Set("distributing, held"), Command(order), Context with { IsForced = true });
        Assert.Null(Assert.IsType<AuthorityVerdict.Permitted>(verdict).Change.Rotation!.Hold);
    }

    private static ReadOnlyMemory<byte> CertificateOf(DateTimeOffset created)
    {
        using var root = MeshAuthority.Root(created);
        return root.Certificate;
    }

    private static AuthorityChange Permitted(string present, string order) =>
        Assert.IsType<AuthorityVerdict.Permitted>(AuthorityMachine.Decide(Set(present), Command(order), Context)).Change;

    private static AuthorityCommand Command(string order) => order switch
    {
        "begin" => new AuthorityCommand.Begin(
            new AuthorityMaterial(Record("b", AuthorityKind.Root, AuthorityState.Active, "b")),
            new AuthorityMaterial(Record("b.a", AuthorityKind.Cross, AuthorityState.Active, "a")),
            IsManual: false),
        "begin without cross" => new AuthorityCommand.Begin(
            new AuthorityMaterial(Record("b", AuthorityKind.Root, AuthorityState.Active, "b")), null, IsManual: false),
        "begin with the present root" => new AuthorityCommand.Begin(
            new AuthorityMaterial(Record("a", AuthorityKind.Root, AuthorityState.Active, "a")), null, IsManual: false),
        "activate" => new AuthorityCommand.Activate(),
        "retire" => new AuthorityCommand.Retire(),
        "rollback" => new AuthorityCommand.Rollback(),
        "hold" => new AuthorityCommand.Hold(false),
        "resume" => new AuthorityCommand.Resume(),
        "taint the root" or "taint the old root" => new AuthorityCommand.Taint("a"),
        "taint the signer" => new AuthorityCommand.Taint("a1"),
        "taint nobody" => new AuthorityCommand.Taint("z"),
        "revoke the root" or "revoke the old root" => new AuthorityCommand.Revoke("a"),
        "revoke the new root" => new AuthorityCommand.Revoke("b"),
        "revoke the signer" => new AuthorityCommand.Revoke("a1"),
        "renew the old root" => new AuthorityCommand.Renew("a", new AuthorityMaterial(Record("a", AuthorityKind.Root, AuthorityState.Old, "a"))),
        "request" => new AuthorityCommand.AddRequest(new AuthorityMaterial(Record("csr-y", AuthorityKind.Request, AuthorityState.Prepared, ""))),
        "install" => Install("a"),
        "install under b" => Install("b"),
        _ => throw new ArgumentOutOfRangeException(nameof(order)),
    };

    private static AuthorityCommand.Install Install(string root) =>
        new(new AuthorityMaterial(Record("x", AuthorityKind.Intermediate, AuthorityState.Prepared, root)), "csr-x");

    private static AuthoritySet Set(string present)
    {
        var phase = present switch
        {
            _ when present.Contains("distributing", StringComparison.Ordinal) => RotationPhase.Distributing,
            _ when present.Contains("draining", StringComparison.Ordinal) => RotationPhase.Draining,
            _ when present.Contains("withdrawing", StringComparison.Ordinal) => RotationPhase.Withdrawing,
            _ when present.Contains("completed", StringComparison.Ordinal) => RotationPhase.Completed,
            _ => default(RotationPhase?),
        };
        var (old, next) = phase switch
        {
            null or RotationPhase.Distributing or RotationPhase.Withdrawing => (AuthorityState.Active, AuthorityState.Prepared),
            RotationPhase.Draining => (AuthorityState.Old, AuthorityState.Active),
            _ => (AuthorityState.Retired, AuthorityState.Active),
        };
        var newSigns = phase is RotationPhase.Draining or RotationPhase.Completed && !present.EndsWith("old signs", StringComparison.Ordinal);
        var authorities = new List<AuthorityRecord>();
        if (present != "nothing")
        {
            var tainted = present.EndsWith("old tainted", StringComparison.Ordinal) ? Now : default(DateTimeOffset?);
            authorities.Add(Record("a", AuthorityKind.Root, old, "a") with
            {
                TaintedAt = tainted,
                HasKey = !present.EndsWith("old keyless", StringComparison.Ordinal) && !present.EndsWith("offline", StringComparison.Ordinal),
                Certificate = present.EndsWith("old expired", StringComparison.Ordinal) ? Over : Valid,
            });
            if (!present.EndsWith("old keyless", StringComparison.Ordinal))
            {
                authorities.Add(Record("a1", AuthorityKind.Intermediate, newSigns ? AuthorityState.Old : AuthorityState.Active, "a"));
            }
        }

        if (phase is not null)
        {
            authorities.Add(Record("b", AuthorityKind.Root, next, "b") with
            {
                HasKey = !present.Contains(", keyless", StringComparison.Ordinal),
                TaintedAt = present.EndsWith("new tainted", StringComparison.Ordinal) ? Now : null,
                Certificate = present.EndsWith("new expired", StringComparison.Ordinal) ? Over : Valid,
            });
            authorities.Add(Record("b.a", AuthorityKind.Cross, AuthorityState.Active, "a"));
        }

        if (newSigns || present.EndsWith("installed", StringComparison.Ordinal))
        {
            authorities.Add(Record("b1", AuthorityKind.Intermediate, newSigns ? AuthorityState.Active : AuthorityState.Prepared, "b"));
        }

        if (present.StartsWith("a request", StringComparison.Ordinal))
        {
            authorities.Add(Record("csr-x", AuthorityKind.Request, AuthorityState.Prepared, ""));
        }

        return new AuthoritySet(7, 5, authorities)
        {
            Rotation = phase is { } known
                ? new RotationRecord
                {
                    Number = 1,
                    Phase = known,
                    OldRoot = "a",
                    NewRoot = "b",
                    StartedAt = Now,
                    PhaseSince = Now,
                    Actor = "uid:0",
                    TargetSequence = 5,
                    Hold = present.EndsWith("held", StringComparison.Ordinal) ? new RotationHold("why", "uid:0", Now, false) : null,
                }
                : null,
        };
    }

    private static AuthorityRecord Record(string id, AuthorityKind kind, AuthorityState state, string issuer) => new()
    {
        Id = id,
        Kind = kind,
        State = state,
        Issuer = issuer,
        Certificate = Valid,
        CreatedAt = Now,
        HasKey = kind != AuthorityKind.Cross,
    };
}
