using MeshCA.Issuance;
using MeshCA.Storage.Connections;
using MeshCA.Storage.Schema;
using Microsoft.Data.Sqlite;
using SpiffeIdentity;

namespace MeshCA.Storage.Queries;

/// <summary>Finds pages of certificates, each by one index and from where the last page ended.</summary>
/// <remarks>
/// The journal's indexes on serial and identity begin with the record's block, so that they grow near their end (ADR 0007). A search
/// asks block after block, from the newest back; blocks without records cost nothing. Each statement names its index: where a
/// schema lacks it, the search fails rather than reading millions of rows.
/// </remarks>
internal static class CertificateListing
{
    /// <summary>Most records that one page looks at: what is outside a caller's scopes must not make a page endless.</summary>
    public const int MaxExamined = 10_000;

    private const int BlockBits = 11;
    private const int ExpiryBits = 8;

    // Asking for the next record costs as much as searching a block, and blocks are empty only where retention removed them.
    private const int BlocksBetweenLooks = 32;

    private const string Newest = "SELECT max(seq) FROM journal WHERE seq < ?";
    private const string WithSerial =
        "SELECT seq FROM journal INDEXED BY journal_block_serial WHERE seq >> 11 = ? AND serial = ? AND seq < ? ORDER BY seq DESC LIMIT ?";

    private const string OfIdentity =
        "SELECT seq FROM journal INDEXED BY journal_block_subject WHERE seq >> 11 = ? AND subject = ? AND seq < ? ORDER BY seq DESC LIMIT ?";

    // What the range holds beside the prefix itself and what is below it begins with the prefix and `-` or `.`. The signs keep
    // these two conditions from being searched for by themselves, twice in each block.
    private const string Below =
        "SELECT seq FROM journal INDEXED BY journal_block_subject "
        + "WHERE seq >> 11 = ? AND subject >= ? AND subject < ? AND (+subject = ? OR +subject >= ?) AND seq < ? ORDER BY seq DESC LIMIT ?";

    // Its first letters keep the index small; the row says whether the rest fits. In the statement that would confuse the planner.
    private const string SignedBy =
        $"SELECT {JournalTable.Columns} FROM journal INDEXED BY journal_authority WHERE substr(authority, 1, 8) = ? AND seq < ? ORDER BY seq DESC";

    private const string Expiring =
        $"SELECT {JournalTable.Columns} FROM journal INDEXED BY journal_expiry "
        + "WHERE not_after_s >> 8 >= ? AND not_after_s >> 8 <= ? AND (not_after_s >> 8 > ? OR seq > ?) "
        + "AND not_after_s >= ? AND not_after_s < ? ORDER BY not_after_s >> 8, seq";

    private const string All = $"SELECT {JournalTable.Columns} FROM journal WHERE seq < ? ORDER BY seq DESC";
    private const string One = $"SELECT {JournalTable.Columns} FROM journal WHERE seq = ?";

    /// <summary>Every statement, for the test that shows their plans.</summary>
    public static IReadOnlyList<string> Statements { get; } = [Newest, WithSerial, OfIdentity, Below, SignedBy, Expiring, All, One];

    /// <summary>Finds a page inside the connection's present transaction.</summary>
    public static CertificatePage Find(SqliteConnection connection, CertificateQuery query, CancellationToken cancellationToken)
    {
        var entries = new List<JournalEntry>(query.Size);
        var examined = 0;
        PageCursor? last = null;
        using var rows = Rows(connection, query).GetEnumerator();
        while (rows.MoveNext())
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (entries.Count == query.Size || examined == MaxExamined)
            {
                return new(entries, last);
            }

            var row = rows.Current;
            examined++;
            last = new(query.Filter is CertificateFilter.Expiring ? row.NotAfter >> ExpiryBits : 0, row.Sequence);
            if (IsVisible(row, query))
            {
                entries.Add(new(row.Sequence, row.ToRecord()));
            }
        }

        return new(entries, null);
    }

    private static bool IsVisible(JournalRow row, CertificateQuery query) =>
        (query.IsOfTokens is not { } isOfTokens || row.Kind == (long)CertificateKind.JwtSvid == isOfTokens)
        && (query.Filter is not CertificateFilter.SignedBy(var authority) || row.Authority == authority)
        && (query.Scopes.Count == 0
            || (SpiffeId.TryParse(row.Subject, out var id, out _) && query.Scopes.Any(scope => scope.Covers(id))));

    private static IEnumerable<JournalRow> Rows(SqliteConnection connection, CertificateQuery query)
    {
        var before = query.After?.Sequence ?? long.MaxValue;
        var most = query.Size + 1;
        return query.Filter switch
        {
            CertificateFilter.OfIdentity(var id) =>
                InBlocks(connection, OfIdentity, before, most, (statement, block) => statement.Bind(block).Bind(id.ToString())),
            CertificateFilter.Below(var prefix) => InBlocks(connection, Below, before, most, (statement, block) => statement
                .Bind(block)
                .Bind(prefix.ToString())
                .Bind($"{prefix}0") // '0' follows '/'
                .Bind(prefix.ToString())
                .Bind(prefix.Below)),
            CertificateFilter.WithSerial(var serial) =>
                InBlocks(connection, WithSerial, before, most, (statement, block) => statement.Bind(block).Bind(serial.ToByteArray())),
            CertificateFilter.SignedBy(var authority) => Read(
                connection, SignedBy, statement => statement.Bind(authority[..Math.Min(8, authority.Length)]).Bind(before)),
            CertificateFilter.Expiring(var from, var until) => Read(connection, Expiring, statement => statement
                .Bind(Math.Max(from.ToUnixTimeSeconds() >> ExpiryBits, query.After?.Time ?? long.MinValue))
                .Bind(until.ToUnixTimeSeconds() >> ExpiryBits)
                .Bind(query.After?.Time ?? long.MinValue)
                .Bind(query.After?.Sequence ?? 0)
                .Bind(from.ToUnixTimeSeconds())
                .Bind(until.ToUnixTimeSeconds())),
            _ => Read(connection, All, statement => statement.Bind(before)),
        };
    }

    // A page takes no more of a block than it has room for, so that a block of many is not sorted for a few.
    private static IEnumerable<JournalRow> InBlocks(
        SqliteConnection connection, string sql, long before, int most, Func<SqliteStatement, long, SqliteStatement> bind)
    {
        using var newest = new SqliteStatement(connection, Newest);
        using var search = new SqliteStatement(connection, sql);
        using var one = new SqliteStatement(connection, One);
        var next = LastBefore(newest, before);
        for (var empty = 0; next is { } sequence;)
        {
            var block = sequence >> BlockBits;
            var found = Sequences(bind(search, block).Bind(before).Bind(most));
            foreach (var number in found)
            {
                if (one.Bind(number).Step())
                {
                    yield return JournalTable.Read(one);
                }

                one.Reset();
            }

            // A block that was not read to its end is asked again, from there.
            before = found.Count == most ? found[^1] : block << BlockBits;
            empty = found.Count == 0 ? empty + 1 : 0;
            next = before <= 0 ? null : empty % BlocksBetweenLooks == 0 ? LastBefore(newest, before) : before - 1;
        }
    }

    private static long? LastBefore(SqliteStatement newest, long before)
    {
        long? found = newest.Bind(before).Step() && !newest.IsNull(0) ? newest.Number(0) : null;
        newest.Reset();
        return found;
    }

    private static List<long> Sequences(SqliteStatement statement)
    {
        var found = new List<long>();
        while (statement.Step())
        {
            found.Add(statement.Number(0));
        }

        return found;
    }

    private static IEnumerable<JournalRow> Read(SqliteConnection connection, string sql, Func<SqliteStatement, SqliteStatement> bind)
    {
        using var statement = new SqliteStatement(connection, sql);
        bind(statement);
        while (statement.Step())
        {
            yield return JournalTable.Read(statement);
        }
    }
}
