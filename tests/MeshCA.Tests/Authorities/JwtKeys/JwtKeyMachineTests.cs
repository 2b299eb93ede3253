using FsCheck;
using FsCheck.Fluent;
using MeshCA.Authorities;
using MeshCA.Authorities.JwtKeys;
using MeshCA.Cryptography;
using TestSupport;
using Xunit;

namespace MeshCA.Tests.Authorities.JwtKeys;

public sealed class JwtKeyMachineTests
{
    private static readonly DateTimeOffset Now = StoreSamples.Now;
    private static readonly byte[] Stored = StoredOf(KeyAlgorithm.EcdsaP256);
    private static readonly CommandContext Context = new(Now, "uid:0", "because");

    // What is there, as id:state[!] (`!`: tainted), what is ordered, why it is refused.
    public static TheoryData<string, string, string> Refusals() => new()
    {
        { "a:Active b:Prepared", "taint x", nameof(AuthorityRefusal.UnknownAuthority) },
        { "a:Active o:Retired", "taint o", nameof(AuthorityRefusal.OutOfUse) },
        { "a:Active o:Revoked", "taint o", nameof(AuthorityRefusal.OutOfUse) },
        { "a:Active o:Old!", "taint o", nameof(AuthorityRefusal.AlreadyTainted) },
        { "a:Active b:Prepared", "revoke x", nameof(AuthorityRefusal.UnknownAuthority) },
        { "a:Active b:Prepared", "revoke a", nameof(AuthorityRefusal.IsActive) },
        { "a:Active o:Old", "revoke o", nameof(AuthorityRefusal.NotTainted) },
        { "a:Active o:Retired", "revoke o", nameof(AuthorityRefusal.OutOfUse) },
        { "a:Active o:Revoked", "revoke o", nameof(AuthorityRefusal.OutOfUse) },
        { "a:Active", "rotate", nameof(AuthorityRefusal.UnknownAuthority) },
        { "a:Active b:Prepared", "rotate", nameof(AuthorityRefusal.NotDistributed) },
        { "a:Active b:Prepared!", "activate b", nameof(AuthorityRefusal.WouldActivateTainted) },
        { "a:Active o:Old", "activate o", nameof(AuthorityRefusal.WrongPhase) },
        { "a:Active o:Old", "retire o", nameof(AuthorityRefusal.IsActive) },
        { "a:Active b:Prepared", "retire a", nameof(AuthorityRefusal.IsActive) },
        { "a:Active o:Retired", "retire o", nameof(AuthorityRefusal.OutOfUse) },
        { "a:Active b:Prepared", "add a", nameof(AuthorityRefusal.AlreadyThere) },
    };

    [Theory, MemberData(nameof(Refusals))]
    public void An_order_that_does_not_fit_is_refused_by_its_rule(string present, string order, string expected)
    {
        var refused = Assert.IsType<AuthorityVerdict.Refused>(AuthorityMachine.Decide(Set(present), Command(order), Context));
        Assert.Equal(expected, refused.Reason.ToString());
        Assert.NotEmpty(refused.Detail);
    }

    // What is there, what is ordered, by force or not, what it becomes.
    public static TheoryData<string, string, bool, string> Changes() => new()
    {
        { "", "add a:Active", false, "a:Active" },
        { "a:Active", "add b:Prepared", false, "a:Active b:Prepared" },
        { "a:Active b:Prepared", "add c:Prepared", false, "a:Active b:Retired c:Prepared" },
        { "a:Active!", "add b:Active", false, "a:Old! b:Active" },
        { "a:Active b:Prepared", "taint a", false, "a:Old! b:Active" },
        { "a:Active", "taint a", false, "a:Active!" },
        { "a:Active b:Prepared!", "taint a", false, "a:Active! b:Prepared!" },
        { "a:Active b:Prepared", "taint b", false, "a:Active b:Revoked!" },
        { "a:Active o:Old", "taint o", false, "a:Active o:Old!" },
        { "a:Active o:Old!", "revoke o", false, "a:Active o:Revoked!" },
        { "a:Active o:Old", "revoke o", true, "a:Active o:Revoked" },
        { "a:Active b:Prepared", "revoke b", false, "a:Active b:Revoked" },
        { "a:Active b:Prepared", "rotate", true, "a:Old b:Active" },
        { "a:Active b:Prepared o:Old", "withdraw a b o", false, "a:Retired b:Retired o:Retired" },
    };

    [Theory, MemberData(nameof(Changes))]
    public void An_order_that_fits_is_one_change_that_verifiers_hear_of(string present, string order, bool forced, string expected)
    {
        var set = Set(present);
        var permitted = Assert.IsType<AuthorityVerdict.Permitted>(AuthorityMachine.Decide(set, Command(order), Context with { IsForced = forced }));
        Assert.True(permitted.Change.ChangesBundle);
        Assert.StartsWith("jwt-key.", permitted.Change.Audit.Action, StringComparison.Ordinal);
        Assert.Equal("uid:0", permitted.Change.Audit.Actor);
        Assert.EndsWith(forced ? "forced: because" : "because", permitted.Change.Audit.Detail, StringComparison.Ordinal);
        Assert.Equal(expected, Text(After(set, permitted.Change)));
    }

    [Fact]
    public void A_key_that_is_published_for_long_enough_may_be_ordered_to_sign()
    {
        var set = Set("a:Active b:Prepared");
        var ready = Context with { Now = Now + MeshAuthority.JwtKeys.Propagation };
        Assert.IsType<AuthorityVerdict.Permitted>(AuthorityMachine.Decide(set, Command("rotate"), ready));
        Assert.IsType<AuthorityVerdict.Refused>(AuthorityMachine.Decide(set, Command("rotate"), ready with { Now = ready.Now.AddTicks(-1) }));
    }

    [Fact]
    public void An_old_key_leaves_once_its_last_token_has_ended()
    {
        var set = Set("a:Active o:Old");
        var end = Now + MeshAuthority.JwtKeys.LongestToken + JwtKeySettings.Leeway;
        Assert.IsType<AuthorityVerdict.Permitted>(AuthorityMachine.Decide(set, Command("retire o"), Context with { Now = end }));
        Assert.IsType<AuthorityVerdict.Refused>(AuthorityMachine.Decide(set, Command("retire o"), Context with { Now = end.AddTicks(-1) }));
    }

    // What is ordered at random, at random times, together with what the planner finds due.
    [Fact]
    public void Whatever_is_ordered_one_key_signs_at_most_and_no_key_leaves_before_its_last_token_unless_it_was_ordered_to() =>
        Prop.ForAll<int[]>(orders =>
        {
            var (set, now, next) = (Set(""), Now, 0);
            var lastSigned = new Dictionary<string, DateTimeOffset>();
            foreach (var order in orders)
            {
                now = now.AddMinutes((order & int.MaxValue) % 5_000);
                var context = new CommandContext(now, "test");
                var ids = set.Authorities.Select(a => a.Id).DefaultIfEmpty("none").ToList();
                var target = ids[(order & int.MaxValue) % ids.Count];
                if ((order & 3) == 0)
                {
                    set = Apply(set, (order & 4) == 0 ? new AuthorityCommand.Taint(target) : new AuthorityCommand.Revoke(target), context, lastSigned);
                }

                for (var step = JwtKeyPlanner.Next(JwtKeyLife.AllOf(set), MeshAuthority.JwtKeys, now); step is not JwtKeyStep.None;
                    step = JwtKeyPlanner.Next(JwtKeyLife.AllOf(set), MeshAuthority.JwtKeys, now))
                {
                    AuthorityCommand command = step switch
                    {
                        JwtKeyStep.Create(var state, _) => new AuthorityCommand.AddJwtKey(Material($"k{++next}", state, now)),
                        JwtKeyStep.Activate(var id) => new AuthorityCommand.ActivateJwtKey(id, TimeSpan.Zero),
                        JwtKeyStep.Retire(var id) => new AuthorityCommand.RetireJwtKeys([id], false),
                        _ => throw new InvalidOperationException("not expected"),
                    };
                    set = Apply(set, command, context, lastSigned, mustFit: true);
                }

                var keys = JwtKeyLife.AllOf(set);
                Assert.Single(keys, key => key is { State: AuthorityState.Active, IsTainted: false });
                Assert.Single(keys, key => key.State == AuthorityState.Prepared);
            }
        }).QuickCheckThrowOnFailure();

    private static AuthoritySet Apply(
        AuthoritySet set, AuthorityCommand command, CommandContext context, Dictionary<string, DateTimeOffset> lastSigned, bool mustFit = false)
    {
        var verdict = AuthorityMachine.Decide(set, command, context);
        if (verdict is not AuthorityVerdict.Permitted(var change))
        {
            Assert.False(mustFit, verdict.ToString());
            return set;
        }

        foreach (var (id, state) in change.Moved)
        {
            if (state == AuthorityState.Old)
            {
                lastSigned[id] = context.Now;
            }
            else if (state == AuthorityState.Retired && lastSigned.TryGetValue(id, out var signed))
            {
                Assert.True(context.Now >= signed + MeshAuthority.JwtKeys.LongestToken, $"{id} left too soon");
            }
        }

        return After(set, change);
    }

    private static AuthoritySet After(AuthoritySet set, AuthorityChange change) => new(
        set.Revision + 1,
        set.BundleSequence,
        [
            .. set.Authorities.Select(a => a with
            {
                State = change.Moved.GetValueOrDefault(a.Id, a.State),
                StateSince = change.Moved.ContainsKey(a.Id) ? change.Audit.Time : a.StateSince,
                TaintedAt = change.Tainted.Contains(a.Id) ? change.Audit.Time : a.TaintedAt,
            }),
            .. change.Added,
        ]);

    private static AuthorityCommand Command(string order)
    {
        var words = order.Split(' ');
        return words[0] switch
        {
            "taint" => new AuthorityCommand.Taint(words[1]),
            "revoke" => new AuthorityCommand.Revoke(words[1]),
            "rotate" => new AuthorityCommand.ActivateJwtKey(null, MeshAuthority.JwtKeys.Propagation),
            "activate" => new AuthorityCommand.ActivateJwtKey(words[1], TimeSpan.Zero),
            "retire" => new AuthorityCommand.RetireJwtKeys(words[1..], IsWithdrawal: false),
            "withdraw" => new AuthorityCommand.RetireJwtKeys(words[1..], IsWithdrawal: true),
            "add" => new AuthorityCommand.AddJwtKey(Material(
                words[1].Split(':')[0], Enum.Parse<AuthorityState>(words[1].Split(':').ElementAtOrDefault(1) ?? "Prepared"), Now)),
            _ => throw new ArgumentException(order, nameof(order)),
        };
    }

    private static AuthoritySet Set(string text) => new(
        7,
        3,
        [
            .. text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(part => Material(
                part.Split(':')[0], Enum.Parse<AuthorityState>(part.Split(':')[1].TrimEnd('!')), Now).Record with
            {
                TaintedAt = part.EndsWith('!') ? Now : null,
            }),
        ]);

    private static string Text(AuthoritySet set) =>
        string.Join(' ', set.Authorities.Select(a => $"{a.Id}:{a.State}{(a.TaintedAt is null ? "" : "!")}"));

    private static AuthorityMaterial Material(string id, AuthorityState state, DateTimeOffset now) => new(new AuthorityRecord
    {
        Id = id,
        Kind = AuthorityKind.JwtKey,
        State = state,
        Issuer = id,
        Certificate = Stored,
        CreatedAt = now,
        StateSince = now,
    });

    private static byte[] StoredOf(KeyAlgorithm algorithm)
    {
        using var key = SigningKey.Generate(algorithm);
        return new StoredJwtKey(MeshAuthority.JwtKeys.LongestToken, key.PublicKey).Encode();
    }
}
