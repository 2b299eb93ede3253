using MeshCA.Storage.Chaining;
using MeshCA.Storage.Connections;
using MeshCA.Storage.Writing;
using MeshCA.Storage.Schema;
using Microsoft.Data.Sqlite;

namespace MeshCA.Storage.Retention;

/// <summary>Picks the oldest records that may go by what they say of themselves, a bounded number at a time.</summary>
/// <remarks>What they say is not believed yet: verifying them comes next.</remarks>
/// <param name="rule">What may go.</param>
/// <param name="max">Most records to look at.</param>
/// <param name="portion">Most records in one range: requests wait for a transaction that removes as for one that appends.</param>
internal sealed class RetentionPlanner(RetentionRule rule, int max, int portion)
{
    /// <summary>Picks records of one chain.</summary>
    /// <param name="connection">A reader's connection.</param>
    /// <param name="chain">Which chain.</param>
    /// <param name="state">Where the store stands.</param>
    /// <exception cref="SqliteException">The store cannot be read.</exception>
    public IReadOnlyList<PruneRange> Plan(SqliteConnection connection, Chain chain, StoreState state)
    {
        var end = End(chain, state);
        return Join(chain, chain == Chain.Journal ? Records(connection, end) : Events(connection, end));
    }

    // The newest record stays, the clock is held against it; and so does what no checkpoint vouches for.
    private static long End(Chain chain, StoreState state)
    {
        var head = chain == Chain.Journal ? state.Journal : state.Audit;
        var signed = state.Checkpoint is { } checkpoint ? CheckpointTable.HeadOf(checkpoint, chain).Sequence : 0;
        return Math.Min(head.Sequence, signed + 1);
    }

    private IEnumerable<long> Records(SqliteConnection connection, long end)
    {
        using var rows = new SqliteStatement(
            connection,
            "SELECT seq, kind, not_after_s, token_us FROM journal WHERE seq > 0 AND seq < ? ORDER BY seq LIMIT ?");
        rows.Bind(end).Bind(max);
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

    private IEnumerable<long> Events(SqliteConnection connection, long end)
    {
        using var rows = new SqliteStatement(
            connection, "SELECT seq, time_us FROM audit_events WHERE seq > 0 AND seq < ? ORDER BY seq LIMIT ?");
        rows.Bind(end).Bind(max);
        while (rows.Step() && rule.MayForgetEvent(rows.Number(1)))
        {
            yield return rows.Number(0);
        }
    }

    private List<PruneRange> Join(Chain chain, IEnumerable<long> sequences)
    {
        var ranges = new List<PruneRange>();
        foreach (var sequence in sequences)
        {
            if (ranges is [.., var range] && range.Last == sequence - 1 && range.Count < portion)
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
