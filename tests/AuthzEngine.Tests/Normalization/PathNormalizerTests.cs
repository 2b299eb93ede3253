using AuthzEngine.Normalization;
using AuthzEngine.Policies;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace AuthzEngine.Tests.Normalization;

public sealed class PathNormalizerTests
{
    // Escapes are whole here: `%%34%31` becomes `%41`, and twice would make it `A`; see the row below.
    private static readonly Arbitrary<string> Targets = Texts.Of(
        "/", "//", "a", ".", "..", "\\", "%2e", "%2F", "%5c", "%41", "%25", "%c3%a9", "\u00e9", "{", "?", "#", "\U0001f608");

    [Theory]
    [InlineData(PathNormalization.Base)]
    [InlineData(PathNormalization.MergeSlashes)]
    public void Normalizing_twice_changes_nothing_more(PathNormalization option) =>
        Prop.ForAll(Targets, target => Normalize(Normalize(target, option), option) == Normalize(target, option))
            .Check(Config.QuickThrowOnFailure.WithMaxTest(3000));

    [Theory]
    [InlineData(PathNormalization.Base)]
    [InlineData(PathNormalization.MergeSlashes)]
    [InlineData(PathNormalization.DecodeAndMergeSlashes)]
    public void A_normalized_path_has_a_leading_slash_and_no_dot_segment_or_backslash(PathNormalization option) =>
        Prop.ForAll(Targets, target =>
        {
            var path = Normalize(target, option).Split('?', '#')[0];
            return path.StartsWith('/') && !path.Contains('\\', StringComparison.Ordinal)
                && !path.Split('/').Any(segment => segment is "." or "..")
                && (option == PathNormalization.Base || path == "//" || !path.Contains("//", StringComparison.Ordinal));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(3000));

    [Fact]
    public void A_malformed_escape_passes_as_in_envoy_even_where_its_remains_make_an_escape() =>
        Assert.Equal("/%41", Normalize("/%%34%31", PathNormalization.Base));

    [Theory]
    [InlineData("/a/b.c?d=../%41")]
    [InlineData("/a%2Fb%20c")]
    [InlineData("/a/.well-known")]
    public void A_normal_target_is_returned_as_it_is_without_allocating(string target)
    {
        _ = Normalize(target, PathNormalization.MergeSlashes);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var normalized = Normalize(target, PathNormalization.MergeSlashes);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Same(target, normalized);
    }

    [Theory]
    [InlineData(50)]
    [InlineData(60)]
    [InlineData(100_000)]
    public void A_long_path_grows_ninefold_at_most(int length)
    {
        var normalized = Normalize(new string('\u20ac', length), PathNormalization.DecodeAndMergeSlashes);
        Assert.Equal((length * 9) + 1, normalized.Length);
    }

    [Theory]
    [InlineData('\ud83d')]
    [InlineData('\ude08')]
    public void Half_a_surrogate_pair_is_refused(char half) =>
        Assert.False(PathNormalizer.TryNormalize($"/{half}/", PathNormalization.Base, out _));

    [Fact]
    public void Normalizing_never_throws() =>
        Prop.ForAll<NonNull<string>>(target => Enum.GetValues<PathNormalization>().All(option =>
            PathNormalizer.TryNormalize(target.Get, option, out var normalized) == normalized is not null)).QuickCheckThrowOnFailure();

    private static string Normalize(string target, PathNormalization option) =>
        PathNormalizer.TryNormalize(target, option, out var normalized) ? normalized : throw new ArgumentException(target);
}
