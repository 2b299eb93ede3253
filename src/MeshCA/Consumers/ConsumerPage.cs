namespace MeshCA.Consumers;

/// <summary>Which consumers to list.</summary>
internal sealed record ConsumerQuery
{
    /// <summary>Most in one page.</summary>
    public required int Size { get; init; }

    /// <summary>The last one of the page before; null for the first page.</summary>
    public ConsumerId? After { get; init; }

    /// <summary>Only those that report in this way.</summary>
    public ConsumerKind? Kind { get; init; }

    /// <summary>Only those with a lesser sequence in use.</summary>
    public long? Behind { get; init; }
}

/// <summary>A page of consumers.</summary>
/// <param name="Consumers">In the order of their ids.</param>
/// <param name="Next">The last of them, where more follow.</param>
/// <param name="Total">How many match, on all pages.</param>
internal sealed record ConsumerPage(IReadOnlyList<Consumer> Consumers, ConsumerId? Next, int Total)
{
    /// <summary>Cuts a page.</summary>
    public static ConsumerPage Of(IReadOnlyList<Consumer> consumers, ConsumerQuery query)
    {
        var matching = consumers
            .Where(consumer => query.Kind is not { } kind || consumer.Kind == kind)
            .Where(consumer => query.Behind is not { } sequence || consumer.Sequence < sequence)
            .ToList();
        var page = matching
            .Where(consumer => query.After is not { } after || consumer.Id > after)
            .OrderBy(consumer => consumer.Id)
            .Take(query.Size + 1)
            .ToList();
        var hasMore = page.Count > query.Size;
        return new(hasMore ? page[..query.Size] : page, hasMore ? page[query.Size - 1].Id : null, matching.Count);
    }
}
