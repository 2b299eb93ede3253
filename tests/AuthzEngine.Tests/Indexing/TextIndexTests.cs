using AuthzEngine.Indexing;
using AuthzEngine.Matching;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace AuthzEngine.Tests.Indexing;

public sealed class TextIndexTests
{
    // Few letters, so that texts nest, and one whose upper case is not ASCII.
    private static readonly Gen<string> Texts =
        Gen.Elements('a', 'A', 'b', '/', 'k', '\u212A').ArrayOf().Select(letters => new string(letters));

    private static readonly Gen<TextPattern[]> Patterns =
        from ignoreCase in Gen.Elements(false, true)
        from patterns in (
            from kind in Gen.Elements(TextMatch.Exact, TextMatch.Prefix, TextMatch.Suffix)
            from text in Texts
            select new TextPattern(kind, text, ignoreCase)).ArrayOf()
        select patterns;

    [Fact]
    public void It_finds_exactly_the_patterns_that_match() =>
        Prop.ForAll(Patterns.ToArbitrary(), Texts.ToArbitrary(), (patterns, text) =>
        {
            var found = new Found([]);
            var index = new TextIndex<int>([.. patterns.Select((pattern, i) => KeyValuePair.Create(pattern, i))]);
            _ = index.Find(text, ref found);
            return found.Candidates.Order().SequenceEqual(Enumerable.Range(0, patterns.Length).Where(i => patterns[i].Matches(text)));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(2000));

    [Fact]
    public void Prefixes_that_nest_ten_thousand_deep_need_no_deep_stack()
    {
        var patterns = Enumerable.Range(0, 10_000)
            .Select(i => KeyValuePair.Create(new TextPattern(TextMatch.Prefix, new string('a', i)), i));
        var found = new Found([]);
        _ = new TextIndex<int>([.. patterns]).Find(new string('a', 9_999), ref found);
        Assert.Equal(10_000, found.Candidates.Count);
    }

    [Theory]
    [InlineData(TextMatch.Exact, false)]
    [InlineData(TextMatch.Exact, true)]
    [InlineData(TextMatch.Prefix, false)]
    [InlineData(TextMatch.Suffix, true)]
    public void Thousands_of_texts_are_each_found(TextMatch kind, bool ignoreCase)
    {
        // Of all lengths, and with a letter that differs at each place.
        string[] texts = [.. Enumerable.Range(0, 3_000).Select(i => new string('a', i % 70) + (char)('b' + (i % 20)) + i + "z")];
        var index = new TextIndex<int>([.. texts.Select((text, i) => KeyValuePair.Create(new TextPattern(kind, text, ignoreCase), i))]);
        Assert.All(texts.Index(), entry =>
        {
            var found = new Found([]);
            _ = index.Find(ignoreCase ? entry.Item.ToUpperInvariant() : entry.Item, ref found);
            Assert.Contains(entry.Index, found.Candidates);
            Assert.All(found.Candidates, i => Assert.True(new TextPattern(kind, texts[i]).Matches(entry.Item)));
            var other = new Found([]);
            _ = index.Find(entry.Item[..^1] + "y", ref other);
            Assert.DoesNotContain(entry.Index, other.Candidates);
        });
    }

    private readonly record struct Found(List<int> Candidates) : ICandidateVisitor<int>
    {
        public bool Visit(scoped ReadOnlySpan<int> candidates)
        {
            Candidates.AddRange(candidates);
            return false;
        }
    }
}
