using AuthzEngine.Matching;
using AuthzEngine.Requests;

namespace AuthzEngine.Indexing;

/// <summary>Finds the blocks that contain an address.</summary>
/// <typeparam name="T">What a block holds.</typeparam>
internal sealed class CidrIndex<T>
{
    private readonly RangeTree<uint, T>? _four;
    private readonly RangeTree<UInt128, T>? _six;

    /// <param name="entries">Blocks, in order.</param>
    public CidrIndex(IEnumerable<KeyValuePair<CidrBlock, T>> entries)
    {
        var families = entries.ToLookup(entry => entry.Key.Address.Bits);
        _four = families.Contains(32) ? new(Ranges(families[32], value => (uint)value)) : null;
        _six = families.Contains(128) ? new(Ranges(families[128], value => value)) : null;
    }

    public bool Find<TVisitor>(IpAddress address, ref TVisitor visitor)
        where TVisitor : struct, ICandidateVisitor<T>, allows ref struct => address.Bits switch
        {
            32 => _four is not null && _four.Find((uint)address.Value, ref visitor),
            128 => _six is not null && _six.Find(address.Value, ref visitor),
            _ => false,
        };

    private static IEnumerable<KeyValuePair<(TKey First, TKey Last), T>> Ranges<TKey>(
        IEnumerable<KeyValuePair<CidrBlock, T>> entries, Func<UInt128, TKey> key) => entries.Select(entry =>
        {
            var (first, last) = Bounds(entry.Key);
            return KeyValuePair.Create((key(first), key(last)), entry.Value);
        });

    private static (UInt128 First, UInt128 Last) Bounds(CidrBlock block)
    {
        var hostBits = block.Address.Bits - block.PrefixLength;
        var host = hostBits == 128 ? UInt128.MaxValue : (UInt128.One << hostBits) - 1;
        return (block.Address.Value & ~host, block.Address.Value | host);
    }
}
