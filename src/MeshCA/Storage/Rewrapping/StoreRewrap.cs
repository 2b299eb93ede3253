using System.IO;
using MeshCA.Auditing;
using MeshCA.Authorities;
using MeshCA.Configuration;
using MeshCA.Storage.Chaining;
using MeshCA.Storage.Connections;
using MeshCA.Storage.Schema;
using MeshCA.Storage.Sealing;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;

namespace MeshCA.Storage.Rewrapping;

/// <summary>Changes the key-encryption key of a store that no service runs on.</summary>
/// <remarks>
/// All that is sealed, and the audit event, are one transaction: however it ends, either the old key opens everything or the new one
/// does. What the old key sealed is overwritten where it stood, in the file and in the write-ahead log: who has an old key
/// and gets the new database reads nothing with it.
/// </remarks>
internal sealed class StoreRewrap(StorageOptions options, TimeProvider clock, ILogger logger)
{
    /// <summary>The audit's name of it.</summary>
    public const string Action = "keys.rewrapped";

    /// <summary>Seals everything under another key.</summary>
    /// <param name="loadNext">Finds the new key; disposed of here.</param>
    /// <param name="actor">Who does it, for the audit.</param>
    /// <param name="cancellationToken">Gives it up before it begins.</param>
    public Task<RewrapOutcome> RunAsync(Func<KeyEncryptionKey> loadNext, string actor, CancellationToken cancellationToken) =>
        Task.Run(() => Run(loadNext, actor, cancellationToken), cancellationToken);

    private RewrapOutcome Run(Func<KeyEncryptionKey> loadNext, string actor, CancellationToken cancellationToken)
    {
        using var opening = new StoreOpening(options, logger);
        if (!File.Exists(opening.Files.Database))
        {
            return new RewrapOutcome.Refused(RewrapError.NoStore, $"there is no store in `{options.DirectoryPath}`");
        }

        try
        {
            var refusal = opening.Open();
            if (refusal is { Error: not StoreOpenError.KeyRefused })
            {
                return new RewrapOutcome.Refused(
                    refusal.Error == StoreOpenError.InUse ? RewrapError.InUse : RewrapError.Failed, refusal.Message);
            }

            // Only now: a key that is drawn for nothing would lie about.
            using var next = loadNext();
            return refusal switch
            {
                null => Rewrap(opening, next, actor, cancellationToken),
                { } when IsUnder(next, opening) => new RewrapOutcome.Done(null, NameOf(next)),
                { Message: var message } => new RewrapOutcome.Refused(RewrapError.KeyRefused, message),
            };
        }
        catch (KeySealException exception)
        {
            return new RewrapOutcome.Refused(RewrapError.KeyRefused, exception.Message);
        }
        catch (Exception exception) when (exception is SqliteException or StoreNotDurableException)
        {
            return new RewrapOutcome.Refused(RewrapError.Failed, $"the store cannot be written: {exception.Message}");
        }
    }

    private RewrapOutcome Rewrap(StoreOpening opening, KeyEncryptionKey next, string actor, CancellationToken cancellationToken)
    {
        if (opening.Kek.Id.SequenceEqual(next.Id))
        {
            return new RewrapOutcome.Refused(RewrapError.SameKey, $"{next.Source} holds the key that the store is under already");
        }

        using var session = opening.OpenSession(cancellationToken);
        StoreConnections.Execute(session.Connection, "PRAGMA secure_delete = ON");
        StoreConnections.Execute(session.Connection, "PRAGMA temp_store = MEMORY");
        try
        {
            var transaction = session.Begin(clock.GetUtcNow());
            if (session.Findings.Count > 0)
            {
                transaction.MarkTampering(session.Findings);
            }

            SealedParts.Reseal(session.Connection, opening.Kek, next);
            transaction.Append(AuditRow.From(new AuditEvent
            {
                Time = clock.GetUtcNow(),
                Action = Action,
                Actor = actor,
                Target = NameOf(next),
                Outcome = "ok",
                Detail = $"before: {NameOf(opening.Kek)}",
            }));
            transaction.Checkpoint(CheckpointReason.Shutdown);
            session.Commit(transaction);
        }
        catch
        {
            session.Rollback();
            throw;
        }

        session.Truncate();
        return new RewrapOutcome.Done(NameOf(opening.Kek), NameOf(next));
    }

    // Asked again after an end right behind the commit.
    private static bool IsUnder(KeyEncryptionKey next, StoreOpening opening)
    {
        using var connection = StoreConnections.OpenReader(opening.Files.Database);
        try
        {
            using var identity = StoreIdentity.Open(connection, next);
            return identity is not null;
        }
        catch (KeySealException)
        {
            return false;
        }
    }

    private static string NameOf(KeyEncryptionKey key) => Convert.ToHexStringLower(key.Id);
}
