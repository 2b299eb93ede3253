namespace AuthzEngine.Indexing;

/// <summary>Asks an index only whether it holds something for a value.</summary>
internal readonly struct AnyCandidate : ICandidateVisitor<bool>
{
    public bool Visit(scoped ReadOnlySpan<bool> candidates) => true;
}
