using System.Security.Cryptography;
using System.Text;
using KubernetesClient;
using KubernetesClient.Models;
using MeshCA.Auditing;
using MeshCA.Issuance;
using MeshCA.Rpc;
using MeshCA.Telemetry;
using Microsoft.Extensions.Logging;

namespace MeshCA.CertificateSigningRequests;

/// <summary>Signs the requests of one cluster, one after the other; a request is given at most one certificate, whatever breaks.</summary>
/// <remarks>
/// Before anything is signed the right to do so is reserved in the request's own status, on the version of it that was looked at: of
/// two replicas one gets it. Then the certificate is signed and recorded, then delivered. What was signed is kept in memory until the
/// request is seen with it, so that a delivery that failed is made again with the same certificate. A reservation of a process that is
/// gone stands for a certificate that may exist: such a request fails, and its owner makes another.
/// </remarks>
internal sealed class RequestSigner(
    IKubernetes api,
    SigningSettings settings,
    SvidIssuer issuer,
    Admission admission,
    IAuditLog audit,
    RefusalAudit refusals,
    CertificateMetrics metrics,
    IssuancePolicyMetrics policyMetrics,
    TimeProvider clock,
    ILogger<RequestSigner> logger)
{
    private const string SignerField = "meshca-certificate-signing";

    // Of its own: what one manager applies replaces what it applied before, and an approval must stay.
    private const string ApproverField = "meshca-certificate-approval";

    // The API keeps conditions' messages, and shows them to everybody who may read the request.
    private const int MaxMessage = 512;

    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(1);

    // How long another process may be at work on what it reserved.
    private static readonly TimeSpan ReservationTime = TimeSpan.FromMinutes(2);

    private readonly string _instance = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
    private readonly Dictionary<string, Work> _works = new(StringComparer.Ordinal);

    /// <summary>Does what can be done now.</summary>
    /// <param name="items">All requests, as far as they are known.</param>
    /// <param name="cancellationToken">Ends it between two requests.</param>
    /// <returns>When to come back, should nothing change; null where nothing waits.</returns>
    public async Task<DateTimeOffset?> RunAsync(IReadOnlyCollection<V1CertificateSigningRequest> items, CancellationToken cancellationToken)
    {
        var open = new HashSet<string>(StringComparer.Ordinal);
        foreach (var item in items)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (item.Status?.Certificate is not { Length: > 0 } && SigningRequestReader.Read(item) is { IsSettled: false } request
                && settings.SignerNames.Contains(request.SignerName))
            {
                open.Add(request.Uid);
                await HandleAsync(request, item.Metadata, cancellationToken);
            }
        }

        foreach (var uid in _works.Keys.Where(uid => !open.Contains(uid)).ToList())
        {
            _works.Remove(uid);
        }

        // What is due already was looked at in this round, and waits for a change.
        var now = clock.GetUtcNow();
        return _works.Values.Where(work => !work.IsDelivered && work.NotBefore > now).Select(work => (DateTimeOffset?)work.NotBefore).Min();
    }

    private async Task HandleAsync(SigningRequest request, V1ObjectMeta seen, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var work = _works.GetValueOrDefault(request.Uid);
        if (work is { IsDelivered: true } || work?.NotBefore > now)
        {
            return;
        }

        switch (SigningPlanner.Plan(request, settings, now))
        {
            case SigningPlan.Leave:
                break;
            case SigningPlan.Fail(var refusal, var message):
                await FailAsync(request, seen, refusal, message, cancellationToken);
                break;
            case SigningPlan.Approve(var leaf):
                await ApproveAsync(request, seen, leaf, cancellationToken);
                break;
            case SigningPlan.Sign(var leaf):
                await SignAsync(request, seen, leaf, cancellationToken);
                break;
        }
    }

    private async Task ApproveAsync(SigningRequest request, V1ObjectMeta seen, SvidRequest leaf, CancellationToken cancellationToken)
    {
        // What the policy denies is left to a person, who may ask why.
        if (issuer.Prepare(leaf) is not LeafPreparation.Ready)
        {
            Pause(request);
            return;
        }

        var body = Body(seen, Condition(SigningRequest.Approved, "OwnIdentity", $"the requester is `{leaf.Caller.Id}` and asks for no more"));
        if (await ApplyAsync(request, body, new(ApproverField, Subresource: "approval"), cancellationToken))
        {
            Log.SigningRequestApproved(logger, settings.Cluster, request.Name, leaf.Caller.Id.ToString());
            audit.Post(new AuditEvent
            {
                Time = clock.GetUtcNow(),
                Action = "certificatesigningrequest.approved",
                Actor = "system",
                Target = leaf.Caller.Id.ToString(),
                Outcome = "ok",
                Detail = $"cluster `{settings.Cluster}`, request `{request.Name}`, UID {request.Uid}",
            });
        }
    }

    private async Task SignAsync(SigningRequest request, V1ObjectMeta seen, SvidRequest leaf, CancellationToken cancellationToken)
    {
        if (_works.GetValueOrDefault(request.Uid)?.Chain is { } signed)
        {
            await DeliverAsync(request, signed, cancellationToken);
            return;
        }

        if (request.ReservedBy is { } holder && holder != _instance)
        {
            if (clock.GetUtcNow() - (request.ReservedAt ?? DateTimeOffset.MinValue) < ReservationTime)
            {
                Pause(request);
                return;
            }

            await FailAsync(
                request,
                seen,
                SigningRefusal.Abandoned,
                "another replica may have signed a certificate that was never delivered; ask again with another request",
                cancellationToken);
            return;
        }

        if (issuer.Prepare(leaf) is LeafPreparation.Rejected(var early))
        {
            await RejectAsync(request, seen, leaf, early, cancellationToken);
            return;
        }

        if (request.ReservedBy is null && !await ReserveAsync(request, seen, cancellationToken))
        {
            return;
        }

        if (!admission.TryTake(leaf.Caller.Id))
        {
            Pause(request);
            return;
        }

        switch (await issuer.IssueAsync(leaf, cancellationToken))
        {
            case IssuanceOutcome.Issued issued:
                var chain = Tell(request, leaf, issued);
                _works[request.Uid] = WorkOn(request) with { Chain = chain };
                await DeliverAsync(request, chain, cancellationToken);
                break;
            case IssuanceOutcome.Rejected rejected:
                await RejectAsync(request, seen with { ResourceVersion = null }, leaf, rejected, cancellationToken);
                break;
        }
    }

    private async Task<bool> ReserveAsync(SigningRequest request, V1ObjectMeta seen, CancellationToken cancellationToken) =>
        await ApplyAsync(request, Body(seen, Reservation()), new(SignerField, Subresource: "status"), cancellationToken);

    private string Tell(SigningRequest request, SvidRequest leaf, IssuanceOutcome.Issued issued)
    {
        var (id, plan) = (leaf.Caller.Id.ToString(), issued.Certificate.Plan);
        metrics.Issued(leaf.Caller.Evidence.Authenticator, plan.NotAfter - plan.NotBefore);
        policyMetrics.Decided(issued.Rule, "issued");
        Log.SigningRequestSigned(logger, settings.Cluster, request.Name, id, plan.Serial, plan.NotAfter, request.Username);
        if (issued.Clamped && leaf.RequestedLifetime > TimeSpan.Zero)
        {
            refusals.Clamped(id, $"asked for {leaf.RequestedLifetime}, serial {plan.Serial} until {plan.NotAfter:u}, rule `{issued.Rule}`");
        }

        if (plan.DnsNames.Count > 0)
        {
            refusals.Named(id, $"serial {plan.Serial}, rule `{issued.Rule}`, {string.Join(' ', plan.DnsNames)}");
        }

        // The leaf, then what leads to the roots; these are published elsewhere, and whoever trusts must not take them from here.
        return string.Concat(issued.Chain.SkipLast(1));
    }

    private async Task DeliverAsync(SigningRequest request, string chain, CancellationToken cancellationToken)
    {
        // On whatever version: only the UID must be the same, and nobody else may write a certificate.
        var body = new V1CertificateSigningRequest
        {
            Metadata = new() { Name = request.Name, Uid = request.Uid },
            Status = new() { Conditions = [Reservation()], Certificate = Encoding.ASCII.GetBytes(chain) },
        };
        if (await ApplyAsync(request, body, new(SignerField, Subresource: "status"), cancellationToken))
        {
            // Until the request is seen with it: the copy that is looked at may be older.
            _works[request.Uid] = WorkOn(request) with { IsDelivered = true };
        }
    }

    private async Task RejectAsync(
        SigningRequest request, V1ObjectMeta seen, SvidRequest leaf, IssuanceOutcome.Rejected rejected, CancellationToken cancellationToken)
    {
        policyMetrics.Decided(rejected.Rule, rejected.Reason.ToString());
        metrics.SignError(GrpcStatus.SignErrorOf(rejected.Reason));
        if (IsPassing(rejected.Reason))
        {
            Log.SigningRequestWaits(logger, settings.Cluster, request.Name, leaf.Caller.Id.ToString(), rejected.Reason.ToString());
            Pause(request);
            return;
        }

        await FailAsync(request, seen, SigningRefusal.IssuanceRefused, GrpcStatus.Of(rejected.Reason).Detail, cancellationToken, rejected.Explanation);
    }

    // What may be otherwise in a minute; the request waits, and its owner sees no failure.
    private static bool IsPassing(RejectionReason reason) => reason is RejectionReason.AuthorityUnavailable
        or RejectionReason.AuthorityNearExpiry or RejectionReason.AuthorityRevoked or RejectionReason.JournalUnavailable
        or RejectionReason.PolicyRateExceeded or RejectionReason.SignatureFault;

    private async Task FailAsync(
        SigningRequest request,
        V1ObjectMeta seen,
        SigningRefusal refusal,
        string message,
        CancellationToken cancellationToken,
        string explanation = "")
    {
        var body = Body(seen, Condition(SigningRequest.Failed, refusal.ToString(), message));
        if (await ApplyAsync(request, body, new(SignerField, Subresource: "status"), cancellationToken))
        {
            _works[request.Uid] = WorkOn(request) with { IsDelivered = true };
            metrics.Rejected(refusal.ToString());
            var cause = explanation.Length > 0 ? $"{refusal}: {message} ({explanation})" : $"{refusal}: {message}";
            if (refusals.Refused(request.Username, $"{cause}, cluster `{settings.Cluster}`, request `{request.Name}`"))
            {
                Log.SigningRequestFailed(logger, settings.Cluster, request.Name, request.Username, cause);
            }
        }
    }

    private async Task<bool> ApplyAsync(
        SigningRequest request, V1CertificateSigningRequest body, ApplyOptions options, CancellationToken cancellationToken)
    {
        switch (await api.ApplyAsync(body, options, cancellationToken))
        {
            case ApiOutcome<V1CertificateSigningRequest>.Done:
                return true;

            // Gone, or another version: what there is now comes by itself.
            case ApiOutcome<V1CertificateSigningRequest>.Failed({ Kind: ApiFailureKind.NotFound or ApiFailureKind.Conflict }):
                Pause(request);
                return false;
            case ApiOutcome<V1CertificateSigningRequest>.Failed(var failure):
                Log.SigningRequestNotWritten(logger, settings.Cluster, request.Name, options.Subresource ?? "", failure.Kind.ToString(), failure.Message);
                Pause(request);
                return false;
            default:
                throw new System.Diagnostics.UnreachableException();
        }
    }

    private Work WorkOn(SigningRequest request) => _works.GetValueOrDefault(request.Uid) ?? new Work();

    private void Pause(SigningRequest request)
    {
        var work = WorkOn(request);
        var pause = work.Pause == TimeSpan.Zero ? FirstPause : work.Pause * 2;
        pause = pause < LongestPause ? pause : LongestPause;
        _works[request.Uid] = work with { Pause = pause, NotBefore = clock.GetUtcNow() + pause };
    }

    private V1CertificateSigningRequestCondition Reservation() => Condition(SigningRequest.Reserved, "Reserved", _instance);

    private V1CertificateSigningRequestCondition Condition(string type, string reason, string message) => new()
    {
        Type = type,
        Status = "True",
        Reason = reason,
        Message = message.Length <= MaxMessage ? message : message[..MaxMessage],
        LastUpdateTime = ValidityPlanner.WholeSecond(clock.GetUtcNow()),
    };

    // The UID and the version that was looked at: what another made of it meanwhile is not overwritten.
    private static V1CertificateSigningRequest Body(V1ObjectMeta seen, V1CertificateSigningRequestCondition condition) => new()
    {
        Metadata = new() { Name = seen.Name, Uid = seen.Uid, ResourceVersion = seen.ResourceVersion },
        Status = new() { Conditions = [condition] },
    };

    /// <summary>What is known of a request that is open.</summary>
    private sealed record Work
    {
        /// <summary>The certificate that was signed for it and may not have been delivered.</summary>
        public string? Chain { get; init; }

        /// <summary>Whether it has all that it gets from us.</summary>
        public bool IsDelivered { get; init; }

        /// <summary>The last pause.</summary>
        public TimeSpan Pause { get; init; }

        /// <summary>Not to be looked at before.</summary>
        public DateTimeOffset NotBefore { get; init; }
    }
}
