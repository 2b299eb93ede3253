using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using MeshCA.Auditing;
using MeshCA.Issuance;
using MeshCA.JwtSvids;
using MeshCA.Wire.Admin;
using IssuedCertificate = MeshCA.Wire.Admin.IssuedCertificate;

namespace MeshCA.Rpc.Administration;

/// <summary>Translates records of journal and audit into messages, and what all services that show them read.</summary>
internal static class RecordMessages
{
    private const int DefaultPage = 100;
    private const int LargestPage = 1_000;

    private static readonly Status StoreUnavailable = new(StatusCode.Unavailable, "the store cannot be read at the moment");

    /// <summary>A certificate's record.</summary>
    public static IssuedCertificate Of(long sequence, IssuanceRecord record) => new()
    {
        Sequence = sequence,
        IssuedAt = record.IssuedAt.ToTimestamp(),
        Kind = record.Kind.ToString(),
        SpiffeId = record.Subject?.ToString() ?? "",
        Serial = record.Serial.ToString(),
        NotBefore = record.NotBefore.ToTimestamp(),
        NotAfter = record.NotAfter.ToTimestamp(),
        RequestedLifetime = record.RequestedLifetime.ToDuration(),
        Authority = record.Authority,
        CertificateSha256 = record.Certificate.ToString(),
        KeySha256 = record.Key.ToString(),
        Authenticator = record.Evidence?.Authenticator ?? "",
        TokenId = record.Evidence?.TokenId ?? "",
        TokenTime = record.Evidence?.TokenTime.ToTimestamp(),
        Cluster = record.Evidence?.Cluster ?? "",
        Pod = record.Evidence?.PodName ?? "",
        PodUid = record.Evidence?.PodUid ?? "",
        Node = record.Evidence?.NodeName ?? "",
        RequestedBy = record.Evidence?.RequestedBy?.ToString() ?? "",
        BundleSequence = record.BundleSequence,
        Peer = record.Peer ?? "",
        Audience = { JwtAudience.FromStored(record.Audience ?? "") },
    };

    /// <summary>An audit event.</summary>
    public static AuditedEvent Of(long sequence, AuditEvent record) => new()
    {
        Sequence = sequence,
        Time = record.Time.ToTimestamp(),
        Action = record.Action,
        Actor = record.Actor,
        Target = record.Target,
        Outcome = record.Outcome,
        Detail = record.Detail,
    };

    /// <summary>How many records an answer holds at most.</summary>
    /// <param name="asked">What was asked for; 0: as many as usual.</param>
    public static int SizeOf(int asked) => asked switch
    {
        < 0 => throw Malformed("the page's size is negative"),
        0 => DefaultPage,
        _ => Math.Min(asked, LargestPage),
    };

    /// <summary>Reads a time.</summary>
    public static DateTimeOffset? TimeOf(Timestamp? time)
    {
        try
        {
            return time?.ToDateTimeOffset();
        }
        catch (InvalidOperationException)
        {
            throw Malformed("a time is outside the years 1 to 9999");
        }
    }

    /// <summary>What a malformed request is told.</summary>
    public static RpcException Malformed(string detail) => new(new Status(StatusCode.InvalidArgument, detail));

    /// <summary>Reads the store.</summary>
    /// <exception cref="RpcException">It cannot be read.</exception>
    public static async Task<T> GuardAsync<T>(Func<CancellationToken, Task<T>> read, CancellationToken cancellationToken)
    {
        try
        {
            return await read(cancellationToken);
        }
        catch (JournalUnavailableException)
        {
            throw new RpcException(StoreUnavailable);
        }
    }
}
