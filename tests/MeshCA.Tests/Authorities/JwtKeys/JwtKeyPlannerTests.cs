using MeshCA.Authorities;
using MeshCA.Authorities.JwtKeys;
using MeshCA.Cryptography;
using TestSupport;
using Xunit;

namespace MeshCA.Tests.Authorities.JwtKeys;

public sealed class JwtKeyPlannerTests
{
    private static readonly DateTimeOffset Now = StoreSamples.Now;
    private static readonly JwtKeySettings Settings = MeshAuthority.JwtKeys;

    // What is there, as id:state:age[!] with `!` for tainted; what is due.
    public static TheoryData<string, string> Steps() => new()
    {
        { "", "create Active" },
        { "a:Active:0h", "create Prepared" },
        { "a:Active:0h b:Prepared:0h", "none" },
        { "a:Active:167h59m b:Prepared:167h", "none" },
        { "a:Active:168h b:Prepared:167h", "none" }, // who has it is asked first, elsewhere
        { "a:Active:900h b:Prepared:900h", "none" },
        { "a:Active:200h", "create Prepared" },
        { "b:Prepared:0h", "activate b" },
        { "a:Active:1h! b:Prepared:0h", "activate b" },
        { "a:Active:1h!", "create Active" },
        { "a:Active:1h! b:Prepared:1h!", "create Active" },
        { "a:Active:1h b:Prepared:1h!", "create Prepared" },
        { "o:Old:1h1m a:Active:1h b:Prepared:1h", "none" },
        { "o:Old:1h2m a:Active:1h b:Prepared:1h", "retire o" },
        { "o:Retired:9h a:Active:1h b:Prepared:1h", "none" },
        { "o:Revoked:0h a:Active:1h b:Prepared:1h", "none" },
    };

    [Theory, MemberData(nameof(Steps))]
    public void The_next_step_is_the_one_that_is_due(string present, string expected) =>
        Assert.Equal(expected, Name(JwtKeyPlanner.Next(Keys(present), Settings, Now)));

    // spiffe §4.2: a new key appears at least 3 to 5 refresh hints before its first use.
    [Fact]
    public void The_default_keeps_a_key_published_for_several_refresh_hints_before_it_signs() =>
        Assert.True(new MeshCA.Configuration.JwtSvidOptions().ToKeySettings().Propagation >= 5 * MeshCA.Rpc.Bundles.PublishedBundle.LongestRefreshHint);

    [Fact]
    public void Where_none_are_issued_all_that_is_published_leaves_in_one_step()
    {
        var step = JwtKeyPlanner.Next(Keys("r:Retired:9h o:Old:1h a:Active:1h b:Prepared:1h"), Settings with { IsEnabled = false }, Now);
        Assert.Equal(["o", "a", "b"], Assert.IsType<JwtKeyStep.Withdraw>(step).Ids);
        Assert.IsType<JwtKeyStep.None>(JwtKeyPlanner.Next(Keys("r:Retired:9h"), Settings with { IsEnabled = false }, Now));
    }

    [Fact]
    public void Another_algorithm_comes_by_a_new_prepared_key_that_is_published_first()
    {
        var rsa = Settings with { Key = new KeyChoice(KeyAlgorithm.Rsa, 2048) };
        Assert.Equal("b", Assert.IsType<JwtKeyStep.Create>(JwtKeyPlanner.Next(Keys("a:Active:1h b:Prepared:1h"), rsa, Now)).Replaces);
        IReadOnlyList<JwtKeyLife> next = [.. Keys("a:Active:1h"), new("c", AuthorityState.Prepared, Now.AddMinutes(-29), KeyAlgorithm.Rsa, Settings.LongestToken)];
        Assert.Equal("none", Name(JwtKeyPlanner.Next(next, rsa, Now)));
        Assert.Equal(("c", Now.AddMinutes(1)), JwtKeyPlanner.HandoverOf(next, rsa) is { } handover ? (handover.Next.Id, handover.DueAt) : default);
    }

    [Fact]
    public void A_longer_lifetime_of_tokens_comes_with_the_next_key_and_the_old_one_leaves_by_its_own()
    {
        var longer = Settings with { LongestToken = TimeSpan.FromHours(5) };
        Assert.IsType<JwtKeyStep.Create>(JwtKeyPlanner.Next(Keys("a:Active:1h b:Prepared:1h"), longer, Now));
        IReadOnlyList<JwtKeyLife> keys =
        [
            new("o", AuthorityState.Old, Now.AddHours(-4), KeyAlgorithm.EcdsaP256, TimeSpan.FromHours(5)),
            .. Keys("a:Active:1h b:Prepared:1h"),
        ];
        Assert.Equal("none", Name(JwtKeyPlanner.Next(keys, Settings, Now)));
        Assert.Equal("retire o", Name(JwtKeyPlanner.Next(keys, Settings, Now.AddHours(1).AddMinutes(2))));
    }

    // What is there; after how many minutes the next takes over where all have it, and where somebody has not. A quarter of seven days is 2,520 minutes.
    public static TheoryData<string, int?, int?> Handovers() => new()
    {
        { "a:Active:0h b:Prepared:0h", 10_080, 12_600 },
        { "a:Active:168h b:Prepared:167h", 0, 2_520 },
        { "a:Active:200h b:Prepared:0h", 30, 2_550 },
        { "a:Active:200h b:Prepared:0h29m", 1, 2_521 },
        { "a:Active:0h", null, null },
        { "b:Prepared:0h", null, null },
        { "a:Active:1h! b:Prepared:1h", null, null },
        { "a:Active:1h b:Prepared:1h!", null, null },
        { "", null, null },
    };

    [Theory, MemberData(nameof(Handovers))]
    public void When_the_next_takes_over_is_known(string present, int? due, int? latest)
    {
        var handover = JwtKeyPlanner.HandoverOf(Keys(present), Settings);
        Assert.Equal((due, latest), ((int?)(handover?.DueAt - Now)?.TotalMinutes, (int?)(handover?.LatestAt - Now)?.TotalMinutes));
    }

    [Fact]
    public void Where_none_are_issued_none_takes_over() =>
        Assert.Null(JwtKeyPlanner.HandoverOf(Keys("a:Active:0h b:Prepared:0h"), Settings with { IsEnabled = false }));

    private static string Name(JwtKeyStep step) => step switch
    {
        JwtKeyStep.None => "none",
        JwtKeyStep.Create(var state, _) => $"create {state}",
        JwtKeyStep.Activate(var id) => $"activate {id}",
        JwtKeyStep.Retire(var id) => $"retire {id}",
        _ => step.ToString(),
    };

    private static IReadOnlyList<JwtKeyLife> Keys(string text) => [.. text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(Key)];

    private static JwtKeyLife Key(string text)
    {
        var parts = text.TrimEnd('!').Split(':');
        var age = parts[2].TrimEnd('m').Split('h');
        var since = Now.AddHours(-int.Parse(age[0], null)).AddMinutes(-(age[1].Length > 0 ? int.Parse(age[1], null) : 0));
        return new(parts[0], Enum.Parse<AuthorityState>(parts[1]), since, KeyAlgorithm.EcdsaP256, Settings.LongestToken)
        {
            IsTainted = text.EndsWith('!'),
        };
    }
}
