namespace MeshCA.Federation;

/// <summary>What one fetch of a peer's bundle came to.</summary>
internal abstract record PollOutcome
{
    private PollOutcome()
    {
    }

    /// <summary>Another bundle is held now.</summary>
    /// <param name="Sequence">Its sequence; null: it has none.</param>
    internal sealed record Updated(ulong? Sequence) : PollOutcome;

    /// <summary>The bundle held is the present one.</summary>
    internal sealed record Unchanged : PollOutcome;

    /// <summary>The bundle held stays.</summary>
    /// <param name="Fault">Why.</param>
    /// <param name="Detail">For people.</param>
    internal sealed record Failed(FetchFault Fault, string Detail) : PollOutcome;

    /// <summary>There is no such relationship, or it went or changed while the answer was under way.</summary>
    internal sealed record Gone : PollOutcome;

    /// <summary>What metrics call it.</summary>
    public string Word => this switch
    {
        Updated => "updated",
        Unchanged => "unchanged",
        Failed(var fault, _) => fault.ToString(),
        Gone => "gone",
        _ => throw new System.Diagnostics.UnreachableException(),
    };
}
