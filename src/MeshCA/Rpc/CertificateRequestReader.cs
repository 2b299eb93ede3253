using System.Diagnostics.CodeAnalysis;
using Grpc.Core;
using MeshCA.Csr;
using MeshCA.Issuance;
using MeshCA.Registration;
using MeshCA.Telemetry;
using MeshCA.Wire.Istio;

namespace MeshCA.Rpc;

/// <summary>Makes an authenticated caller's message a request of the core; the same for issuing and for explaining.</summary>
internal sealed class CertificateRequestReader(CsrPolicy csrPolicy)
{
    private static readonly RequestRefusal Impersonation = new(GrpcStatus.ImpersonationRefused, "ImpersonationDisabled", null);
    private static readonly RequestRefusal Overflow = new(GrpcStatus.LifetimeOverflow, "LifetimeOverflow", SignErrorKind.TtlError);

    /// <summary>Reads what costs nothing to read.</summary>
    /// <param name="request">The message; untrusted.</param>
    /// <param name="caller">Who sent it.</param>
    /// <param name="lifetime">The lifetime asked for; zero where none is.</param>
    /// <returns>The rule broken, or null.</returns>
    public static RequestRefusal? CheckFields(IstioCertificateRequest request, CallerIdentity caller, out TimeSpan lifetime)
    {
        lifetime = TimeSpan.Zero;

        // A shared ztunnel names even its own identity here, so that one is no impersonation.
        return CertificateRequestFields.ImpersonatedIdentity(request) is { Length: > 0 } wanted && wanted != caller.Id.ToString()
            ? Impersonation
            : CertificateRequestFields.TryGetLifetime(request, out lifetime) ? null : Overflow;
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
}

/// <summary>Why a message became no request.</summary>
/// <param name="Status">What the caller is told.</param>
/// <param name="Reason">The rule broken.</param>
/// <param name="SignError">istiod's label for it; null where it counts as a failure of authentication.</param>
internal sealed record RequestRefusal(Status Status, string Reason, SignErrorKind? SignError);
