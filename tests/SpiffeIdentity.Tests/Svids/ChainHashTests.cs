using SpiffeIdentity.Svids;
using Xunit;

namespace SpiffeIdentity.Tests.Svids;

public sealed class ChainHashTests
{
    [Fact]
    public void Lists_with_the_same_bytes_in_other_pieces_have_other_hashes()
    {
        ReadOnlyMemory<byte>[][] lists = [[], [default], [new byte[2]], [new byte[1], new byte[1]], [new byte[2], default], [default, new byte[2]]];
        Assert.Equal(lists.Length, lists.Select(ChainHash.Of).Distinct().Count());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4092)]
    [InlineData(4093)]
    [InlineData(100_000)]
    public void A_hash_depends_on_every_byte_however_long_the_list(int length)
    {
        var bytes = new byte[length];
        var hash = ChainHash.Of([bytes]);
        Assert.Equal(hash, ChainHash.Of([new byte[length]]));
        bytes[^1] = 1;
        Assert.NotEqual(hash, ChainHash.Of([bytes]));
    }
}
