using MeshCA.Issuance;

namespace MeshCA.Leadership;

/// <summary>Whether this replica may sign: it leads, and has taken over all that the leader before it left.</summary>
/// <remarks>
/// Leading alone is not enough: who was elected a moment ago does not know yet what was revoked or rotated meanwhile. The right is
/// granted for one term and ends with it by itself.
/// </remarks>
internal sealed class SigningRight(ILeadership leadership)
{
    private const long None = long.MinValue;
    private long _granted = None;

    /// <summary>The term for which the right is held now; null: this replica must not sign.</summary>
    public long? Term => leadership.Term is { } term && term == Interlocked.Read(ref _granted) ? term : null;

    /// <summary>Who leads, as far as is known.</summary>
    public string? Leader => leadership.Leader;

    /// <summary>Gives the right for a term, once everything is taken over.</summary>
    /// <param name="term">The term.</param>
    public void Grant(long term) => Interlocked.Exchange(ref _granted, term);

    /// <summary>Demands the right.</summary>
    /// <returns>The term.</returns>
    /// <exception cref="JournalUnavailableException">It is not held.</exception>
    public long Demand() => Term ?? throw new JournalUnavailableException(Refusal);

    /// <summary>Why it is not held, for people.</summary>
    public string Refusal => Leader is { Length: > 0 } leader ? $"this replica does not lead; `{leader}` does" : "this replica does not lead";
}
