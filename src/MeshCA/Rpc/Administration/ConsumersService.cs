using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using MeshCA.Administration;
using MeshCA.Authorities;
using MeshCA.Consumers;
using MeshCA.Issuance;
using MeshCA.Revocations;
using MeshCA.Wire.Admin;
using SpiffeIdentity;
using Consumer = MeshCA.Consumers.Consumer;
using ConsumerKind = MeshCA.Consumers.ConsumerKind;

namespace MeshCA.Rpc.Administration;

/// <summary>Shows administrators who has which trust bundle: translates between the wire and the registry.</summary>
internal sealed class ConsumersService(ConsumerRegistry registry, ConsumerKeeper keeper, IAuthoritySnapshots authorities, IRevocations revocations)
    : Wire.Admin.Consumers.ConsumersBase
{
    private const int DefaultSize = 100;
    private const int MaxSize = 1_000;

    /// <inheritdoc />
    public override async Task<ListConsumersResponse> List(ListConsumersRequest request, ServerCallContext context)
    {
        var query = Read(request);
        await LoadAsync(context.CancellationToken);
        var caller = context.GetAdminCaller();
        var seen = registry.Live().Where(consumer => Covers(caller, consumer));
        var page = ConsumerPage.Of([.. seen], query);
        return new()
        {
            Consumers = { page.Consumers.Select(Write) },
            NextPageToken = page.Next is { } next ? ConsumerPageToken.Write(next) : "",
            Total = page.Total,
            PublishedSequence = (long)(authorities.Current?.BundleSequence ?? 0),
            RevocationsRevision = revocations.Current.Revision,
        };
    }

    private static bool Covers(AdminCaller caller, Consumer consumer) =>
        !caller.IsScoped || (SpiffeId.TryParse(consumer.Identity, out var id, out _) && caller.Covers(id));

    private async ValueTask LoadAsync(CancellationToken cancellationToken)
    {
        try
        {
            await keeper.LoadAsync(cancellationToken);
        }
        catch (JournalUnavailableException)
        {
            throw new RpcException(new(StatusCode.Unavailable, "the store cannot be read at the moment"));
        }
    }

    private static ConsumerQuery Read(ListConsumersRequest request)
    {
        ConsumerId? after = null;
        if (request.PageToken.Length > 0)
        {
            after = ConsumerPageToken.TryRead(request.PageToken, out var id) ? id : throw Invalid("page_token is none that was given out");
        }

        return new()
        {
            Size = request.PageSize switch
            {
                0 => DefaultSize,
                >= 1 and <= MaxSize => request.PageSize,
                _ => throw Invalid("page_size must be 0 to 1,000"),
            },
            After = after,
            Kind = request.Kind switch
            {
                Wire.Admin.ConsumerKind.Unspecified => null,
                Wire.Admin.ConsumerKind.Stream => ConsumerKind.Stream,
                Wire.Admin.ConsumerKind.Poller => ConsumerKind.Poller,
                Wire.Admin.ConsumerKind.Peer => ConsumerKind.Peer,
                _ => throw Invalid("kind is none that is known"),
            },
            Behind = request.HasBehindSequence ? request.BehindSequence : null,
        };
    }

    private static Wire.Admin.Consumer Write(Consumer consumer)
    {
        var written = new Wire.Admin.Consumer
        {
            Kind = (Wire.Admin.ConsumerKind)consumer.Kind,
            Identity = consumer.Identity,
            Instance = consumer.Instance,
            PodUid = consumer.PodUid ?? "",
            Peer = consumer.Peer,
            Sequence = consumer.Sequence,
            LastSeen = consumer.LastSeen.ToTimestamp(),
            Connected = consumer.IsConnected,
        };
        if (consumer.Revocations is { } revision)
        {
            written.RevocationsRevision = revision;
        }

        if (consumer.Behind is { } behind)
        {
            written.Behind = (uint)behind.Count;
            written.BehindExamples.AddRange(behind.Examples);
            written.BehindSequence = behind.Sequence;
            written.BehindSince = behind.Since.ToTimestamp();
            written.BehindSaid = behind.SaidAt.ToTimestamp();
        }

        return written;
    }

    private static RpcException Invalid(string detail) => new(new(StatusCode.InvalidArgument, detail));
}
