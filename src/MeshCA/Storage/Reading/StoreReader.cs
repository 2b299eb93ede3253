using System.Collections.Concurrent;
using MeshCA.Authorities;
using MeshCA.Issuance;
using MeshCA.Storage.Connections;
using MeshCA.Storage.Schema;
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

    /// <summary>Loads the authorities as one transaction left them.</summary>
    /// <exception cref="JournalUnavailableException">The store cannot be read.</exception>
    /// <exception cref="KeySealException">A key cannot be opened.</exception>
    public AuthoritySet LoadAuthorities(AuthorityTable table)
    {
        try
        {
            using var connection = StoreConnections.OpenReader(path);
            using var snapshot = connection.BeginTransaction(deferred: true);
            return table.Read(connection);
        }
        catch (SqliteException exception)
        {
            throw new JournalUnavailableException("the authorities cannot be read", exception);
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _isDisposed = true;
        while (_idle.TryTake(out var lookup))
        {
            lookup.Dispose();
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
