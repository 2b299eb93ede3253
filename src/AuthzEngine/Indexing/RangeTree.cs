using System.Numerics;

namespace AuthzEngine.Indexing;

/// <summary>Ranges of numbers that nest or are apart, as blocks of addresses are: finds those that contain a number.</summary>
/// <remarks>
/// Sorted by first number, larger ranges first, those that contain a number are the last one that starts at or before it, and
/// that one's parents. Where in the order that is, is looked up by the leading bits that tell ranges apart and not searched
/// for: each step of a search in ten thousand ranges is a cache line, and a branch that nobody can foresee.
/// </remarks>
/// <typeparam name="TKey">An unsigned number.</typeparam>
/// <typeparam name="T">What a range holds.</typeparam>
internal sealed class RangeTree<TKey, T>
    where TKey : struct, IBinaryInteger<TKey>, IUnsignedNumber<TKey>
{
    // About two slots a range: few share one.
    private const int SlotBits = 1;

    private readonly Node[] _nodes;
    private readonly int[] _slots;
    private readonly TKey _lowest;
    private readonly TKey _highest;
    private readonly int _shift;

    /// <param name="entries">Ranges, at least one.</param>
    public RangeTree(IEnumerable<KeyValuePair<(TKey First, TKey Last), T>> entries)
    {
        var groups = entries.GroupBy(entry => entry.Key, entry => entry.Value)
            .OrderBy(group => group.Key.First).ThenByDescending(group => group.Key.Last).ToList();
        _nodes = new Node[groups.Count];
        for (var i = 0; i < groups.Count; i++)
        {
            var parent = i - 1;
            while (parent >= 0 && _nodes[parent].Last < groups[i].Key.First)
            {
                parent = _nodes[parent].Parent;
            }

            _nodes[i] = new(groups[i].Key.First, groups[i].Key.Last, parent, new([.. groups[i]]));
        }

        (_lowest, _highest) = (_nodes[0].First, _nodes[^1].First);
        var differing = BitLength(_highest - _lowest);
        _shift = Math.Max(0, differing - BitLength(uint.CreateChecked(_nodes.Length)) - SlotBits);
        _slots = Slots();
    }

    public bool Find<TVisitor>(TKey number, ref TVisitor visitor)
        where TVisitor : struct, ICandidateVisitor<T>, allows ref struct
    {
        for (var at = LastAtOrBefore(number); at >= 0;)
        {
            ref readonly var node = ref _nodes[at];
            if (number <= node.Last && node.Values.Show(ref visitor))
            {
                return true;
            }

            at = node.Parent;
        }

        return false;
    }

    private int LastAtOrBefore(TKey number)
    {
        if (number < _lowest)
        {
            return -1;
        }

        if (number >= _highest)
        {
            return _nodes.Length - 1;
        }

        var slot = Slot(number);
        var (low, high) = (_slots[slot], _slots[slot + 1]);
        while (low < high)
        {
            var middle = (low + high) >> 1;
            (low, high) = _nodes[middle].First <= number ? (middle + 1, high) : (low, middle);
        }

        return low - 1;
    }

    // Each slot holds the place of its first range, and of the next slot's; both are the same where it has none.
    private int[] Slots()
    {
        var slots = new int[Slot(_highest) + 2];
        var slot = 0;
        for (var i = 0; i < _nodes.Length; i++)
        {
            while (slot <= Slot(_nodes[i].First))
            {
                slots[slot++] = i;
            }
        }

        slots[slot] = _nodes.Length;
        return slots;
    }

    private int Slot(TKey number) => int.CreateTruncating((number - _lowest) >> _shift);

    private static int BitLength<TNumber>(TNumber number)
        where TNumber : IBinaryInteger<TNumber> => number.GetShortestBitLength();

    private readonly record struct Node(TKey First, TKey Last, int Parent, Held<T> Values);
}
