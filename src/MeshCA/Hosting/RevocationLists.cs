using System.Globalization;
using MeshCA.Revocations.Lists;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Net.Http.Headers;

namespace MeshCA.Hosting;

/// <summary>Revocation lists over plain HTTP: they are signed, and whoever checks a certificate has none to show yet (RFC 5280 §8).</summary>
internal static class RevocationLists
{
    private const string DerType = "application/pkix-crl"; // RFC 2585 §4.2
    private const string PemType = "application/x-pem-file";

    // Longer, and a revocation would not reach those behind a cache for as long.
    private static readonly TimeSpan LongestAge = TimeSpan.FromMinutes(1);

    /// <summary>Answers one authority's list.</summary>
    /// <param name="context">The request.</param>
    /// <param name="authority">The authority's id; untrusted.</param>
    public static IResult AnswerOne(HttpContext context, string authority) =>
        context.RequestServices.GetRequiredService<ListPublisher>().Catalog.Find(authority) is { } list
            ? Answer(context, list.Der, DerType, list.Number, [list])
            : Results.NotFound();

    /// <summary>Answers all lists, or none where one is missing: Envoy would refuse every peer for its sake.</summary>
    /// <param name="context">The request.</param>
    public static IResult AnswerAll(HttpContext context)
    {
        var catalog = context.RequestServices.GetRequiredService<ListPublisher>().Catalog;
        return catalog.IsComplete
            ? Answer(context, catalog.Pem, PemType, string.Join('-', catalog.Lists.Select(list => list.Number)), catalog.Lists)
            : Results.Text(
                string.Concat(catalog.Faults.Select(fault => $"authority {fault.Authority}: {fault.Detail}\n").DefaultIfEmpty("no list was made yet\n")),
                statusCode: StatusCodes.Status503ServiceUnavailable);
    }

    // A list never changes under its number, so the numbers are the tag.
    private static IResult Answer(
        HttpContext context, ReadOnlyMemory<byte> body, string type, string tag, IReadOnlyList<PublishedList> lists)
    {
        var left = lists.Min(list => list.NextUpdate) - context.RequestServices.GetRequiredService<TimeProvider>().GetUtcNow();
        var age = left <= TimeSpan.Zero ? TimeSpan.Zero : left < LongestAge ? left : LongestAge;
        context.Response.Headers.CacheControl = string.Create(CultureInfo.InvariantCulture, $"public, max-age={(int)age.TotalSeconds}");
        return Results.Bytes(body, type, lastModified: lists.Max(list => list.ThisUpdate), entityTag: new EntityTagHeaderValue($"\"{tag}\""));
    }
}
