using System.Runtime.CompilerServices;
using Grpc.Core;
using MeshCA.Wire.Identity;

namespace MeshCA.Requesting;

/// <summary>A client's stream of the trust bundle: gives what comes, and tells which bundle is in use.</summary>
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

    /// <summary>Reads bundles, and states of the revocations and federated bundles where they were asked for, until the stream ends.</summary>
    /// <returns>What came; a state of the revocations and one of the federated bundles are whole.</returns>
    /// <exception cref="RpcException">How it ended, unless both sides were done.</exception>
    public IAsyncEnumerable<WatchResponse> ReadAsync(CancellationToken cancellationToken) => ReadAsync(RevocationParts.MaxSize, cancellationToken);

    /// <summary>The same, for who has no room for any state of the revocations.</summary>
    /// <param name="keptRevocations">Most bytes of one: what is larger comes without bans and lists.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async IAsyncEnumerable<WatchResponse> ReadAsync(int keptRevocations, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var (parts, federated) = (new RevocationParts(keptRevocations), new FederatedParts());
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
        _call.RequestStream.WriteAsync(new() { Acknowledge = new() { Sequence = bundle.Sequence } }, cancellationToken);

    /// <summary>Says something about a bundle.</summary>
    /// <param name="request">`acknowledge`; or `behind`, where the service takes it.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public Task SayAsync(WatchRequest request, CancellationToken cancellationToken) => _call.RequestStream.WriteAsync(request, cancellationToken);

    /// <summary>Tells that nothing more is acknowledged: the stream ends well.</summary>
    public Task CompleteAsync(CancellationToken cancellationToken) => _call.RequestStream.CompleteAsync().WaitAsync(cancellationToken);

    /// <inheritdoc />
    public void Dispose() => _call.Dispose();
}
