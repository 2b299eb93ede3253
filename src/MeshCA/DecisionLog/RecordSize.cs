using AuthzEngine.Requests;
using AuthzEngine.Tokens;
using MeshCA.Decisions;

namespace MeshCA.DecisionLog;

/// <summary>About how much memory a record takes while it waits: that of the question that it holds on to.</summary>
internal static class RecordSize
{
    // The record itself, its subject, decision and id.
    private const long Fixed = 1_024;

    /// <summary>Bytes of a record.</summary>
    public static long Of(in DecisionRecord record)
    {
        var request = record.Request;
        var mutations = record.Outcome.Mutations;
        var size = Fixed
            + HeldSize.OfText(request.SourcePrincipal)
            + HeldSize.OfText(request.Sni)
            + HeldSize.OfText(request.Method)
            + HeldSize.OfText(request.Path)
            + HeldSize.OfText(request.Host)
            + HeldSize.OfClaim(request.Claims)
            + HeldSize.OfClaim(request.FilterMetadata)
            + OfHeaders(request.Headers);
        for (var i = 0; i < mutations.Count; i++)
        {
            size += HeldSize.OfHeader(mutations[i].Name, mutations[i].Value);
        }

        return size;
    }

    // What tokens change of them is in the mutations.
    private static long OfHeaders(IRequestHeaders? headers) => headers switch
    {
        AuthenticatedHeaders { Received: var received } => OfHeaders(received),
        IMeasuredHeaders measured => measured.HeldBytes,
        _ => 0,
    };
}
