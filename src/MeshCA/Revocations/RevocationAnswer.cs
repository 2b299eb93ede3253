namespace MeshCA.Revocations;

/// <summary>What became of an order.</summary>
internal abstract record RevocationAnswer
{
    private RevocationAnswer()
    {
    }

    /// <summary>It is durable and in force.</summary>
    /// <param name="Revocation">The revocation that came or went.</param>
    /// <param name="Effect">What it did, measured.</param>
    internal sealed record Done(Revocation Revocation, RevocationEffect Effect) : RevocationAnswer;

    /// <summary>Nothing was changed.</summary>
    /// <param name="Reason">Why.</param>
    /// <param name="Detail">For people.</param>
    internal sealed record Refused(RevocationRefusal Reason, string Detail) : RevocationAnswer;
}

/// <summary>What an order did, and when: times count from its arrival.</summary>
internal sealed record RevocationEffect
{
    /// <summary>Until nothing was issued any more and every decision denied: one snapshot does both.</summary>
    public TimeSpan InForce { get; init; }

    /// <summary>Until the lists named it; null: no list does, or not all of them yet.</summary>
    public TimeSpan? Published { get; init; }

    /// <summary>Certificates that live on at peers that check nothing.</summary>
    public long Live { get; init; }

    /// <summary>When the last of them ends: after it nobody accepts one, whatever it checks; null: none lives.</summary>
    public DateTimeOffset? LastEnd { get; init; }

    /// <summary>Certificates that lists name because of it.</summary>
    public int Named { get; init; }

    /// <summary>The revision with which all of that is in force; it may be that of a later change.</summary>
    public long Revision { get; init; }

    /// <summary>What kept a list from being published.</summary>
    public IReadOnlyList<string> Faults { get; init; } = [];
}
