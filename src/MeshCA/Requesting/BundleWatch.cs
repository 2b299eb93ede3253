using System.Runtime.CompilerServices;
using Grpc.Core;
using MeshCA.Wire.Identity;

namespace MeshCA.Requesting;

/// <summary>A client's stream of the trust bundle: gives what comes, and tells which bundle is in use.</summary>
/// <remarks>Whoever reads it opens another when it ends; the contract says after which statuses, and how.</remarks>
internal sealed class BundleWatch : IDisposable
{
    private readonly AsyncDuplexStreamingCall<WatchRequest, WatchResponse> _call;

    // A call takes one message after the other, and more than one loop has something to say.
    private readonly SemaphoreSlim _turn = new(1);

    private BundleWatch(AsyncDuplexStreamingCall<WatchRequest, WatchResponse> call) => _call = call;

    /// <summary>Opens a stream.</summary>
    /// <param name="client">Where.</param>
    /// <param name="open">The first message.</param>
    /// <param name="options">Token and cancellation; no deadline, or the stream ends then.</param>
    /// <exception cref="RpcException">It was refused at once; what is refused later, reading tells.</exception>
    public static async Task<BundleWatch> OpenAsync(TrustBundles.TrustBundlesClient client, Open open, CallOptions options)
    {
        var watch = new BundleWatch(client.Watch(options));
        try
        {
            await watch._call.RequestStream.WriteAsync(new() { Open = open });
            return watch;
        }
        catch
        {
            watch.Dispose();
            throw;
        }
    }

    /// <summary>Reads bundles, and states of the revocations and federated bundles where they were asked for, until the stream ends.</summary>
    /// <returns>What came; a state of the revocations and one of the federated bundles are whole.</returns>
    /// <exception cref="RpcException">How it ended, unless both sides were done.</exception>
    public IAsyncEnumerable<WatchResponse> ReadAsync(CancellationToken cancellationToken) => ReadAsync(new RevocationParts(), cancellationToken);

    /// <summary>The same, for who has no room for any state of the revocations.</summary>
    /// <param name="parts">Puts states together, and says what of the last one it kept.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async IAsyncEnumerable<WatchResponse> ReadAsync(RevocationParts parts, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var federated = new FederatedParts();
        while (await _call.ResponseStream.MoveNext(cancellationToken))
        {
            var message = _call.ResponseStream.Current;
            if (message.Bundle is not null)
            {
                yield return message;
            }
            else if (message.Revocations is { } part && parts.Add(part) is { } whole)
            {
                yield return new() { Revocations = whole };
            }
            else if (message.Federated is { } piece && federated.Add(piece) is { } all)
            {
                yield return new() { Federated = all };
            }
        }
    }

    /// <summary>Tells that handshakes verify by a bundle now.</summary>
    public Task AcknowledgeAsync(TrustBundle bundle, CancellationToken cancellationToken) =>
        SayAsync(new() { Acknowledge = new() { Sequence = bundle.Sequence } }, cancellationToken);

    /// <summary>Says something about what came; any number of callers at once.</summary>
    /// <param name="request">`acknowledge`; or `behind` and `acknowledge_revocations`, where the service takes them.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task SayAsync(WatchRequest request, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            await _call.RequestStream.WriteAsync(request, cancellationToken);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Tells that nothing more is acknowledged: the stream ends well.</summary>
    public Task CompleteAsync(CancellationToken cancellationToken) => _call.RequestStream.CompleteAsync().WaitAsync(cancellationToken);

    /// <inheritdoc />
    public void Dispose() => _call.Dispose(); // the semaphore has no handle, and others may be about to leave it
}
