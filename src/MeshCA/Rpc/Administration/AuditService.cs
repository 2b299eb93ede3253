using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using MeshCA.Storage;
using MeshCA.Storage.Chaining;
using MeshCA.Storage.Queries;
using MeshCA.Storage.Schema;
using MeshCA.Wire.Admin;

namespace MeshCA.Rpc.Administration;

/// <summary>Shows administrators the audit, and parts of the chains: translates between the wire and the store's queries.</summary>
internal sealed class AuditService(IStoreQueries store, PageTokens tokens) : Audit.AuditBase
{
    private const int LargestExport = 1_000;

    /// <inheritdoc />
    public override async Task<ListEventsResponse> List(ListEventsRequest request, ServerCallContext context)
    {
        var question = request.Clone();
        question.PageToken = "";
        question.PageSize = 0;
        PageCursor? after = null;
        if (request.PageToken.Length > 0 && !tokens.TryRead(request.PageToken, question.ToByteArray(), out after))
        {
            throw RecordMessages.Malformed("`page_token` is not of this listing");
        }

        var query = new AuditQuery
        {
            Action = request.Action.Length > 0 ? request.Action : null,
            Since = RecordMessages.TimeOf(request.Times?.From),
            Until = RecordMessages.TimeOf(request.Times?.Until),
            Limit = RecordMessages.SizeOf(request.PageSize),
            After = after,
        };
        var page = await RecordMessages.GuardAsync(token => store.FindEventsAsync(query, token), context.CancellationToken);
        return new()
        {
            Events = { page.Entries.Select(entry => RecordMessages.Of(entry.Sequence, entry.Event)) },
            NextPageToken = page.Next is { } next ? tokens.Write(next, question.ToByteArray()) : "",
        };
    }

    /// <inheritdoc />
    public override async Task<ExportResponse> Export(ExportRequest request, ServerCallContext context)
    {
        var chain = request.Chain switch
        {
            ExportRequest.Types.Chain.Journal => Chain.Journal,
            ExportRequest.Types.Chain.Audit => Chain.Audit,
            _ => throw RecordMessages.Malformed("`chain` names no chain"),
        };
        var query = new ExportQuery(
            chain,
            request.FirstSequence,
            request.LastSequence,
            RecordMessages.TimeOf(request.Times?.From),
            RecordMessages.TimeOf(request.Times?.Until),
            request.MaxRecords == 0 ? LargestExport : RecordMessages.SizeOf(request.MaxRecords));
        var page = await RecordMessages.GuardAsync(token => store.ExportAsync(query, token), context.CancellationToken);
        return new()
        {
            StoreId = ByteString.CopyFrom(page.StoreId),
            PreviousHash = ByteString.CopyFrom(page.PreviousHash),
            Entries = { page.Entries.Select(Message) },
            Checkpoints = { page.Checkpoints.Select(Message) },
            NextSequence = page.Next ?? 0,
        };
    }

    private static ExportedEntry Message(ExportEntry entry)
    {
        var message = new ExportedEntry { FirstSequence = entry.First, LastSequence = entry.Last, Hash = ByteString.CopyFrom(entry.Hash) };
        if (entry.Canonical is { } canonical)
        {
            message.Canonical = ByteString.CopyFrom(canonical);
        }

        if (entry.Event is { } happened)
        {
            message.Event = RecordMessages.Of(entry.First, happened);
        }

        if (entry.Record is { } issued)
        {
            message.Certificate = RecordMessages.Of(entry.First, issued);
        }

        return message;
    }

    private static ExportedCheckpoint Message(CheckpointRow row) => new()
    {
        Reference = CheckpointReference.Of(row).ToString(),
        Time = StoredTime.FromMicroseconds(row.Time).ToTimestamp(),
        KeySha256 = ByteString.CopyFrom(row.Key),
        Signature = ByteString.CopyFrom(row.Signature),
    };
}
