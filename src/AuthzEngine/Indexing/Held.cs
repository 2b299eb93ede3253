namespace AuthzEngine.Indexing;

/// <summary>What one key of an index holds. Mostly that is one thing: part of the table itself it is a cache line nearer.</summary>
/// <remarks><c>default</c> holds nothing.</remarks>
/// <typeparam name="T">What a key holds.</typeparam>
internal readonly struct Held<T>
{
    private readonly T? _first;
    private readonly T[]? _rest;

    /// <param name="values">At least one.</param>
    public Held(T[] values) => (_first, _rest) = (values[0], values[1..]);

    /// <summary>Shows the visitor what there is.</summary>
    /// <returns>Whether the visitor ended the lookup.</returns>
    public bool Show<TVisitor>(ref TVisitor visitor)
        where TVisitor : struct, ICandidateVisitor<T>, allows ref struct => _rest is not null && ShowAll(ref visitor);

    private bool ShowAll<TVisitor>(ref TVisitor visitor)
        where TVisitor : struct, ICandidateVisitor<T>, allows ref struct =>
        visitor.Visit(new ReadOnlySpan<T>(in _first!)) || (_rest!.Length > 0 && visitor.Visit(_rest));
}
