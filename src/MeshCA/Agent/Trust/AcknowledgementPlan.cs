using System.Collections.Immutable;

namespace MeshCA.Agent.Trust;

/// <summary>What the CA is told of a bundle. Compared by what it says.</summary>
internal abstract record Acknowledgement
{
    private Acknowledgement()
    {
    }

    /// <summary>It is in use everywhere.</summary>
    /// <param name="Sequence">Its sequence.</param>
    internal sealed record InUse(ulong Sequence) : Acknowledgement;

    /// <summary>It is not in use everywhere.</summary>
    /// <param name="Sequence">Its sequence.</param>
    /// <param name="Count">How many lack it.</param>
    /// <param name="Examples">Some of them, for people.</param>
    internal sealed record Behind(ulong Sequence, int Count, ImmutableArray<string> Examples) : Acknowledgement
    {
        /// <summary>The sequence that is in use everywhere; 0: none that is known.</summary>
        public ulong StillInUse { get; init; }

        /// <inheritdoc />
        public bool Equals(Behind? other) =>
            other is not null && Sequence == other.Sequence && StillInUse == other.StillInUse && Count == other.Count && Examples.AsSpan().SequenceEqual(other.Examples.AsSpan());

        /// <inheritdoc />
        public override int GetHashCode() => HashCode.Combine(Sequence, Count);
    }
}

/// <summary>How the newest bundle of a stream stands at one moment.</summary>
internal sealed record BundleUptake
{
    /// <summary>Its sequence.</summary>
    public required ulong Sequence { get; init; }

    /// <summary>Whether files are written, and all workloads that are waited for have it.</summary>
    public required bool IsInUse { get; init; }

    /// <summary>Whether a workload said that it cannot use it.</summary>
    public required bool IsRefused { get; init; }

    /// <summary>Since when it is served and not in use everywhere.</summary>
    public required DateTimeOffset HeldSince { get; init; }

    /// <summary>Whether the CA takes word of who lacks it.</summary>
    public required bool TakesBehind { get; init; }
}

/// <summary>When the CA is told what. Pure.</summary>
internal static class AcknowledgementPlan
{
    /// <summary>How long the CA is not troubled with those who lack a bundle: most take it at once.</summary>
    public static readonly TimeSpan Quiet = TimeSpan.FromSeconds(5);

    /// <summary>Time between two words of the kind that there may be many of.</summary>
    public static readonly TimeSpan Gap = TimeSpan.FromSeconds(1);

    /// <summary>Decides.</summary>
    /// <param name="uptake">How the newest bundle stands.</param>
    /// <param name="told">What the CA was told last on this stream; null: nothing.</param>
    /// <param name="toldAt">When.</param>
    /// <param name="now">The present.</param>
    public static PlannedWord Next(BundleUptake uptake, Acknowledgement? told, DateTimeOffset toldAt, DateTimeOffset now)
    {
        // Who takes and refuses by turns must not make the agent talk without end.
        var earliest = told is Acknowledgement.Behind ? toldAt + Gap : now;
        if (uptake.IsInUse)
        {
            return told is Acknowledgement.InUse(var sequence) && sequence == uptake.Sequence ? PlannedWord.None
                : new PlannedWord(PlannedWordKind.InUse, earliest);
        }

        if (!uptake.TakesBehind)
        {
            return PlannedWord.None;
        }

        // Told again from time to time: others may lack it by now.
        var due = uptake.IsRefused ? earliest : uptake.HeldSince + Quiet;
        return new PlannedWord(
            PlannedWordKind.Behind, told is Acknowledgement.Behind(var last, _, _) && last == uptake.Sequence ? Later(toldAt + Quiet, due) : Later(earliest, due));
    }

    private static DateTimeOffset Later(DateTimeOffset one, DateTimeOffset other) => one > other ? one : other;
}

/// <summary>What kind of word is next.</summary>
internal enum PlannedWordKind
{
    /// <summary>Nothing, before something changes.</summary>
    None,

    /// <summary>That the bundle is in use.</summary>
    InUse,

    /// <summary>Who lacks it.</summary>
    Behind,
}

/// <summary>What the CA is told next, if nothing changes before.</summary>
/// <param name="Kind">What.</param>
/// <param name="At">When; a time that is over: at once.</param>
internal readonly record struct PlannedWord(PlannedWordKind Kind, DateTimeOffset At)
{
    /// <summary>Nothing.</summary>
    public static readonly PlannedWord None = new(PlannedWordKind.None, DateTimeOffset.MaxValue);
}
