using System.Globalization;
using MeshCA.Auditing;
using MeshCA.Authorities;
using MeshCA.Revocations;
using MeshCA.Telemetry;
using Microsoft.Extensions.Logging;

namespace MeshCA.Storage.Backups;

/// <summary>Lets the numbers of a restored store go on above those that were given out after its backup.</summary>
/// <remarks>
/// Whoever saw a later bundle sequence or list number than the backup's takes the restored one for older (RFC 5280 §5.2.3 wants growing
/// numbers, SPIFFE Trust Domain and Bundle §4.1.1 growing sequences). How far they had come nobody knows, so it is a large step. It is taken
/// when the store is served and not when it is restored: where replicas share their state in a secret, that has the right numbers. Of two restores
/// of one backup the later goes further, by a number for each second between them: what the first gave out is not given out again.
/// </remarks>
internal static class RestoredNumbers
{
    /// <summary>The step: more changes than are made between two backups.</summary>
    public const long Step = 1_000_000;

    private const string Action = "store.renumbered";

    /// <summary>The authorities with their numbers raised; pure.</summary>
    /// <param name="set">As the store has them.</param>
    /// <param name="mark">That the store was restored; null: it was not.</param>
    /// <returns>The same set where there is nothing to raise, or where it was done before.</returns>
    /// <remarks>A rotation under way asks anew who has the bundle: nobody is believed by a sequence from the time that is lost.</remarks>
    public static AuthoritySet Raise(AuthoritySet set, RestoreMark? mark)
    {
        if (mark is null || set.Revision == 0 || set.Revision >= (ulong)(mark.AuthorityRevision + Step))
        {
            return set;
        }

        var number = Math.Max(set.Revision, (ulong)mark.AuthorityRevision) + (ulong)Step;
        return set with
        {
            Revision = number,
            BundleSequence = number,
            Rotation = set.Rotation is { IsUnderWay: true } rotation ? rotation with { TargetSequence = number } : set.Rotation,
        };
    }

    /// <summary>The revocations with their numbers raised; pure.</summary>
    /// <param name="stored">As the store has them.</param>
    /// <param name="mark">That the store was restored; null: it was not.</param>
    /// <returns>The same where there is nothing to raise, or where it was done before. Without lists: each is signed anew, under a number that nobody saw.</returns>
    public static StoredRevocations Raise(StoredRevocations stored, RestoreMark? mark)
    {
        if (mark is null || stored.Revision == 0 || stored.Revision >= mark.RevocationRevision + Step)
        {
            return stored;
        }

        var step = Math.Max(0, mark.RevocationRevision - stored.Revision) + Step;
        return stored with
        {
            Revision = stored.Revision + step,
            LastNumber = stored.LastNumber + step,
            LastListNumber = stored.LastListNumber + step,
            Lists = [],
        };
    }

    /// <summary>Raises the numbers of a store that is about to be served, if that was not done yet. Asked again after a crash it goes on.</summary>
    /// <param name="authorities">The authorities.</param>
    /// <param name="revocations">The revocations.</param>
    /// <param name="mark">That the store was restored.</param>
    /// <param name="now">The time.</param>
    /// <param name="logger">Gets the new numbers.</param>
    /// <param name="cancellationToken">Gives it up before it begins.</param>
    /// <exception cref="Issuance.JournalUnavailableException">The store cannot be read or written.</exception>
    /// <exception cref="KeySealException">Something else changed it.</exception>
    public static async Task RaiseAsync(
        IAuthorityStore authorities,
        IRevocationStore revocations,
        RestoreMark mark,
        DateTimeOffset now,
        ILogger logger,
        CancellationToken cancellationToken)
    {
        var set = await authorities.LoadAsync(cancellationToken);
        var raised = Raise(set, mark);
        if (raised.Revision != set.Revision)
        {
            await authorities.TryApplyAsync(
                new AuthorityChange
                {
                    ExpectedRevision = set.Revision,
                    Becomes = new(raised.Revision, raised.BundleSequence),
                    Rotation = raised.Rotation,
                    ChangesBundle = true,
                    Audit = Event("authorities", Became(set, raised), mark, now),
                },
                cancellationToken);
            Log.RestoredBundleRenumbered(logger, set.BundleSequence, raised.BundleSequence);
        }

        var stored = await revocations.LoadRevocationsAsync(cancellationToken);
        var next = Raise(stored, mark);
        if (next.Revision != stored.Revision)
        {
            await revocations.SaveRevocationsAsync(
                stored,
                next,
                [Event("revocations", Became(stored, next), mark, now)],
                cancellationToken);
            Log.RestoredListsRenumbered(logger, stored.LastListNumber, next.LastListNumber);
        }
    }

    /// <summary>What the audit gets where a restored store takes numbers above those of the lost time from a state that replicas share; pure.</summary>
    /// <param name="before">The authorities as the store has them.</param>
    /// <param name="after">As it will have them.</param>
    /// <param name="mark">That the store was restored; null: it was not.</param>
    /// <param name="now">The time.</param>
    /// <returns>Null where nothing is raised, or where it was done before.</returns>
    public static AuditEvent? EventOf(AuthoritySet before, AuthoritySet after, RestoreMark? mark, DateTimeOffset now) =>
        Raise(before, mark).Revision is var raised && raised != before.Revision && after.Revision >= raised
            ? Event("authorities", Became(before, after), mark!, now) // not null: else nothing is raised
            : null;

    /// <summary>The same for revocations.</summary>
    public static AuditEvent? EventOf(StoredRevocations before, StoredRevocations after, RestoreMark? mark, DateTimeOffset now) =>
        Raise(before, mark).Revision is var raised && raised != before.Revision && after.Revision >= raised
            ? Event("revocations", Became(before, after), mark!, now) // as above
            : null;

    private static string Became(AuthoritySet before, AuthoritySet after) =>
        string.Create(CultureInfo.InvariantCulture, $"bundle sequence {before.BundleSequence} became {after.BundleSequence}");

    private static string Became(StoredRevocations before, StoredRevocations after) =>
        string.Create(CultureInfo.InvariantCulture, $"list number {before.LastListNumber} became {after.LastListNumber}");

    private static AuditEvent Event(string target, string detail, RestoreMark mark, DateTimeOffset now) => new()
    {
        Time = now,
        Action = Action,
        Actor = "system",
        Target = target,
        Outcome = "ok",
        Detail = $"restored at {mark.At:O}: {detail}",
    };
}
