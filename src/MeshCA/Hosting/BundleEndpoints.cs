using MeshCA.Registration;
using MeshCA.Rpc.Bundles;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace MeshCA.Hosting;

/// <summary>The trust bundle over HTTP: on the plain port for whoever has no roots yet, on the TLS port for whoever keeps them fresh.</summary>
internal static class BundleEndpoints
{
    // Kept, but asked about each time: a root that left the bundle must not live on in a cache, and an unchanged one costs no bytes.
    internal const string CacheControl = "no-cache";
    private const string TrustDomainParameter = "trust_domain";

    /// <summary>Maps both forms, on both ports.</summary>
    public static void MapBundle(this IEndpointRouteBuilder endpoints)
    {
        Map("/bundle.pem", bundle => bundle.Pem);
        Map("/bundle.json", bundle => bundle.SpiffeJson);

        void Map(string path, Func<PublishedBundle, BundleDocument> form) => endpoints
            .MapMethods(path, [HttpMethods.Get, HttpMethods.Head], async context =>
            {
                var answer = await AnswerAsync(context, form);
                await answer.ExecuteAsync(context);
            })
            .On(ListenerKind.Http | ListenerKind.Mesh);
    }

    private static async Task<IResult> AnswerAsync(HttpContext context, Func<PublishedBundle, BundleDocument> form)
    {
        if (context.RequestServices.GetRequiredService<PublishedBundles>().Current is not { } bundle)
        {
            return Results.StatusCode(StatusCodes.Status503ServiceUnavailable);
        }

        if (!IsOfOurs(context))
        {
            return Results.StatusCode(StatusCodes.Status404NotFound);
        }

        // Only the TLS port asks for certificates, so on the other nobody reports.
        if (context.Connection.ClientCertificate is { } certificate && Held(context, (long)bundle.Snapshot.BundleSequence) is { } sequence)
        {
            await context.RequestServices.GetRequiredService<BundlePollers>().NoteAsync(
                certificate.RawDataMemory, context.Connection.RemoteIpAddress, sequence, context.RequestAborted);
        }

        var document = form(bundle);
        context.Response.Headers.CacheControl = CacheControl;
        return Results.Bytes(document.Body, document.ContentType, entityTag: document.Tag);
    }

    // Without a name it is the mesh's own. The document does not say whose it is (spiffe §4.1), so a reader that names a trust domain
    // must not be given roots that do not speak for it.
    internal static bool IsOfOurs(HttpContext context) => context.Request.Query[TrustDomainParameter] switch
    {
        [] => true,
        [{ } name] => context.RequestServices.GetRequiredService<PermittedTrustDomains>().TryFind(name, out _),
        _ => false,
    };

    // The newest that the reader shows and that was ever published; null where it shows none.
    internal static long? Held(HttpContext context, long published)
    {
        long? held = null;
        foreach (var tag in context.Request.GetTypedHeaders().IfNoneMatch)
        {
            if (BundleDocument.TryReadSequence(tag, out var sequence) && sequence <= published)
            {
                held = Math.Max(held ?? 0, sequence);
            }
        }

        return held;
    }
}
