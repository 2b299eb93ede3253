using MeshCA.Configuration;
using MeshCA.Rpc.JwtSvids;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace MeshCA.Hosting;

/// <summary>The keys of JWT-SVIDs for whoever knows OpenID Connect: on the ports of the trust bundle, where an issuer is configured.</summary>
internal static class OpenIdEndpoints
{
    // A key is published for long before it signs, so what is five minutes old is good; clouds keep it for longer whatever is said.
    private const string CacheControl = "public, max-age=300";

    /// <summary>Maps both documents; without an issuer there are none.</summary>
    public static void MapOpenId(this IEndpointRouteBuilder endpoints, JwtSvidOptions options)
    {
        if (!options.Enabled || options.Issuer.Length == 0)
        {
            return;
        }

        Map(OpenIdDocuments.DiscoveryPath, "application/json", documents => documents.Discovery);
        Map(OpenIdDocuments.KeysPath, "application/jwk-set+json", documents => documents.Keys);

        void Map(string path, string contentType, Func<OpenIdDocuments, OpenIdDocument?> of) => endpoints
            .MapMethods(path, [HttpMethods.Get, HttpMethods.Head], context => Answer(context, contentType, of).ExecuteAsync(context))
            .On(ListenerKind.Http | ListenerKind.Mesh | ListenerKind.Federation);
    }

    private static IResult Answer(HttpContext context, string contentType, Func<OpenIdDocuments, OpenIdDocument?> of)
    {
        if (of(context.RequestServices.GetRequiredService<OpenIdDocuments>()) is not { } document)
        {
            return Results.StatusCode(StatusCodes.Status503ServiceUnavailable);
        }

        context.Response.Headers.CacheControl = CacheControl;
        return Results.Bytes(document.Body, contentType, entityTag: document.Tag);
    }
}
