using System.Text;
using Google.Protobuf;
using Grpc.Core;
using MeshCA.Administration;
using MeshCA.Issuance;
using MeshCA.Registration;
using MeshCA.Storage;
using MeshCA.Storage.Queries;
using MeshCA.Wire.Admin;
using SpiffeIdentity;
using IssuedCertificate = MeshCA.Wire.Admin.IssuedCertificate;

namespace MeshCA.Rpc.Administration;

/// <summary>Shows administrators what was issued: translates between the wire and the store's queries.</summary>
internal sealed class CertificatesService(IStoreQueries store, PageTokens tokens) : Certificates.CertificatesBase
{
    private static readonly Status BadToken = new(StatusCode.InvalidArgument, "`page_token` is not of this listing");
    private static readonly Status NoCertificate = new(StatusCode.NotFound, "no certificate has this serial number");

    /// <inheritdoc />
    public override async Task<ListCertificatesResponse> List(ListCertificatesRequest request, ServerCallContext context)
    {
        var caller = context.GetAdminCaller();
        var filter = FilterOf(request);
        Confine(filter, caller);
        var question = QuestionOf(request, caller);
        PageCursor? after = null;
        if (request.PageToken.Length > 0 && !tokens.TryRead(request.PageToken, question, out after))
        {
            throw new RpcException(BadToken);
        }

        var page = await FindAsync(new(filter, caller.Scopes, RecordMessages.SizeOf(request.PageSize), after) { IsOfTokens = request.JwtSvids }, context);
        return new()
        {
            Certificates = { page.Entries.Select(entry => RecordMessages.Of(entry.Sequence, entry.Record)) },
            NextPageToken = page.Next is { } next ? tokens.Write(next, question) : "",
        };
    }

    /// <inheritdoc />
    public override async Task<IssuedCertificate> Show(ShowCertificateRequest request, ServerCallContext context)
    {
        var filter = new CertificateFilter.WithSerial(SerialOf(request.Serial));
        var page = await FindAsync(new(filter, context.GetAdminCaller().Scopes, 1, null), context);
        return page.Entries is [var entry, ..] ? RecordMessages.Of(entry.Sequence, entry.Record) : throw new RpcException(NoCertificate);
    }

    private static CertificateFilter FilterOf(ListCertificatesRequest request) => request.FilterCase switch
    {
        ListCertificatesRequest.FilterOneofCase.SpiffeId => SpiffeId.TryParse(request.SpiffeId, out var id, out var error)
            ? new CertificateFilter.OfIdentity(id)
            : throw RecordMessages.Malformed($"`spiffe_id`: {error}"),
        ListCertificatesRequest.FilterOneofCase.SpiffeIdPrefix => SpiffeIdPrefix.TryParse(request.SpiffeIdPrefix, out var prefix, out var error)
            ? new CertificateFilter.Below(prefix)
            : throw RecordMessages.Malformed($"`spiffe_id_prefix`: {error}"),
        ListCertificatesRequest.FilterOneofCase.Serial => new CertificateFilter.WithSerial(SerialOf(request.Serial)),
        ListCertificatesRequest.FilterOneofCase.Authority => new CertificateFilter.SignedBy(request.Authority),
        ListCertificatesRequest.FilterOneofCase.Expiring => new CertificateFilter.Expiring(
            RecordMessages.TimeOf(request.Expiring.From) ?? DateTimeOffset.UnixEpoch, RecordMessages.TimeOf(request.Expiring.Until) ?? DateTimeOffset.MaxValue),
        _ => new CertificateFilter.All(),
    };

    // Asking for what may not be seen is refused: an empty answer would say that nothing was issued.
    private static void Confine(CertificateFilter filter, AdminCaller caller)
    {
        var outside = filter switch
        {
            CertificateFilter.OfIdentity(var id) when !caller.Covers(id) => id.ToString(),
            CertificateFilter.Below(var prefix) when !caller.Covers(prefix) => prefix.ToString(),
            _ => null,
        };
        if (outside is not null)
        {
            throw new RpcException(GrpcStatus.Of(AdminRefusal.OutOfScope, outside));
        }
    }

    private static SerialNumber SerialOf(string text) =>
        SerialNumber.TryParse(text, out var serial) ? serial : throw RecordMessages.Malformed("`serial` is no serial number in hexadecimal");

    private static byte[] QuestionOf(ListCertificatesRequest request, AdminCaller caller)
    {
        var question = request.Clone();
        question.PageToken = "";
        question.PageSize = 0;
        return [.. question.ToByteArray(), .. Encoding.UTF8.GetBytes(string.Join(' ', caller.Scopes))];
    }

    private Task<CertificatePage> FindAsync(CertificateQuery query, ServerCallContext context) =>
        RecordMessages.GuardAsync(token => store.FindCertificatesAsync(query, token), context.CancellationToken);
}
