using MeshCA.Issuance;
using MeshCA.Storage.Chaining;
using MeshCA.Storage.Schema;

namespace MeshCA.Storage.Writing;

/// <summary>Appends a journal record.</summary>
/// <remarks>Made on the caller's thread, canonical form included, so that the one writer only hashes and inserts.</remarks>
internal sealed class JournalWrite : StoreWrite
{
    [ThreadStatic]
    private static CanonicalWriter? _writer;

    private readonly JournalRow _row;
    private readonly byte[] _body;
    private readonly TimeSpan _maxClockStep;

    /// <summary>Takes a record.</summary>
    public JournalWrite(IssuanceRecord record, TimeSpan maxClockStep)
    {
        _writer ??= new();
        _row = JournalRow.From(record);
        _row.Encode(_writer.Clear());
        _body = _writer.Written.ToArray();
        _maxClockStep = maxClockStep;
    }

    /// <inheritdoc />
    public override void Apply(StoreTransaction transaction)
    {
        if (IsTimely(transaction))
        {
            transaction.Append(_row, _body);
        }
    }

    /// <summary>Whether the clock was right when the record was made; if not, sets <see cref="StoreWrite.Refusal"/>.</summary>
    public bool IsTimely(StoreTransaction transaction)
    {
        var isTimely = transaction.ObserveClock(_row.IssuedAt, _maxClockStep);
        Refusal = isTimely ? null : new JournalUnavailableException(
            $"the clock stands more than {_maxClockStep} behind the newest record of {StoredTime.FromMicroseconds(transaction.State.NewestIssuedAt):O}");
        return isTimely;
    }
}
