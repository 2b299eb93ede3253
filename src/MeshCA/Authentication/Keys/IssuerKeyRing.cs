using System.Diagnostics.CodeAnalysis;
using System.Threading.Channels;
using MeshCA.Authentication.Tokens;

namespace MeshCA.Authentication.Keys;

/// <summary>The keys of one issuer: read on the request path without waiting, replaced in the background.</summary>
internal sealed class IssuerKeyRing(TokenIssuer issuer)
{
    /// <summary>
    /// Shortest time between two reads that unknown key ids ask for: a flood of forged tokens must not become one
    /// on the issuer.
    /// </summary>
    public static readonly TimeSpan MinRefreshSpacing = TimeSpan.FromSeconds(10);

    private readonly Channel<bool> _wake =
        Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    private volatile Snapshot? _current;
    private long _lastAttempt = DateTimeOffset.MinValue.UtcTicks;

    /// <summary>The issuer.</summary>
    public TokenIssuer Issuer { get; } = issuer;

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
            : now - current.ReadAt > Issuer.MaxStaleAge ? AuthenticationError.KeysTooOld
            : AuthenticationError.None;
        keys = error == AuthenticationError.None ? current!.Keys : null;
        return keys is not null;
    }

    /// <summary>Takes over keys just read.</summary>
    /// <returns>Whether they differ from the ones before.</returns>
    public bool Replace(VerificationKeySet keys, DateTimeOffset now)
    {
        var before = _current?.Keys;
        var same = keys.SameAs(before);

        // The same object again where nothing changed: cached tokens need not look up their key then.
        _current = new Snapshot(same ? before! : keys, now);
        return !same;
    }

    /// <summary>Notes that a read begins.</summary>
    public void NoteAttempt(DateTimeOffset now) => Interlocked.Exchange(ref _lastAttempt, now.UtcTicks);

    /// <summary>Asks for a read in the background because a key is not known; too soon after the last one it is ignored.</summary>
    public void RequestRefresh(DateTimeOffset now)
    {
        var last = Interlocked.Read(ref _lastAttempt);
        if (now.UtcTicks - last >= MinRefreshSpacing.Ticks
            && Interlocked.CompareExchange(ref _lastAttempt, now.UtcTicks, last) == last)
        {
            Wake();
        }
    }

    /// <summary>Lets the background reader go on.</summary>
    public void Wake() => _wake.Writer.TryWrite(true);

    /// <summary>Waits until <see cref="Wake"/> is called, or was since the last wait.</summary>
    public async Task WaitAsync(CancellationToken cancellationToken) => await _wake.Reader.ReadAsync(cancellationToken);

    /// <summary>Keys and the time of the last successful read.</summary>
    internal sealed record Snapshot(VerificationKeySet Keys, DateTimeOffset ReadAt);
}
