using AuthzEngine.Evaluation;
using Xunit;

namespace AuthzEngine.Tests.Evaluation;

public sealed class PeerTextTests
{
    [Theory]
    [InlineData("spiffe://td/ns/a/sa/b", "a")]
    [InlineData("spiffe://td/ns/ns/a/sa/b", "ns a")] // one slash ends a mark and begins the next
    [InlineData("spiffe://td/ns/a/ns/b/", "a b")]
    [InlineData("spiffe://td/ns//x", "")]
    [InlineData("spiffe://td/ns/a", null)]
    [InlineData("ns/a/", null)]
    public void Every_segment_after_ns_is_a_namespace_if_a_slash_follows(string peer, string? names)
    {
        var read = new Read([]);
        Assert.False(PeerText.ReadNamespaces(peer, ref read));
        Assert.Equal(names?.Split(' ') ?? [], read.Texts);
    }

    [Theory]
    [InlineData("spiffe://td/ns/a/sa/b", "a/b")]
    [InlineData("spiffe://td/ns/a/x/sa/b/y", "a/b")]
    [InlineData("spiffe://td/ns/a/sa/sa/b", "a/sa a/b")]
    [InlineData("spiffe://td/ns/a/ns/b/sa/c", "a/c b/c")]
    [InlineData("spiffe://td/sa/b/ns/a", null)]
    public void Every_account_belongs_to_every_namespace_before_it(string peer, string? accounts)
    {
        var read = new Read([]);
        Assert.True(PeerText.TryReadAccounts(peer, ref read));
        Assert.Equal(accounts?.Split(' ') ?? [], read.Texts);
    }

    [Theory]
    [InlineData(16, 1, true)]
    [InlineData(17, 1, false)]
    [InlineData(1, 510, true)]
    [InlineData(1, 511, false)]
    public void An_identity_of_absurdly_many_or_long_names_is_given_up(int accounts, int length, bool read)
    {
        var texts = new Read([]);
        var peer = "spiffe://td/ns/n" + string.Concat(Enumerable.Repeat("/sa/" + new string('s', length), accounts));
        Assert.Equal(read, PeerText.TryReadAccounts(peer, ref texts));
    }

    private readonly record struct Read(List<string> Texts) : ITextReader
    {
        bool ITextReader.Read(scoped ReadOnlySpan<char> text)
        {
            Texts.Add(text.ToString());
            return false;
        }
    }
}
