using FsCheck;
using FsCheck.Fluent;
using MeshCA.JwtSvids;
using Xunit;

namespace MeshCA.Tests.JwtSvids;

public sealed class JwtAudienceTests
{
    public static TheoryData<string, bool> Values() => new()
    {
        { "", false },
        { "a", true },
        { "spiffe://td/db", true },
        { "https://api.example.org/x?y#z", true },
        { "naïve 日本 🎈", true },
        { new string('a', 255), true },
        { new string('a', 256), false },
        { new string('ü', 127), true },
        { new string('ü', 128), false },
        { "two\nlines", false },
        { "nul\0", false },
        { "\u0085", false },
        { "half \ud800", false },
    };

    // JWT-SVID §3.2.
    [Theory, MemberData(nameof(Values))]
    public void A_value_names_a_recipient(string value, bool isOne)
    {
        Assert.Equal(isOne, JwtAudience.TryCreate(["ok", value], out var audience, out var fault));
        Assert.Equal(isOne, audience is not null);
        Assert.Equal(!isOne, fault is not null);
    }

    [Theory]
    [InlineData(0, false)]
    [InlineData(1, true)]
    [InlineData(16, true)]
    [InlineData(17, false)]
    public void There_are_so_many_and_no_more(int count, bool isTaken) =>
        Assert.Equal(isTaken, JwtAudience.TryCreate([.. Enumerable.Range(0, count).Select(i => $"a{i}")], out _, out _));

    [Fact]
    public void A_value_that_is_there_twice_counts_once()
    {
        Assert.True(JwtAudience.TryCreate(["b", "a", "b"], out var audience, out _));
        Assert.Equal(["b", "a"], audience.Values);
    }

    [Fact]
    public void What_is_stored_is_read_back() => Prop.ForAll<string[]>(values =>
    {
        if (JwtAudience.TryCreate([.. values.Select(value => value ?? "")], out var audience, out _))
        {
            Assert.Equal(audience.Values, JwtAudience.FromStored(audience.ToStored()));
        }
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Nothing_stored_is_nobody() => Assert.Empty(JwtAudience.FromStored(""));
}
