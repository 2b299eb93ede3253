using System.Diagnostics.CodeAnalysis;
using System.Threading.Channels;

namespace MeshCA.Authentication.Keys;

/// <summary>The keys of one source: read on the request path without waiting, replaced in the background.</summary>
internal class KeyRing(KeySchedule schedule)
{
    /// <summary>
    /// Shortest time between the end of a read and one that an unknown key id asks for: a flood of forged tokens must
    /// not become one on the issuer, nor have its callers told to come again for ever.
    /// </summary>
    public static readonly TimeSpan MinRefreshSpacing = TimeSpan.FromSeconds(10);

    private readonly Channel<bool> _wake =
        Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    private readonly Lock _reads = new();
    private volatile Snapshot? _current;
    private bool _reading;
    private bool _failed;
    private DateTimeOffset _ended;

    /// <summary>When its source is read.</summary>
    public KeySchedule Schedule { get; } = schedule;

    /// <summary>The keys and when they were last read; null before the first success.</summary>
    public Snapshot? Current => _current;

    /// <summary>Takes the keys that serve at a moment.</summary>
    /// <param name="now">The present.</param>
    /// <param name="keys">The keys, or null.</param>
    /// <param name="error">Never loaded, or too old.</param>
    public bool TryGetKeys(DateTimeOffset now, [NotNullWhen(true)] out VerificationKeySet? keys, out AuthenticationError error)
    {
        var current = _current;
        error = current is null ? AuthenticationError.KeysNotLoaded
            : now - current.ReadAt > Schedule.MaxStaleAge ? AuthenticationError.KeysTooOld
            : AuthenticationError.None;
        keys = error == AuthenticationError.None ? current!.Keys : null;
        return keys is not null;
    }

    /// <summary>Notes that a read begins.</summary>
    /// <remarks>One that ends in a bug is not noted as ended: it stands for the one that the reader soon tries anew.</remarks>
    public void BeginRead()
    {
        lock (_reads)
        {
            _reading = true;
        }
    }

    /// <summary>Takes over keys just read.</summary>
    /// <returns>Whether they differ from the ones before.</returns>
    public bool Replace(VerificationKeySet keys, DateTimeOffset now)
    {
        lock (_reads)
        {
            var before = _current?.Keys;
            var same = keys.SameAs(before);

            // The same object again where nothing changed: cached tokens need not look up their key then.
            _current = new Snapshot(same ? before! : keys, now);
            EndRead(now, failed: false);
            return !same;
        }
    }

    /// <summary>Notes that a read brought no keys.</summary>
    public void NoteFailure(DateTimeOffset now)
    {
        lock (_reads)
        {
            EndRead(now, failed: true);
        }
    }

    /// <summary>
    /// Asks for a read in the background because a token's key is not known; too soon after the last one it is ignored.
    /// </summary>
    /// <param name="lacking">The keys among which it was sought.</param>
    /// <param name="now">The present.</param>
    /// <returns>
    /// Whether the key may be known soon: a read is under way or begins now, the last one failed and is tried again, or
    /// other keys came meanwhile. False where the issuer was read a moment ago and has no such key.
    /// </returns>
    public bool RequestRefresh(VerificationKeySet lacking, DateTimeOffset now)
    {
        lock (_reads)
        {
            // Either way of a clock that was set: one set far back must not keep reads from being asked for.
            if (!_reading && (now - _ended).Duration() >= MinRefreshSpacing)
            {
                _reading = true;
                Wake();
            }

            return _reading || _failed || !ReferenceEquals(_current?.Keys, lacking);
        }
    }

    /// <summary>Lets the background reader go on.</summary>
    public void Wake() => _wake.Writer.TryWrite(true);

    /// <summary>Waits until <see cref="Wake"/> is called, or was since the last wait.</summary>
    public async Task WaitAsync(CancellationToken cancellationToken) => await _wake.Reader.ReadAsync(cancellationToken);

    private void EndRead(DateTimeOffset now, bool failed)
    {
        _reading = false;
        _failed = failed;
        _ended = now;
    }

    /// <summary>Keys and the time of the last successful read.</summary>
    internal sealed record Snapshot(VerificationKeySet Keys, DateTimeOffset ReadAt);
}
