using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using Grpc.Core;
using MeshCA.Authentication;
using MeshCA.Authentication.Impersonation;
using MeshCA.Csr;
using MeshCA.Issuance;
using MeshCA.Registration;
using MeshCA.Telemetry;
using MeshCA.Wire.Istio;

namespace MeshCA.Rpc;

/// <summary>Makes an authenticated caller's message a request of the core; the same for issuing and for explaining.</summary>
internal sealed class CertificateRequestReader(CsrPolicy csrPolicy, ImpersonationGate impersonation)
{
    private static readonly RequestRefusal Overflow = new(GrpcStatus.LifetimeOverflow, "LifetimeOverflow", SignErrorKind.TtlError);

    /// <summary>Reads the lifetime.</summary>
    /// <param name="request">The message; untrusted.</param>
    /// <param name="lifetime">The lifetime asked for; zero where none is.</param>
    /// <returns>The rule broken, or null.</returns>
    public static RequestRefusal? CheckLifetime(IstioCertificateRequest request, out TimeSpan lifetime) =>
        CertificateRequestFields.TryGetLifetime(request, out lifetime) ? null : Overflow;

    /// <summary>Finds for whom the certificate is to be: the caller, or for a node proxy another that runs on its node (istio-ca §2.6).</summary>
    /// <param name="request">The message; untrusted.</param>
    /// <param name="caller">Who sent it.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public ValueTask<RequestSubject> FindSubjectAsync(IstioCertificateRequest request, CallerIdentity caller, CancellationToken cancellationToken)
    {
        var isOne = CertificateRequestFields.TryGetImpersonatedIdentity(request, out var wanted);
        return FindSubjectAsync(isOne, wanted, caller, cancellationToken);
    }

    /// <summary>Finds for whom a token is to be; another identity needs the same right as a certificate of another.</summary>
    /// <param name="wanted">The identity asked for; empty: the caller's own. Untrusted.</param>
    /// <param name="caller">Who asks.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public ValueTask<RequestSubject> FindSubjectAsync(string wanted, CallerIdentity caller, CancellationToken cancellationToken) =>
        FindSubjectAsync(isOne: true, wanted, caller, cancellationToken);

    private ValueTask<RequestSubject> FindSubjectAsync(bool isOne, string wanted, CallerIdentity caller, CancellationToken cancellationToken)
    {
        // A shared ztunnel names even its own identity here, so that one is no impersonation.
        return isOne && (wanted.Length == 0 || wanted == caller.Id.ToString()) ? new(new RequestSubject(caller, null))
            : !impersonation.IsOpen ? new(RequestSubject.Refused(GrpcStatus.ImpersonationRefused, "ImpersonationDisabled", ""))
            : !isOne ? new(RequestSubject.Refused(GrpcStatus.ImpersonationDenied, nameof(AuthenticationError.ImpersonatedMalformed), "a list"))
            : new(ImpersonateAsync(caller, wanted, cancellationToken));
    }

    /// <summary>Reads the CSR and verifies it.</summary>
    /// <param name="request">The message; untrusted.</param>
    /// <param name="caller">Who sent it.</param>
    /// <param name="lifetime">The lifetime asked for.</param>
    /// <param name="peer">Where it came from.</param>
    /// <param name="read">The request, or null.</param>
    /// <param name="refusal">The rule broken, or null.</param>
    /// <returns>Whether it is one; else the refusal is there.</returns>
    public bool TryReadCsr(
        IstioCertificateRequest request,
        CallerIdentity caller,
        TimeSpan lifetime,
        string peer,
        [NotNullWhen(true)] out SvidRequest? read,
        [NotNullWhen(false)] out RequestRefusal? refusal)
    {
        if (CertificateSigningRequest.TryParsePem(request.Csr, csrPolicy, out var csr, out var error))
        {
            read = new SvidRequest(caller, csr.PublicKey, lifetime, peer) { Names = csr.Names };
            refusal = null;
            return true;
        }

        read = null;
        refusal = new RequestRefusal(GrpcStatus.Of(error), error.ToString(), SignErrorKind.CsrError);
        return false;
    }

    private async Task<RequestSubject> ImpersonateAsync(CallerIdentity caller, string wanted, CancellationToken cancellationToken) =>
        RequestSubject.Of(await impersonation.JudgeAsync(caller, wanted, cancellationToken), GrpcStatus.ImpersonationDenied);
}

/// <summary>Who calls, or for whom a certificate or token is to be: one of the two is there.</summary>
/// <param name="Subject">The identity.</param>
/// <param name="Refusal">The rule broken.</param>
internal readonly record struct RequestSubject(CallerIdentity? Subject, RequestRefusal? Refusal)
{
    /// <summary>What an authenticator found.</summary>
    /// <param name="outcome">Its outcome.</param>
    /// <param name="refused">What a caller is told that is refused; one that cannot be judged now is always told UNAVAILABLE.</param>
    public static RequestSubject Of(AuthenticationOutcome outcome, Status refused) => outcome switch
    {
        AuthenticationOutcome.Authenticated(var subject) => new(subject, null),
        AuthenticationOutcome.Refused(var reason, var detail) => Refused(refused, reason.ToString(), detail),
        AuthenticationOutcome.Unavailable(var reason, var detail) => Refused(GrpcStatus.AuthenticationUnavailable, reason.ToString(), detail),
        _ => throw new UnreachableException(),
    };

    /// <summary>Nobody: a failure of authentication.</summary>
    /// <param name="status">What the caller is told.</param>
    /// <param name="reason">The rule broken.</param>
    /// <param name="detail">More of it, for the log and the audit.</param>
    public static RequestSubject Refused(Status status, string reason, string detail) =>
        new(null, new RequestRefusal(status, reason, null) { Detail = detail });
}

/// <summary>Why a message became no request.</summary>
/// <param name="Status">What the caller is told.</param>
/// <param name="Reason">The rule broken.</param>
/// <param name="SignError">istiod's label for it; null where it counts as a failure of authentication.</param>
internal sealed record RequestRefusal(Status Status, string Reason, SignErrorKind? SignError)
{
    /// <summary>More of it, for the log and the audit; no secrets.</summary>
    public string Detail { get; init; } = "";
}
