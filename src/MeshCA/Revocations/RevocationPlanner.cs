using System.Globalization;
using MeshCA.Auditing;
using MeshCA.Revocations.Lists;

namespace MeshCA.Revocations;

/// <summary>Decides what changes of the revocations make of them; pure.</summary>
internal static class RevocationPlanner
{
    /// <summary>Most revocations kept.</summary>
    public const int MaxEntries = 200_000;

    /// <summary>Longest reason, in characters.</summary>
    public const int MaxReason = 512;

    /// <summary>Plans revocations, all or none.</summary>
    /// <param name="stored">What is kept.</param>
    /// <param name="orders">The revocations; those that the same is revoked for already are passed over where there are several.</param>
    /// <param name="now">The present.</param>
    /// <param name="earliest">The earliest that it can be: what has ended by then is forgotten. Null: the present.</param>
    public static RevocationPlan Add(
        StoredRevocations stored, IReadOnlyList<RevocationOrder> orders, DateTimeOffset now, DateTimeOffset? earliest = null)
    {
        var kept = stored.Entries.Where(entry => entry.IsInForce(earliest ?? now)).ToList();
        var known = kept.Where(entry => entry.IsInForce(now)).ToDictionary(entry => (entry.Kind, entry.Subject), entry => entry.Number);
        if (orders is [var only] && known.TryGetValue((only.Kind, only.Subject), out var number))
        {
            return new RevocationPlan.Refused(RevocationRefusal.AlreadyRevoked, $"{only.Subject} is revoked already, number {number}");
        }

        var added = new List<Revocation>(orders.Count);
        foreach (var order in orders.Where(order => known.TryAdd((order.Kind, order.Subject), 0)))
        {
            added.Add(Of(order, stored.LastNumber + added.Count + 1, now));
        }

        // One that ended by now alone gives way to the new one of its subject, which ends later.
        var again = added.Select(entry => (entry.Kind, entry.Subject)).ToHashSet();
        kept.RemoveAll(entry => again.Contains((entry.Kind, entry.Subject)));

        if (kept.Count + added.Count > MaxEntries)
        {
            return new RevocationPlan.Refused(
                RevocationRefusal.TooMany, string.Create(CultureInfo.InvariantCulture, $"at most {MaxEntries} revocations are kept"));
        }

        var next = stored with { LastNumber = stored.LastNumber + added.Count, Entries = [.. kept, .. added] };
        return new RevocationPlan.Planned(next, added, [.. added.Select(entry => Event(entry, AddedAction(entry), entry.Actor, entry.Reason, now))]);
    }

    /// <summary>Plans the removal of a revocation, possible as long as no list names it.</summary>
    /// <param name="stored">What is kept.</param>
    /// <param name="number">Its number.</param>
    /// <param name="isBan">Whether a ban is meant, or another.</param>
    /// <param name="actor">Who orders it.</param>
    /// <param name="reason">Why, for people.</param>
    /// <param name="now">The present.</param>
    public static RevocationPlan Remove(
        StoredRevocations stored, long number, bool isBan, string actor, string reason, DateTimeOffset now)
    {
        var going = stored.Entries.Where(entry => entry.Number == number || entry.Cause == number).ToList();
        if (number <= 0 || going.Find(entry => entry.Number == number) is not { } removed || removed.IsBan != isBan)
        {
            return new RevocationPlan.Refused(
                RevocationRefusal.NotFound, $"there is no {(isBan ? "ban" : "revocation")} of number {number.ToString(CultureInfo.InvariantCulture)}");
        }

        return going.Find(entry => entry.PublishedIn > 0) is { } published
            ? new RevocationPlan.Refused(
                RevocationRefusal.AlreadyPublished,
                string.Create(CultureInfo.InvariantCulture, $"list {published.PublishedIn} names {published.Describe()}: whoever has it holds on to it"))
            : new RevocationPlan.Planned(
                stored with { Entries = [.. stored.Entries.Except(going)] },
                going,
                [Event(removed, removed.IsBan ? "ban.removed" : "revocation.removed", actor, reason, now)]);
    }

    /// <summary>Plans the publication of lists.</summary>
    /// <param name="stored">What is kept.</param>
    /// <param name="publication">The lists.</param>
    /// <param name="keepAfterEnd">How long after its end a certificate stays revoked here.</param>
    /// <param name="now">The present.</param>
    /// <param name="earliest">The earliest that it can be: what has ended by then is forgotten.</param>
    /// <returns>Refused where a new list names what was taken back meanwhile: it must not be seen by anybody.</returns>
    public static RevocationPlan Publish(
        StoredRevocations stored, Publication publication, TimeSpan keepAfterEnd, DateTimeOffset now, DateTimeOffset earliest)
    {
        var lists = publication.Signed;
        var held = stored.Entries.Select(entry => (entry.Issuer, entry.Serial)).ToHashSet();
        if (lists.Any(list => list.Serials.Any(serial => !held.Contains((list.Stored.Authority, serial)))))
        {
            return new RevocationPlan.Refused(RevocationRefusal.NotFound, "a revocation was taken back while its list was made");
        }

        var replaced = lists.Select(list => list.Stored.Authority).Concat(publication.Gone).ToHashSet(StringComparer.Ordinal);
        var next = stored with
        {
            Entries =
            [
                .. stored.Entries
                    .Where(entry => entry.IsInForce(earliest) && !(entry.NotAfter < earliest - keepAfterEnd))
                    .Select(publication.Mark),
            ],
            LastListNumber = Math.Max(stored.LastListNumber, lists.Select(list => list.Stored.Number).DefaultIfEmpty().Max()),
            Lists = [.. stored.Lists.Where(list => !replaced.Contains(list.Authority)), .. lists.Select(list => list.Stored)],
        };
        return new RevocationPlan.Planned(next, [], [.. lists.Select(list => Event(list, now))]);
    }

    private static Revocation Of(RevocationOrder order, long number, DateTimeOffset now) => new()
    {
        Number = number,
        Kind = order.Kind,
        Subject = order.Subject,
        Reason = order.Reason.Length > MaxReason ? order.Reason[..MaxReason] : order.Reason,
        Code = order.Code,
        Actor = order.Actor,
        Time = now,
        ExpiresAt = order.ExpiresAt,
        Issuer = order.Issuer,
        Serial = order.Serial,
        NotAfter = order.NotAfter,
        Cause = order.Cause,
    };

    private static string AddedAction(Revocation entry) => entry.IsBan ? "ban.added" : "revocation.added";

    private static AuditEvent Event(Revocation entry, string action, string actor, string reason, DateTimeOffset now) => new()
    {
        Time = now,
        Action = action,
        Actor = actor,
        Target = entry.Subject,
        Outcome = "ok",
        Detail = reason.Length > 0 ? $"{entry.Describe()}: {reason}" : entry.Describe(),
    };

    private static AuditEvent Event(SignedList list, DateTimeOffset now) => new()
    {
        Time = now,
        Action = "crl.published",
        Actor = "system",
        Target = list.Stored.Authority,
        Outcome = "ok",
        Detail = string.Create(CultureInfo.InvariantCulture, $"list {list.Stored.Number} with {list.Serials.Count} certificates, next by {list.NextUpdate:u}"),
    };
}
