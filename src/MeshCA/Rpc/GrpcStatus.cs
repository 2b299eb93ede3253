using System.Diagnostics;
using Grpc.Core;
using MeshCA.Administration;
using MeshCA.Csr;
using MeshCA.Decisions;
using MeshCA.Issuance;
using MeshCA.Rpc.Bundles;
using MeshCA.Telemetry;

namespace MeshCA.Rpc;

/// <summary>The one table from reasons to gRPC statuses (docs/errors.md prints it).</summary>
/// <remarks>
/// Agents retry RESOURCE_EXHAUSTED, ABORTED, INTERNAL and UNAVAILABLE within 1.5 s (istio-ca §6.3), so these are for what passes;
/// what stays wrong is INVALID_ARGUMENT, UNAUTHENTICATED or PERMISSION_DENIED.
/// </remarks>
internal static class GrpcStatus
{
    /// <summary>Authentication failures share one opaque message; the reason is for the log and the audit.</summary>
    public static readonly Status Unauthenticated = new(StatusCode.Unauthenticated, "request authenticate failure");

    /// <summary>The credentials cannot be judged now.</summary>
    public static readonly Status AuthenticationUnavailable =
        new(StatusCode.Unavailable, "authentication is not available at the moment");

    /// <summary>Too many requests are in work.</summary>
    public static readonly Status Overloaded = new(StatusCode.ResourceExhausted, "too many requests are in work");

    /// <summary>The connection, or all together, have as many streams open as they may.</summary>
    public static readonly Status TooManyStreams = new(StatusCode.ResourceExhausted, "too many streams are open");

    /// <summary>The identity has used up its quota.</summary>
    public static readonly Status QuotaExceeded = new(StatusCode.ResourceExhausted, "the identity asked for too many certificates");

    /// <summary>The lifetime asked for is no number of seconds that time can hold.</summary>
    public static readonly Status LifetimeOverflow =
        new(StatusCode.InvalidArgument, "CSR signing error: validity_duration is out of range");

    /// <summary>The caller may not have the identity it asks for; as opaque as istiod's.</summary>
    public static readonly Status ImpersonationDenied = new(StatusCode.Unauthenticated, "request impersonation authentication failure");

    /// <summary>Another identity than the caller's was asked for, and no cluster has node proxies.</summary>
    public static readonly Status ImpersonationRefused = new(
        StatusCode.PermissionDenied,
        "impersonation is not enabled: ImpersonatedIdentity must be absent or the caller's own identity");

    /// <summary>No JWT-SVIDs are issued.</summary>
    public static readonly Status NoJwtSvids = new(StatusCode.Unimplemented, "this service issues no JWT-SVIDs");

    /// <summary>The identity has used up its quota of JWT-SVIDs.</summary>
    public static readonly Status TokenQuotaExceeded = new(StatusCode.ResourceExhausted, "the identity asked for too many JWT-SVIDs");

    /// <summary>The lifetime asked for is no duration.</summary>
    public static readonly Status TokenLifetimeMalformed = new(StatusCode.InvalidArgument, "`lifetime` is no duration");

    /// <summary>The status of an audience that breaks a rule.</summary>
    /// <param name="fault">Which; nothing of the request in it.</param>
    public static Status OfAudience(string fault) => new(StatusCode.InvalidArgument, $"`audience`: {fault}");

    /// <summary>The status of a JWT-SVID that is not issued.</summary>
    public static Status OfToken(RejectionReason reason) => reason switch
    {
        RejectionReason.PolicyDenied => new(StatusCode.PermissionDenied, "the issuance policy denies the identity JWT-SVIDs"),
        RejectionReason.AuthorityUnavailable => new(StatusCode.Unavailable, "no key can sign at the moment"),
        _ => Of(reason),
    };

    /// <summary>The status of a CSR that breaks a rule.</summary>
    public static Status Of(CsrError error) => new(StatusCode.InvalidArgument, $"CSR signing error: {CsrErrorText.Of(error)}");

    /// <summary>The status of a rejection.</summary>
    public static Status Of(RejectionReason reason) => reason switch
    {
        RejectionReason.AuthorityUnavailable => new(StatusCode.Unavailable, "no authority can sign at the moment"),
        RejectionReason.AuthorityNearExpiry => new(StatusCode.Unavailable, "the signing authority is about to expire"),
        RejectionReason.RenewalTooLate => Unauthenticated,
        RejectionReason.ForeignTrustDomain =>
            new(StatusCode.PermissionDenied, "the identity belongs to another trust domain"),
        RejectionReason.PolicyDenied => new(StatusCode.PermissionDenied, "the issuance policy denies the identity a certificate"),
        RejectionReason.PolicyUndecided =>
            new(StatusCode.PermissionDenied, "the issuance policy cannot be decided for the caller"),
        RejectionReason.KeyTypeDenied =>
            new(StatusCode.InvalidArgument, "CSR signing error: the issuance policy does not allow keys of this type"),
        RejectionReason.DnsNameDenied =>
            new(StatusCode.PermissionDenied, "the issuance policy does not permit a DNS name that the CSR asks for"),
        RejectionReason.PolicyRateExceeded =>
            new(StatusCode.ResourceExhausted, "the identity asked for more certificates than the issuance policy allows"),
        RejectionReason.IdentityBanned => new(StatusCode.PermissionDenied, "the identity is banned"),
        RejectionReason.KeyRevoked => new(StatusCode.InvalidArgument, "CSR signing error: the public key is revoked"),
        RejectionReason.CertificateRevoked => Unauthenticated,
        RejectionReason.AuthorityRevoked => new(StatusCode.Unavailable, "the signing authority is revoked"),
        RejectionReason.LintFailed => new(StatusCode.Internal, "the certificate to be did not pass its checks"),
        RejectionReason.SignatureFault => new(StatusCode.Internal, "the new signature did not verify"),
        RejectionReason.JournalUnavailable => new(StatusCode.Unavailable, "the issuance cannot be recorded at the moment"),
        _ => throw new UnreachableException(),
    };

    /// <summary>istiod's label for a rejection.</summary>
    public static SignErrorKind SignErrorOf(RejectionReason reason) => reason switch
    {
        RejectionReason.AuthorityUnavailable or RejectionReason.AuthorityNearExpiry or RejectionReason.JournalUnavailable
            or RejectionReason.AuthorityRevoked => SignErrorKind.CaNotReady,
        RejectionReason.RenewalTooLate or RejectionReason.ForeignTrustDomain or RejectionReason.PolicyDenied
            or RejectionReason.PolicyUndecided or RejectionReason.KeyTypeDenied or RejectionReason.DnsNameDenied
            or RejectionReason.PolicyRateExceeded or RejectionReason.IdentityBanned or RejectionReason.KeyRevoked
            or RejectionReason.CertificateRevoked => SignErrorKind.CsrError,
        RejectionReason.LintFailed or RejectionReason.SignatureFault => SignErrorKind.CertGenError,
        _ => throw new UnreachableException(),
    };

    /// <summary>The status with which a stream of the trust bundle is not opened, or ends.</summary>
    public static Status Of(WatchRefusal refusal) => refusal switch
    {
        WatchRefusal.TooManyConsumers => new(StatusCode.ResourceExhausted, "too many consumers of the trust bundle are known"),
        WatchRefusal.OpenedTooLate => new(StatusCode.DeadlineExceeded, "the stream was not opened within 10 seconds"),
        WatchRefusal.NotOpened => new(StatusCode.InvalidArgument, "the first message must be `open`"),
        WatchRefusal.NoAcknowledgement => new(StatusCode.InvalidArgument, "every message after the first must be `acknowledge` or `behind`"),
        WatchRefusal.InstanceMalformed =>
            new(StatusCode.InvalidArgument, "`instance` must be at most 255 printable ASCII characters"),
        WatchRefusal.NeverSent => new(StatusCode.InvalidArgument, "a sequence was acknowledged that this stream did not send"),
        WatchRefusal.BehindMalformed => new(StatusCode.InvalidArgument, "`behind` has at most 8 examples of at most 256 characters"),
        WatchRefusal.Replaced => new(StatusCode.Aborted, "the same instance opened another stream"),
        _ => throw new UnreachableException(),
    };

    /// <summary>The status of a call of the administration API that is refused.</summary>
    /// <param name="reason">Why.</param>
    /// <param name="subject">The role that the method needs, or what is outside the caller's scopes; empty where there is nothing to name.</param>
    public static Status Of(AdminRefusal reason, string subject) => reason switch
    {
        AdminRefusal.CallerUnknown => new(StatusCode.Unauthenticated, "administration needs a client certificate"),
        AdminRefusal.NoGrant => new(StatusCode.PermissionDenied, "the caller is no administrator"),
        AdminRefusal.MethodClosed => new(StatusCode.PermissionDenied, "no role may call the method"),
        AdminRefusal.RoleTooLow => new(StatusCode.PermissionDenied, $"the method needs the role `{subject}`"),
        AdminRefusal.NotForScoped => new(StatusCode.PermissionDenied, "the method is closed to callers with scopes"),
        AdminRefusal.OutOfScope => new(StatusCode.PermissionDenied, $"`{subject}` is outside the caller's scopes"),
        _ => throw new UnreachableException(),
    };

    /// <summary>More questions at once than are taken.</summary>
    public static readonly Status BatchTooLarge = new(StatusCode.InvalidArgument, "a batch holds at most 1,000 questions");

    /// <summary>The status of a question that nobody could decide; a proxy's own setting says what then becomes of the request.</summary>
    /// <param name="reason">Why.</param>
    /// <param name="subject">What is wrong or unknown; empty where there is nothing to name.</param>
    public static Status Of(DecisionRefusal reason, string subject) => reason switch
    {
        DecisionRefusal.CallerUnknown => new(StatusCode.Unauthenticated, "decisions need a client certificate"),
        DecisionRefusal.CallerNotEntitled =>
            new(StatusCode.PermissionDenied, $"the caller may ask about itself only, not about `{subject}`"),
        DecisionRefusal.Overloaded => new(StatusCode.Unavailable, "too many questions are in work"),
        DecisionRefusal.NoPolicySource => new(StatusCode.FailedPrecondition, "no source of policies is configured"),
        DecisionRefusal.NoSnapshot => new(StatusCode.Unavailable, "no complete snapshot of the policies was read yet"),
        DecisionRefusal.WorkloadUnnamed => new(StatusCode.InvalidArgument, "the question names no workload"),
        DecisionRefusal.WorkloadMalformed => new(StatusCode.InvalidArgument, "the workload is described wrongly or incompletely"),
        DecisionRefusal.WorkloadUnknown => new(StatusCode.FailedPrecondition, $"the workload `{subject}` is not in the inventory"),
        DecisionRefusal.LabelsUnknown => new(StatusCode.FailedPrecondition, "policies select by labels, and the workload's are unknown"),
        DecisionRefusal.ServiceUnknown =>
            new(StatusCode.FailedPrecondition, "policies target services, and the one that the waypoint's request addresses is not known"),
        DecisionRefusal.ProviderNotAskable => new(StatusCode.FailedPrecondition, $"the provider `{subject}` is not asked here"),
        DecisionRefusal.QuestionMalformed => new(StatusCode.InvalidArgument, "the question lacks its attributes"),
        _ => throw new UnreachableException(),
    };
}
