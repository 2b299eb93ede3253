using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace SpiffeIdentity.Tests;

public sealed class SpiffeIdTests
{
    [Fact]
    public void Parsing_a_string_allocates_one_object()
    {
        const string text = "spiffe://cluster.local/ns/default/sa/sleep";
        Allocated(() => SpiffeId.TryParse(text, out var id, out _) ? id : null); // once, so that nothing is compiled below
        var parsed = Allocated(() => SpiffeId.TryParse(text, out var id, out _) ? id : null);
        Assert.InRange(parsed, 24, 48); // one object of a header, two references and an integer
    }

    [Fact]
    public void Parsing_characters_allocates_the_id_and_its_text()
    {
        const string text = "spiffe://cluster.local/ns/default/sa/sleep";
        Allocated(() => SpiffeId.TryParse(text.AsSpan(), out var id, out _) ? id : null);
        var copy = Allocated(() => text.AsSpan().ToString());
        var parsed = Allocated(() => SpiffeId.TryParse(text.AsSpan(), out var id, out _) ? id : null);
        Assert.InRange(parsed - copy, 24, 48);
    }

    [Fact]
    public void Refusing_allocates_nothing()
    {
        Allocated(() => SpiffeId.TryParse("spiffe://td//a", out var id, out _) ? id : null);
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

    private static long Allocated(Func<object?> make)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        var made = make();
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        GC.KeepAlive(made);
        return allocated;
    }
}
