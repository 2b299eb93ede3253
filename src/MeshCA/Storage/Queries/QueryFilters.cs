using MeshCA.Storage.Schema;

namespace MeshCA.Storage.Queries;

/// <summary>Turns a query's filters into conditions that the indexes can answer.</summary>
internal static class QueryFilters
{
    /// <summary>The journal rows that match.</summary>
    public static IQueryable<JournalRow> Matching(this IQueryable<JournalRow> rows, StoreContext context, JournalQuery query)
    {
        if (query.Serial is { } serial)
        {
            // Two steps: by itself the sequence is read from the index alone, one fifteenth of the table.
            var bytes = serial.ToByteArray();
            var found = context.Journal.Where(row => row.Serial == bytes).Select(row => row.Sequence).ToList();
            rows = rows.Where(row => found.Contains(row.Sequence));
        }

        if (query.Subject?.ToString() is { } subject)
        {
            // The tag is in the index of times and keeps all other rows from being read; it is only a hash, so compare both.
            var tag = JournalRow.TagOf(subject);
            rows = rows.Where(row => row.SubjectTag == tag && row.Subject == subject);
        }

        if (query.Kind is { } kind)
        {
            rows = rows.Where(row => row.Kind == (long)kind);
        }

        if (Since(query) is { } since)
        {
            rows = rows.Where(row => row.IssuedAt >= since);
        }

        if (Until(query) is { } until)
        {
            rows = rows.Where(row => row.IssuedAt < until);
        }

        return query.After is not var (time, sequence)
            ? rows
            : rows.Where(row => row.IssuedAt <= time && (row.IssuedAt < time || row.Sequence < sequence));
    }

    /// <summary>The audit events that match.</summary>
    public static IQueryable<AuditRow> Matching(this IQueryable<AuditRow> rows, AuditQuery query)
    {
        if (query.Action is { } action)
        {
            rows = rows.Where(row => row.Action == action);
        }

        if (query.Target is { } target)
        {
            rows = rows.Where(row => row.Target == target);
        }

        if (Since(query) is { } since)
        {
            rows = rows.Where(row => row.Time >= since);
        }

        if (Until(query) is { } until)
        {
            rows = rows.Where(row => row.Time < until);
        }

        return query.After is not var (time, sequence)
            ? rows
            : rows.Where(row => row.Time <= time && (row.Time < time || row.Sequence < sequence));
    }

    private static long? Since(PagedQuery query) => query.Since is { } time ? StoredTime.ToMicroseconds(time) : null;

    private static long? Until(PagedQuery query) => query.Until is { } time ? StoredTime.ToMicroseconds(time) : null;
}
