using System.Runtime.CompilerServices;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace SpiffeIdentity.Tests;

public sealed class SpiffeIdTests
{
    private const string Sleep = "spiffe://cluster.local/ns/default/sa/sleep";

    private static readonly Func<object?> OneObject = () => RuntimeHelpers.GetUninitializedObject(typeof(SpiffeId));

    [Fact]
    public void Parsing_a_string_allocates_one_object() =>
        Assert.Equal(Allocated(OneObject), Allocated(() => SpiffeId.TryParse(Sleep, out var id, out _) ? id : null));

    [Fact]
    public void Parsing_characters_allocates_the_id_and_its_text_and_nothing_else() =>
        Assert.Equal(
            Allocated(OneObject) + Allocated(() => Sleep.AsSpan().ToString()),
            Allocated(() => SpiffeId.TryParse(Sleep.AsSpan(), out var id, out _) ? id : null));

    [Fact]
    public void An_id_hands_out_its_text_and_path_without_allocating()
    {
        var id = SpiffeId.Parse(Sleep);
        Assert.Equal(0, Allocated(() => id.Path.Length > 0 ? id.ToString() : null));
    }

    [Fact]
    public void Refusing_allocates_nothing()
    {
        Assert.Equal(0, Allocated(() => SpiffeId.TryParse("spiffe://td//a", out var id, out _) ? id : null));
        Assert.False(SpiffeId.TryParse((string?)null, out _, out var error));
        Assert.Equal(SpiffeIdError.Empty, error);
    }

    [Fact]
    public void A_path_is_joined_after_each_segment_is_checked()
    {
        var trustDomain = TrustDomain.Parse("td");
        Assert.True(SpiffeId.TryFromSegments(trustDomain, ["ns", "a", "sa", "b"], out var id, out _));
        Assert.Equal("spiffe://td/ns/a/sa/b", id.ToString());
        Assert.Equal(SpiffeId.Parse("spiffe://td/ns/a/sa/b"), id);
        Assert.Same(trustDomain, id.TrustDomain);
    }

    [Theory]
    [InlineData("a/b", SpiffeIdError.BadPathSegmentChar)]
    [InlineData("", SpiffeIdError.EmptySegment)]
    [InlineData("..", SpiffeIdError.DotSegment)]
    [InlineData("ü", SpiffeIdError.BadPathSegmentChar)]
    public void A_segment_cannot_smuggle_in_another(string segment, SpiffeIdError expected)
    {
        Assert.False(SpiffeId.TryFromSegments(TrustDomain.Parse("td"), ["ns", segment], out _, out var error));
        Assert.Equal(expected, error);
    }

    [Theory]
    [InlineData(2036, SpiffeIdError.None)]
    [InlineData(2037, SpiffeIdError.None)]
    [InlineData(2038, SpiffeIdError.TooLong)]
    public void Joined_ids_keep_the_limit_of_2048_bytes(int segment, SpiffeIdError expected)
    {
        var trustDomain = TrustDomain.Parse("t"); // spiffe://t/ has 11
        SpiffeId.TryFromSegments(trustDomain, [new string('a', segment)], out var joined, out var error);
        SpiffeId.TryFromPath(trustDomain, "/" + new string('a', segment), out var whole, out var pathError);
        Assert.Equal((expected, expected), (error, pathError));
        Assert.Equal(joined, whole);
    }

    [Theory]
    [InlineData("", SpiffeIdError.None)]
    [InlineData("/a", SpiffeIdError.None)]
    [InlineData("a/b", SpiffeIdError.NoLeadingSlash)]
    [InlineData("/", SpiffeIdError.TrailingSlash)]
    [InlineData("//a", SpiffeIdError.EmptySegment)]
    public void A_path_given_alone_begins_with_a_slash_or_is_empty(string path, SpiffeIdError expected)
    {
        var found = SpiffeId.TryFromPath(TrustDomain.Parse("td"), path, out var id, out var error);
        Assert.Equal(expected, error);
        Assert.Equal(found ? "spiffe://td" + path : null, id?.ToString());
    }

    [Fact]
    public void Membership_is_decided_on_the_whole_name()
    {
        var id = SpiffeId.Parse("spiffe://td.example/a");
        Assert.True(id.MemberOf(TrustDomain.Parse("td.example")));
        Assert.False(id.MemberOf(TrustDomain.Parse("td")));
        Assert.False(id.MemberOf(TrustDomain.Parse("td.example.org")));
        Assert.Equal("td.example", id.TrustDomain.Name);
        Assert.Equal("/a", id.Path.ToString());
    }

    [Fact]
    public void What_is_accepted_is_printed_back_identically() =>
        Prop.ForAll(Gens.SpiffeIdTexts.ToArbitrary(), text => SpiffeId.Parse(text).ToString() == text
            && SpiffeId.Parse(text).TrustDomain.Id.ToString() + SpiffeId.Parse(text).Path.ToString() == text)
            .QuickCheckThrowOnFailure();

    [Fact]
    public void TryParse_never_throws_and_gives_an_id_or_an_error() =>
        Prop.ForAll(Gens.NearlySpiffeIds.ToArbitrary(), text =>
            SpiffeId.TryParse(text, out var id, out var error)
                ? error == SpiffeIdError.None && id.ToString() == text
                : error != SpiffeIdError.None && id is null)
            .QuickCheckThrowOnFailure();

    // Once before it counts, so that nothing is compiled meanwhile; the least of some, as the runtime may fill caches of its own.
    private static long Allocated(Func<object?> make)
    {
        make();
        var least = long.MaxValue;
        for (var i = 0; i < 5; i++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            var made = make();
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
            GC.KeepAlive(made);
        }

        return least;
    }
}
