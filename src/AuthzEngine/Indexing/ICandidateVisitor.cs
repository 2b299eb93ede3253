namespace AuthzEngine.Indexing;

/// <summary>Takes what an index finds. A struct, so that a lookup is compiled for it and allocates nothing.</summary>
/// <typeparam name="T">What the index holds.</typeparam>
internal interface ICandidateVisitor<T>
{
    /// <summary>Takes what one key of the index holds.</summary>
    /// <param name="candidates">In the order in which they were added.</param>
    /// <returns>Whether the lookup may end.</returns>
    bool Visit(scoped ReadOnlySpan<T> candidates);
}
