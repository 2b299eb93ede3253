using AuthzEngine.Indexing;
using AuthzEngine.Matching;
using AuthzEngine.Requests;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace AuthzEngine.Tests.Indexing;

public sealed class CidrIndexTests
{
    // Few bits set, so that blocks nest.
    private static readonly Gen<string> Addresses = Gen.OneOf(
        Gen.Elements(0, 1, 128, 255).ArrayOf(4).Select(octets => string.Join('.', octets)),
        Gen.Elements("0", "1", "8000", "ffff").ArrayOf(8).Select(groups => string.Join(':', groups)));

    private static readonly Gen<CidrBlock> Blocks =
        from address in Addresses
        from length in Gen.Choose(0, address.Contains(':', StringComparison.Ordinal) ? 128 : 32)
        select CidrBlock.TryParse($"{address}/{length}", out var block) ? block : throw new FormatException(address);

    [Fact]
    public void It_finds_exactly_the_blocks_that_contain_an_address() =>
        Prop.ForAll(Blocks.ArrayOf().ToArbitrary(), Addresses.Select(IpAddress.Parse).ToArbitrary(), (blocks, address) =>
        {
            var found = new Found([]);
            var index = new CidrIndex<int>(blocks.Select((block, i) => KeyValuePair.Create(block, i)));
            _ = index.Find(address, ref found);
            return found.Candidates.Order().SequenceEqual(Enumerable.Range(0, blocks.Length).Where(i => blocks[i].Contains(address)));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(2000));

    // The order in which blocks start is looked up by leading bits: dense, sparse, and few far from many.
    [Theory]
    [InlineData(0x0a000000u, 256u)]
    [InlineData(0u, 65_537u)]
    [InlineData(0xfffff000u, 1u)]
    public void Thousands_of_blocks_are_each_found(uint first, uint step)
    {
        const int Count = 4_000;
        uint[] starts = [0, .. Enumerable.Range(0, Count).Select(i => unchecked(first + ((uint)i * step))), uint.MaxValue];
        var blocks = starts.Distinct().Select(start => CidrBlock.TryParse(Text(start), out var block) ? block : throw new FormatException()).ToList();
        var index = new CidrIndex<int>(blocks.Select((block, i) => KeyValuePair.Create(block, i)));
        Assert.All(blocks.Select((block, i) => (block, i)), entry =>
        {
            var found = new Found([]);
            _ = index.Find(entry.block.Address, ref found);
            Assert.Equal([entry.i], found.Candidates);
        });
        var none = new Found([]);
        _ = index.Find(IpAddress.Parse(Text(starts[1] + step - 1)), ref none);
        Assert.Equal(step == 1 ? 1 : 0, none.Candidates.Count);
    }

    private static string Text(uint address) => $"{address >> 24}.{(address >> 16) & 255}.{(address >> 8) & 255}.{address & 255}";

    [Fact]
    public void An_absent_address_is_in_no_block()
    {
        var found = new Found([]);
        CidrBlock[] all = [.. new[] { "0.0.0.0/0", "::/0" }.Select(text => CidrBlock.TryParse(text, out var block) ? block : null!)];
        _ = new CidrIndex<int>(all.Select(block => KeyValuePair.Create(block, 1))).Find(default, ref found);
        Assert.Empty(found.Candidates);
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
