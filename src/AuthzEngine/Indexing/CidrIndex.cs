using AuthzEngine.Matching;
using AuthzEngine.Requests;

namespace AuthzEngine.Indexing;

/// <summary>Finds the blocks that contain an address: for each family a prefix tree, laid out as a sorted array.</summary>
/// <typeparam name="T">What a block holds.</typeparam>
internal sealed class CidrIndex<T>
{
    private readonly Tree _four;
    private readonly Tree _six;

    /// <param name="entries">Blocks, in order.</param>
    public CidrIndex(IEnumerable<KeyValuePair<CidrBlock, T>> entries)
    {
        var families = entries.ToLookup(entry => entry.Key.Address.Bits);
        _four = new(families[32]);
        _six = new(families[128]);
    }

    public bool Find<TVisitor>(IpAddress address, ref TVisitor visitor)
        where TVisitor : struct, ICandidateVisitor<T>, allows ref struct => address.Bits switch
        {
            32 => _four.Find(address.Value, ref visitor),
            128 => _six.Find(address.Value, ref visitor),
            _ => false,
        };

    // Blocks nest or are apart. Sorted by first address, larger blocks first, those that contain an address are the last
    // one that starts at or before it, and that one's parents.
    private sealed class Tree
    {
        private readonly UInt128[] _first;
        private readonly UInt128[] _last;
        private readonly int[] _parents;
        private readonly T[][] _values;

        public Tree(IEnumerable<KeyValuePair<CidrBlock, T>> entries)
        {
            var groups = entries.GroupBy(entry => Bounds(entry.Key), entry => entry.Value)
                .OrderBy(group => group.Key.First).ThenByDescending(group => group.Key.Last).ToList();
            _first = [.. groups.Select(group => group.Key.First)];
            _last = [.. groups.Select(group => group.Key.Last)];
            _values = [.. groups.Select(group => group.ToArray())];
            _parents = new int[groups.Count];
            for (var i = 0; i < groups.Count; i++)
            {
                var parent = i - 1;
                while (parent >= 0 && _last[parent] < _first[i])
                {
                    parent = _parents[parent];
                }

                _parents[i] = parent;
            }
        }

        public bool Find<TVisitor>(UInt128 address, ref TVisitor visitor)
            where TVisitor : struct, ICandidateVisitor<T>, allows ref struct
        {
            for (var at = LastAtOrBefore(address); at >= 0; at = _parents[at])
            {
                if (address <= _last[at] && visitor.Visit(_values[at]))
                {
                    return true;
                }
            }

            return false;
        }

        private int LastAtOrBefore(UInt128 address)
        {
            var (low, high) = (0, _first.Length);
            while (low < high)
            {
                var middle = (low + high) >> 1;
                (low, high) = _first[middle] <= address ? (middle + 1, high) : (low, middle);
            }

            return low - 1;
        }

        private static (UInt128 First, UInt128 Last) Bounds(CidrBlock block)
        {
            var hostBits = block.Address.Bits - block.PrefixLength;
            var host = hostBits == 128 ? UInt128.MaxValue : (UInt128.One << hostBits) - 1;
            return (block.Address.Value & ~host, block.Address.Value | host);
        }
    }
}
