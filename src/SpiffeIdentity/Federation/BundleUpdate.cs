using SpiffeIdentity.Bundles;

namespace SpiffeIdentity.Federation;

/// <summary>What becomes of a trust domain's bundle when another document of it was fetched; pure.</summary>
/// <remarks>
/// One bundle takes the place of another as a whole, and only of one of the same trust domain: nothing is ever joined
/// (Trust_Domain_and_Bundle §3, §5). Only a greater sequence is taken: a lesser one is a server that was restored from a backup, or an old copy
/// that somebody kept, and could bring a key back that was taken out since.
/// </remarks>
public abstract record BundleUpdate
{
    private BundleUpdate()
    {
    }

    /// <summary>It says the same; what is held stays.</summary>
    public sealed record Unchanged : BundleUpdate;

    /// <summary>It takes the place of what is held.</summary>
    /// <param name="Bundle">The bundle to hold.</param>
    public sealed record Accepted(TrustBundle Bundle) : BundleUpdate;

    /// <summary>What is held stays, and somebody should look.</summary>
    /// <param name="Reason">Why.</param>
    public sealed record Refused(BundleUpdateRefusal Reason) : BundleUpdate;

    /// <summary>Judges a document.</summary>
    /// <param name="held">The bundle held; null: none yet.</param>
    /// <param name="fetched">What was fetched, of the same trust domain.</param>
    /// <param name="acceptsRollback">Whether an administrator said that it is taken, whatever its sequence.</param>
    /// <returns>What becomes of it.</returns>
    /// <exception cref="ArgumentException">The bundles are of two trust domains: then they must never meet.</exception>
    public static BundleUpdate Judge(TrustBundle? held, TrustBundle fetched, bool acceptsRollback = false)
    {
        ArgumentNullException.ThrowIfNull(fetched);
        if (held is null)
        {
            return new Accepted(fetched);
        }

        if (!held.TrustDomain.Equals(fetched.TrustDomain))
        {
            throw new ArgumentException($"a bundle of `{fetched.TrustDomain}` for `{held.TrustDomain}`", nameof(fetched));
        }

        if (SayTheSame(held, fetched) && held.Sequence == fetched.Sequence)
        {
            return new Unchanged();
        }

        return Refusal(held, fetched) is { } reason && !acceptsRollback ? new Refused(reason) : new Accepted(fetched);
    }

    /// <summary>Whether two bundles hold the same authorities, in whatever order; sequence and hint do not count.</summary>
    private static bool SayTheSame(TrustBundle held, TrustBundle fetched) => held.X509.Equals(fetched.X509) && held.Jwt.Equals(fetched.Jwt);

    private static BundleUpdateRefusal? Refusal(TrustBundle held, TrustBundle fetched) => (held.Sequence, fetched.Sequence) switch
    {
        (null, _) => null,
        (_, null) => BundleUpdateRefusal.SequenceMissing,
        ({ } before, { } after) when after < before => BundleUpdateRefusal.SequenceWentBack,
        ({ } before, { } after) when after == before => BundleUpdateRefusal.SequenceStoodStill,
        _ => null,
    };
}

/// <summary>Why a fetched bundle is not taken.</summary>
public enum BundleUpdateRefusal
{
    /// <summary>Its sequence is less than that of the bundle held.</summary>
    SequenceWentBack,

    /// <summary>It has other authorities under the same sequence, which must change with every change (Trust_Domain_and_Bundle §4.1.2).</summary>
    SequenceStoodStill,

    /// <summary>It has no sequence, and the bundle held has one.</summary>
    SequenceMissing,
}
