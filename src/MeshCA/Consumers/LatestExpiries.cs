namespace MeshCA.Consumers;

/// <summary>Keeps the few that expire last out of many.</summary>
internal sealed class LatestExpiries(int most)
{
    private readonly PriorityQueue<HolderBehind, (DateTimeOffset NotAfter, long Leaf)> _earliestFirst = new(most + 1);

    /// <summary>Takes one more.</summary>
    public void Add(HolderBehind holder)
    {
        // Both parts of the order, so that who is kept does not depend on the order of arrival.
        _earliestFirst.Enqueue(holder, (holder.NotAfter, holder.Leaf));
        if (_earliestFirst.Count > most)
        {
            _earliestFirst.Dequeue();
        }
    }

    /// <summary>Those kept, the latest expiry first.</summary>
    public IReadOnlyList<HolderBehind> InOrder() =>
        [.. _earliestFirst.UnorderedItems.OrderByDescending(item => item.Priority).Select(item => item.Element)];
}
