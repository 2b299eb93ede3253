using MeshCA.Storage.Chaining;
using MeshCA.Storage.Connections;
using MeshCA.Storage.Writing;
using Microsoft.Data.Sqlite;

namespace MeshCA.Storage.Retention;

/// <summary>Picks the oldest records that may go, a bounded number at a time.</summary>
internal static class RetentionPlanner
{
    /// <summary>Picks journal records and audit events.</summary>
    /// <param name="connection">A reader's connection.</param>
    /// <param name="rule">What may go.</param>
    /// <param name="state">Where the store stands: the newest record of each chain stays, the clock is held against it.</param>
    /// <param name="max">Most records of each chain to look at.</param>
    /// <exception cref="SqliteException">The store cannot be read.</exception>
    public static IReadOnlyList<PruneRange> Plan(SqliteConnection connection, RetentionRule rule, StoreState state, int max) =>
    [
        .. Join(Chain.Journal, Journal(connection, rule, state.Journal.Sequence, max)),
        .. Join(Chain.Audit, Events(connection, rule, state.Audit.Sequence, max)),
    ];

    private static IEnumerable<long> Journal(SqliteConnection connection, RetentionRule rule, long last, int max)
    {
        using var rows = new SqliteStatement(
            connection, "SELECT seq, kind, not_after_s, token_us FROM journal WHERE seq < ? ORDER BY seq LIMIT ?");
        rows.Bind(last).Bind(max);
        while (rows.Step())
        {
            if (rule.MayForget(rows.Number(2), rows.IsNull(3) ? null : rows.Number(3)))
            {
                yield return rows.Number(0);
            }
            else if (!RetentionRule.MayStayBehind(rows.Number(1)))
            {
                yield break;
            }
        }
    }

    private static IEnumerable<long> Events(SqliteConnection connection, RetentionRule rule, long last, int max)
    {
        using var rows = new SqliteStatement(
            connection, "SELECT seq, time_us FROM audit_events WHERE seq < ? ORDER BY seq LIMIT ?");
        rows.Bind(last).Bind(max);
        while (rows.Step() && rule.MayForgetEvent(rows.Number(1)))
        {
            yield return rows.Number(0);
        }
    }

    private static List<PruneRange> Join(Chain chain, IEnumerable<long> sequences)
    {
        var ranges = new List<PruneRange>();
        foreach (var sequence in sequences)
        {
            if (ranges is [.., var range] && range.Last == sequence - 1)
            {
                ranges[^1] = range with { Last = sequence };
            }
            else
            {
                ranges.Add(new PruneRange(chain, sequence, sequence));
            }
        }

        return ranges;
    }
}

/// <summary>A run of records to remove.</summary>
/// <param name="Chain">Which chain.</param>
/// <param name="First">The first sequence number.</param>
/// <param name="Last">The last, inclusive.</param>
internal sealed record PruneRange(Chain Chain, long First, long Last)
{
    /// <summary>How many records.</summary>
    public long Count => Last - First + 1;
}
