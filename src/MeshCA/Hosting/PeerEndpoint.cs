using System.Net;
using MeshCA.Configuration;
using MeshCA.Federation;
using MeshCA.Rpc.Bundles;
using MeshCA.Serving;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;

namespace MeshCA.Hosting;

/// <summary>The bundle endpoint for other trust domains (Federation §5.2): our SPIFFE bundle document over HTTPS, to whoever asks by GET.</summary>
internal static class PeerEndpoint
{
    /// <summary>Where the document is; peers with a path of their own find the same below <see cref="PeerPath"/>.</summary>
    public const string Path = "/";

    /// <summary>What the path of a peer begins with; its key follows.</summary>
    public const string PeerPath = "/peers/";

    /// <summary>Most connections to each of its ports: whoever reaches it from outside must not take those that workloads need.</summary>
    public const int MaxConnections = 256;

    /// <summary>Opens the ports that are wanted.</summary>
    public static void ListenForPeers(this KestrelServerOptions kestrel, BundleEndpointOptions options)
    {
        var certificates = new Lazy<PeerCertificates>(kestrel.ApplicationServices.GetRequiredService<PeerCertificates>);
        Listen(options.SpiffePort, () => certificates.Value.Spiffe);
        Listen(options.WebPort, () => certificates.Value.Web);

        void Listen(int? port, Func<ServingCertificate?> certificate)
        {
            if (port is not { } number)
            {
                return;
            }

            kestrel.Listen(IPAddress.Parse(options.Address), number, listen =>
            {
                listen.Protocols = HttpProtocols.Http1AndHttp2;
                listen.Mark(ListenerKind.Federation);
                listen.Bound(MaxConnections);
                listen.UseHttps(new TlsHandshakeCallbackOptions { OnConnection = _ => ValueTask.FromResult(ListenerTls.Create(certificate()?.Current)) });
            });
        }
    }

    /// <summary>Maps the document, on those ports only.</summary>
    public static void MapPeerEndpoint(this IEndpointRouteBuilder endpoints)
    {
        // All methods, and 405 by hand: the platform's own 405 would be an endpoint of no port.
        endpoints.Map(Path, context => AnswerAsync(context, null)).On(ListenerKind.Federation);
        endpoints.Map(
            PeerPath + "{key}",
            context => context.RequestServices.GetRequiredService<IFederationFeed>().Current.FindByPollKey((string?)context.GetRouteValue("key") ?? "") is { } known
                ? AnswerAsync(context, known.Peer)
                : Results.StatusCode(StatusCodes.Status404NotFound).ExecuteAsync(context)).On(ListenerKind.Federation);
    }

    private static async Task AnswerAsync(HttpContext context, FederatedPeer? peer)
    {
        if (!HttpMethods.IsGet(context.Request.Method))
        {
            context.Response.Headers.Allow = HttpMethods.Get;
            context.Response.StatusCode = StatusCodes.Status405MethodNotAllowed;
            return;
        }

        if (!BundleEndpoints.IsOfOurs(context))
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        // Federation §5.1: where the bundle cannot be had, a status of the server's fault.
        if (context.RequestServices.GetRequiredService<PublishedBundles>().Current is not { } bundle)
        {
            context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            return;
        }

        var (sequence, polls) = ((long)bundle.Snapshot.BundleSequence, context.RequestServices.GetRequiredService<PeerPolls>());
        if (peer is not null)
        {
            polls.Came(peer, context.Connection.RemoteIpAddress, BundleEndpoints.Held(context, sequence));
        }

        context.Response.Headers.CacheControl = BundleEndpoints.CacheControl;
        var document = bundle.SpiffeJson;
        await Results.Bytes(document.Body, document.ContentType, entityTag: document.Tag).ExecuteAsync(context);
        if (peer is not null && !context.RequestAborted.IsCancellationRequested)
        {
            polls.Sent(peer, sequence);
        }
    }
}

/// <summary>The certificates of the bundle endpoint; null where its port is closed.</summary>
/// <param name="Spiffe">The X509-SVID of our own, under <c>https_spiffe</c>.</param>
/// <param name="Web">The one that the operator supplies, under <c>https_web</c>.</param>
internal sealed record PeerCertificates(ServingCertificate? Spiffe, ServingCertificate? Web)
{
    /// <summary>Those that there are.</summary>
    public IReadOnlyList<ServingCertificate> All => [.. ((ServingCertificate?[])[Spiffe, Web]).OfType<ServingCertificate>()];
}
