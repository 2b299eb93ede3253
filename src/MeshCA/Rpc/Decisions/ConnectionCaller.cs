using MeshCA.Decisions;
using MeshCA.Revocations;
using Microsoft.AspNetCore.Http;
using SpiffeIdentity;
using SpiffeIdentity.Svids;

namespace MeshCA.Rpc.Decisions;

/// <summary>Who calls over a connection. Read once from its certificate, since a proxy asks thousands of questions over one.</summary>
/// <param name="vouched">Whom the listener vouches for; null: nobody, so that a certificate must.</param>
internal sealed class ConnectionCaller(DecisionCaller? vouched)
{
    private readonly DecisionCaller? _vouched = vouched;
    private volatile Certified? _certified;
    private volatile DecisionCaller? _caller;

    /// <summary>Finds who asks for a decision.</summary>
    /// <param name="context">The call.</param>
    /// <param name="settings">Who may speak for others.</param>
    /// <param name="now">The present: a connection may outlive the certificate that opened it.</param>
    /// <returns>Null for a caller that proved nothing.</returns>
    public static DecisionCaller? Find(HttpContext context, DecisionSettings settings, DateTimeOffset now)
    {
        var connection = context.Features.Get<ConnectionCaller>();
        return connection?._vouched ?? connection?.FindCertified(context, settings, now);
    }

    /// <summary>The identity that a connection's certificate proves.</summary>
    /// <param name="context">The call.</param>
    /// <param name="now">The present.</param>
    /// <returns>Null where there is no certificate, or it is over.</returns>
    public static SpiffeId? IdentityOf(HttpContext context, DateTimeOffset now) =>
        context.Features.Get<ConnectionCaller>()?.Prove(context, now);

    private DecisionCaller? FindCertified(HttpContext context, DecisionSettings settings, DateTimeOffset now)
    {
        if (Prove(context, now) is not { } identity)
        {
            return null;
        }

        var id = identity.ToString();
        return _caller ??= new(id, settings.TrustedCallers.Contains(id)) { Certificate = FactsOf(context) };
    }

    private static CertificateFacts? FactsOf(HttpContext context) =>
        context.Connection.ClientCertificate is { } certificate && CertificateFacts.TryRead(certificate.RawDataMemory, out var facts) ? facts : null;

    private SpiffeId? Prove(HttpContext context, DateTimeOffset now)
    {
        var certified = _certified ??= Read(context);

        // The last second is within, X.509 times are whole seconds.
        return now >= certified.NotBefore && now < certified.NotAfter.AddSeconds(1) ? certified.Id : null;
    }

    // The handshake let the certificate pass, so it chains to a published root under the name of a trust domain of ours.
    private static Certified Read(HttpContext context) =>
        context.Connection.ClientCertificate is { } certificate && X509Svid.TryParse([certificate.RawDataMemory], out var svid, out _)
            ? new(svid.Id, svid.NotBefore, svid.NotAfter)
            : new(null, default, default);

    private sealed record Certified(SpiffeId? Id, DateTimeOffset NotBefore, DateTimeOffset NotAfter);
}
