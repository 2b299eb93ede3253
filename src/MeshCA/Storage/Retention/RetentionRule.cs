using MeshCA.Configuration;
using MeshCA.Issuance;
using MeshCA.Storage.Schema;

namespace MeshCA.Storage.Retention;

/// <summary>Says which records are past use. Pure.</summary>
internal sealed class RetentionRule
{
    private readonly long _endedBefore;
    private readonly long _tokenBefore;
    private readonly long _eventBefore;

    private RetentionRule(long endedBefore, long tokenBefore, long eventBefore)
    {
        _endedBefore = endedBefore;
        _tokenBefore = tokenBefore;
        _eventBefore = eventBefore;
    }

    /// <summary>The rule at one point in time.</summary>
    public static RetentionRule At(DateTimeOffset now, StorageOptions options) => new(
        (now - options.Retention).ToUnixTimeSeconds(),
        StoredTime.ToMicroseconds(now - options.RenewalBound),
        StoredTime.ToMicroseconds(now - options.AuditRetention));

    /// <summary>Whether a record may go: its certificate ended long ago, and no renewal can ask for its token any more.</summary>
    /// <param name="notAfter">End of validity, seconds, inclusive.</param>
    /// <param name="tokenTime">Time of the last token, microseconds, if any.</param>
    public bool MayForget(long notAfter, long? tokenTime) =>
        notAfter < _endedBefore && (tokenTime ?? long.MinValue) < _tokenBefore;

    /// <summary>Whether an audit event may go.</summary>
    public bool MayForgetEvent(long time) => time < _eventBefore;

    /// <summary>Whether a record that must stay lets younger ones before others go: authorities live for years.</summary>
    public static bool MayStayBehind(long kind) => kind is not
        ((long)CertificateKind.Leaf or (long)CertificateKind.Serving or (long)CertificateKind.BundleEndpoint or (long)CertificateKind.JwtSvid);
}
