using MeshCA.Authorities;
using MeshCA.Configuration;
using MeshCA.Issuance;
using MeshCA.Storage.Chaining;
using MeshCA.Storage.Reading;
using MeshCA.Storage.Sealing;
using MeshCA.Storage.Verification;
using MeshCA.Storage.Writing;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;

namespace MeshCA.Storage.Retention;

/// <summary>Removes what is past use, once it is shown to be what the service wrote.</summary>
/// <remarks>
/// Retention believes what a record says of its own age. Somebody who may write the database could have it remove any
/// record by changing one number, and have the removal signed for: so nothing goes that no checkpoint vouches for. Where a
/// chain is not genuine its records stay, as evidence, until a backup is restored.
/// </remarks>
internal sealed class StoreRetention(
    StoreReader reader, StoreWriter writer, KeyEncryptionKey kek, StorageOptions options, ILogger logger)
    : IDisposable
{
    // Records verified at once, beside the writer: with some more up to the next checkpoint.
    private const int WalkLength = 10_000;

    // Records that one transaction of the writer removes.
    private const int Portion = 500;

    // One run at a time: a removal in between would look like somebody else's.
    private readonly SemaphoreSlim _turn = new(1, 1);

    // Said once by each process: a run an hour would fill the log with the same.
    private readonly HashSet<VerificationFinding> _reported = [];

    /// <summary>Removes what may go.</summary>
    /// <param name="now">The time by which it is judged.</param>
    /// <param name="cancellationToken">Ends it between two portions.</param>
    /// <returns>How many records and events went.</returns>
    /// <exception cref="JournalUnavailableException">The store cannot be read or written.</exception>
    /// <exception cref="KeySealException">Somebody changed what names the store.</exception>
    public async Task<long> PruneAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            // Signed by the writer's own account of the chains, so that it vouches for what was written and not for what stands there.
            await writer.WriteAsync(new CheckpointWrite(CheckpointReason.Interval), cancellationToken);
            var planner = new RetentionPlanner(RetentionRule.At(now, options), WalkLength, Portion);
            return await PruneAsync(Chain.Journal, planner, cancellationToken)
                + await PruneAsync(Chain.Audit, planner, cancellationToken);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <inheritdoc />
    public void Dispose() => _turn.Dispose();

    private async Task<long> PruneAsync(Chain chain, RetentionPlanner planner, CancellationToken cancellationToken)
    {
        var removed = 0L;
        while (true)
        {
            var (verified, findings) = await reader.ReadAsync(
                connection => PlanVerified(connection, chain, planner, cancellationToken), cancellationToken);
            await ReportAsync(findings);
            if (verified.Count == 0)
            {
                return removed;
            }

            foreach (var range in verified)
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (!await RemoveAsync(range))
                {
                    return removed;
                }

                removed += range.Range.Count;
            }
        }
    }

    private RetentionPlan PlanVerified(
        SqliteConnection connection, Chain chain, RetentionPlanner planner, CancellationToken cancellationToken)
    {
        // Read before the connection's snapshot begins with the first query: the snapshot is never older.
        var state = writer.State;
        var ranges = planner.Plan(connection, chain, state);
        if (ranges is not [.., var last])
        {
            return RetentionPlan.Nothing;
        }

        using var identity = StoreIdentity.Open(connection, kek)
            ?? throw new JournalUnavailableException("the store lacks its identity");
        var oldest = new AuditVerifier(identity).VerifyOldest(
            connection,
            state,
            new ChainPosition(chain, last.Last),
            ranges.SelectMany(range => new[] { range.Before, range.Last }),
            cancellationToken);
        return oldest.Findings.Count > 0
            ? new RetentionPlan([], oldest.Findings)
            : new RetentionPlan([.. ranges.Select(range => range.VerifiedBy(oldest))], []);
    }

    // Not given up half way: a removal that still waits while the next run plans would look like somebody else's.
    private async Task<bool> RemoveAsync(VerifiedRange range)
    {
        var write = new PruneWrite(range);
        await writer.WriteAsync(write, default);
        if (write.Finding is { } finding)
        {
            StoreNews.Log(logger, [finding]);
        }

        return write.Finding is null;
    }

    private async Task ReportAsync(IReadOnlyList<VerificationFinding> findings)
    {
        var news = findings.Where(finding => !_reported.Contains(finding)).ToList();
        if (news.Count > 0)
        {
            StoreNews.Log(logger, news);
            await writer.WriteAsync(new TamperingWrite(news), default);
            _reported.UnionWith(news);
        }
    }
}
