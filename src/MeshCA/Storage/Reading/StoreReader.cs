using System.Collections.Concurrent;
using MeshCA.Issuance;
using MeshCA.Storage.Connections;
using Microsoft.Data.Sqlite;

namespace MeshCA.Storage.Reading;

/// <summary>Reads beside the writer: write-ahead logging lets readers and the writer pass each other.</summary>
internal sealed class StoreReader(string path) : IDisposable
{
    private readonly ConcurrentBag<TokenLookup> _idle = [];
    private volatile bool _isDisposed;

    /// <summary>Finds the last token of a leaf.</summary>
    /// <exception cref="JournalUnavailableException">The store cannot be read.</exception>
    public LastToken? FindLastToken(SerialNumber serial, DateTimeOffset notBefore)
    {
        TokenLookup? lookup = null;
        try
        {
            lookup = _idle.TryTake(out var idle) ? idle : new TokenLookup(path);
            var found = lookup.Find(serial, notBefore);
            Return(lookup);
            return found;
        }
        catch (SqliteException exception)
        {
            lookup?.Dispose();
            throw new JournalUnavailableException("the journal cannot be read", exception);
        }
    }

    /// <summary>Reads as one transaction left it.</summary>
    /// <exception cref="JournalUnavailableException">The store cannot be read.</exception>
    public Task<TResult> ReadAsync<TResult>(Func<SqliteConnection, TResult> read, CancellationToken cancellationToken) =>
        Task.Run(() => Read(read), cancellationToken);

    /// <inheritdoc />
    public void Dispose()
    {
        _isDisposed = true;
        while (_idle.TryTake(out var lookup))
        {
            lookup.Dispose();
        }
    }

    private TResult Read<TResult>(Func<SqliteConnection, TResult> read)
    {
        try
        {
            using var connection = StoreConnections.OpenReader(path);
            using var snapshot = connection.BeginTransaction(deferred: true);
            return read(connection);
        }
        catch (SqliteException exception)
        {
            throw new JournalUnavailableException("the store cannot be read", exception);
        }
    }

    private void Return(TokenLookup lookup)
    {
        if (_isDisposed || _idle.Count >= Environment.ProcessorCount)
        {
            lookup.Dispose();
        }
        else
        {
            _idle.Add(lookup);
        }
    }
}
