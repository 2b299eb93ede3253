using System.Runtime.CompilerServices;
using Grpc.Core;
using MeshCA.Wire.Identity;

namespace MeshCA.Requesting;

/// <summary>A client's stream of the trust bundle: gives each bundle as it comes, and tells which one is in use.</summary>
/// <remarks>Whoever reads it opens another when it ends; the contract says after which statuses, and how.</remarks>
internal sealed class BundleWatch : IDisposable
{
    private readonly AsyncDuplexStreamingCall<WatchRequest, WatchResponse> _call;

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

    /// <summary>Reads bundles until the stream ends.</summary>
    /// <exception cref="RpcException">How it ended, unless both sides were done.</exception>
    public async IAsyncEnumerable<TrustBundle> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        while (await _call.ResponseStream.MoveNext(cancellationToken))
        {
            if (_call.ResponseStream.Current.Bundle is { } bundle)
            {
                yield return bundle;
            }
        }
    }

    /// <summary>Tells that handshakes verify by a bundle now.</summary>
    public Task AcknowledgeAsync(TrustBundle bundle) =>
        _call.RequestStream.WriteAsync(new() { Acknowledge = new() { Sequence = bundle.Sequence } });

    /// <summary>Tells that nothing more is acknowledged: the stream ends well.</summary>
    public Task CompleteAsync() => _call.RequestStream.CompleteAsync();

    /// <inheritdoc />
    public void Dispose() => _call.Dispose();
}
