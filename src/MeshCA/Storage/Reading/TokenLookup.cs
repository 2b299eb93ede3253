using MeshCA.Cryptography;
using MeshCA.Issuance;
using MeshCA.Storage.Connections;
using MeshCA.Storage.Schema;
using Microsoft.Data.Sqlite;

namespace MeshCA.Storage.Reading;

/// <summary>Finds the token behind a leaf, on a connection of its own; one user at a time.</summary>
internal sealed class TokenLookup : IDisposable
{
    // An exact search: the index leads with the certificate's own NotBefore, which the caller holds in its hand (ADR 0004).
    private const string Sql =
        "SELECT token_us, cluster, pod_name, pod_uid, node_name, certificate, authenticator FROM journal "
        + "WHERE not_before_s = ? AND serial = ? AND kind = 5 AND token_us IS NOT NULL";

    private readonly SqliteConnection _connection;
    private readonly SqliteStatement _statement;

    /// <summary>Opens a connection.</summary>
    /// <exception cref="SqliteException">The store cannot be read.</exception>
    public TokenLookup(string path)
    {
        _connection = StoreConnections.OpenReader(path);
        _statement = new(_connection, Sql);
    }

    /// <summary>Finds the last token of the leaf with a serial and a begin of validity.</summary>
    /// <exception cref="SqliteException">The store cannot be read.</exception>
    public LastToken? Find(SerialNumber serial, DateTimeOffset notBefore)
    {
        try
        {
            return _statement.Bind(notBefore.ToUnixTimeSeconds()).Bind(serial.ToByteArray()).Step() ? Read() : null;
        }
        finally
        {
            _statement.Reset();
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _statement.Dispose();
        _connection.Dispose();
    }

    // A row whose certificate cannot be a hash speaks of no certificate.
    private LastToken? Read() => _statement.Bytes(5) is { Length: Fingerprint.Size } certificate
        ? new(
            StoredTime.FromMicroseconds(_statement.Number(0)),
            _statement.Text(1) ?? "",
            _statement.Text(2),
            _statement.Text(3),
            _statement.Text(4),
            Fingerprint.FromHash(certificate))
        {
            IsOfNodeProxy = StoredAuthenticator.Split(_statement.Text(6) ?? "").RequestedBy is not null,
        }
        : null;
}
