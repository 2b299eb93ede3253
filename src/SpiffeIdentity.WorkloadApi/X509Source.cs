using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Primitives;
using SpiffeIdentity.Bundles;
using SpiffeIdentity.Svids;
using SpiffeIdentity.WorkloadApi.Connections;

namespace SpiffeIdentity.WorkloadApi;

/// <summary>The workload's own X509-SVID and the bundles to verify peers by, kept up to date until it is disposed.</summary>
/// <remarks>
/// Safe for concurrent use; reading never waits. While the Workload API is away the last good state stays. An SVID that has expired
/// meanwhile is not handed out. Meant to live as long as the application.
/// </remarks>
public sealed class X509Source : IAsyncDisposable
{
    private const int MaxNamed = 5;

    private readonly WorkloadApiClient _client;
    private readonly Follower<Snapshot> _follower;
    private readonly X509SourceOptions _options;
    private readonly BundleTeller? _teller;
    private int _closed;

    private X509Source(X509SourceOptions options)
    {
        _options = options;
        _client = new WorkloadApiClient(options);
        _teller = options.TellsBundleInUse ? new BundleTeller(_client.Channel, options, InUse) : null;
        _follower = new Follower<Snapshot>(
            "X509-SVIDs", cancellation => ChooseAsync(_client.WatchX509Async(cancellation)), options, () => _teller?.Look());
    }

    /// <summary>Everything the Workload API sent last.</summary>
    public X509Context Context => Latest.Context;

    /// <summary>The bundles to verify peers by.</summary>
    public BundleSet Bundles => Context.Bundles;

    /// <summary>Why nothing newer comes from the Workload API; null while all is well.</summary>
    public WorkloadApiFailure? LastFailure => _follower.LastFailure;

    internal TimeProvider Clock => _options.Clock;

    /// <summary>One for all that verify by this source, so that a peer seen by one of them is known to the others.</summary>
    internal X509SvidVerifier Verifier { get; } = new();

    internal ILogger Logger { get; private init; } = null!; // set by CreateAsync, the only caller of the constructor

    // Nobody has a source before its first update.
    private Snapshot Latest => _follower.Current ?? throw new System.Diagnostics.UnreachableException();

    /// <summary>Connects to the address in <c>SPIFFE_ENDPOINT_SOCKET</c> and waits for the first SVID.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The source.</returns>
    /// <exception cref="FormatException">There is no address, or it is malformed.</exception>
    /// <exception cref="WorkloadApiException">No SVID came within <see cref="WorkloadApiOptions.FirstUpdateTimeout"/>, or none will.</exception>
    public static Task<X509Source> CreateAsync(CancellationToken cancellationToken = default) =>
        CreateAsync(new X509SourceOptions(), cancellationToken);

    /// <summary>Connects and waits for the first SVID.</summary>
    /// <param name="options">How.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The source.</returns>
    /// <exception cref="FormatException">There is no address, or it is malformed.</exception>
    /// <exception cref="WorkloadApiException">No SVID came within <see cref="WorkloadApiOptions.FirstUpdateTimeout"/>, or none will.</exception>
    public static async Task<X509Source> CreateAsync(X509SourceOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        var source = new X509Source(options) { Logger = options.LoggerFactory.CreateLogger("SpiffeIdentity.WorkloadApi.Tls") };
        try
        {
            await source._follower.WaitForFirstAsync(cancellationToken);
            source._teller?.Start();
            return source;
        }
        catch
        {
            await source.DisposeAsync();
            throw;
        }
    }

    /// <summary>The SVID to show now.</summary>
    /// <returns>One that has not expired.</returns>
    /// <exception cref="SvidUnavailableException">There is none; the exception says why and since when.</exception>
    public X509Credential GetCredential() =>
        TryGetCredential(out var credential, out var unavailable) ? credential : throw new SvidUnavailableException(unavailable);

    /// <summary>The SVID to show now.</summary>
    /// <param name="credential">One that has not expired, or null.</param>
    /// <param name="unavailable">Why there is none, or null.</param>
    /// <returns>Whether there is one.</returns>
    public bool TryGetCredential(
        [NotNullWhen(true)] out X509Credential? credential, [NotNullWhen(false)] out SvidUnavailable? unavailable)
    {
        var chosen = Latest.Chosen; // once: an update may come in between
        unavailable = Judge(chosen);
        credential = unavailable is null ? chosen : null;
        return credential is not null;
    }

    /// <summary>A token that is signalled with the next update, as <see cref="ChangeToken"/> takes it.</summary>
    /// <returns>A token for one update; ask again for the one after it.</returns>
    public IChangeToken GetChangeToken() => _follower.GetChangeToken();

    /// <summary>Ends the watch. From now on there is no SVID to show; connections that exist stay.</summary>
    /// <returns>When the watch has ended.</returns>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _closed, 1) == 1)
        {
            return;
        }

        await _follower.DisposeAsync();
        await (_teller?.DisposeAsync() ?? ValueTask.CompletedTask);
        _client.Dispose();
    }

    // Handshakes read the same state: what is said to be in use is what the next one verifies by.
    private BundleUse InUse(TrustDomain trustDomain) => _follower.Current?.Context is { } context
        ? BundleUse.Of(trustDomain, context.Bundles, context.Partial, LastFailure)
        : BundleUse.None;

    private SvidUnavailable? Judge(X509Credential? chosen)
    {
        if (Volatile.Read(ref _closed) == 1)
        {
            return new SvidUnavailable(SvidUnavailableReason.Closed);
        }

        if (chosen is null)
        {
            return new SvidUnavailable(SvidUnavailableReason.NoneChosen);
        }

        var age = _options.Clock.GetUtcNow() - chosen.Svid.NotAfter;
        return age > TimeSpan.Zero ? new SvidUnavailable(SvidUnavailableReason.Expired, age, LastFailure) : null;
    }

    // Once for each update and not for each handshake.
    private async IAsyncEnumerable<WatchEvent<Snapshot>> ChooseAsync(IAsyncEnumerable<WatchEvent<X509Context>> watch)
    {
        await foreach (var happened in watch)
        {
            yield return happened switch
            {
                WatchEvent<X509Context>.Received(var context) => new WatchEvent<Snapshot>.Received(Take(context)),
                WatchEvent<X509Context>.Failed(var failure, var retryAfter) => new WatchEvent<Snapshot>.Failed(failure, retryAfter),
                _ => throw new System.Diagnostics.UnreachableException(),
            };
        }
    }

    private Snapshot Take(X509Context context)
    {
        if (context.LeftOut.Count > 0)
        {
            ClientLog.BundlesLeftOut(
                _options.LoggerFactory.CreateLogger("SpiffeIdentity.WorkloadApi"), context.LeftOut.Count, string.Join("; ", context.LeftOut.Take(MaxNamed)));
        }

        return new Snapshot(context, Choose(context));
    }

    private X509Credential? Choose(X509Context context)
    {
        try
        {
            return _options.Choose is { } choose ? choose(context.Credentials) : context.Default;
        }
#pragma warning disable CA1031 // A chooser that fails takes none; the watch goes on, and the next update may suit it.
        catch (Exception e)
#pragma warning restore CA1031
        {
            ClientLog.SubscriberFailed(_options.LoggerFactory.CreateLogger("SpiffeIdentity.WorkloadApi"), "X509-SVIDs", e);
            return null;
        }
    }

    private sealed record Snapshot(X509Context Context, X509Credential? Chosen);
}
