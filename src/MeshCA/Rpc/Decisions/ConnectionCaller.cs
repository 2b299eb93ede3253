using MeshCA.Decisions;
using MeshCA.Revocations;
using Microsoft.AspNetCore.Http;
using SpiffeIdentity.Svids;

namespace MeshCA.Rpc.Decisions;

/// <summary>Who calls over a connection. Read once from its certificate, since a proxy asks thousands of questions over one.</summary>
/// <param name="isLocal">Whether the listener vouches for whoever reaches it.</param>
internal sealed class ConnectionCaller(bool isLocal)
{
    private volatile Certified? _certified;

    /// <summary>Finds who calls.</summary>
    /// <param name="context">The call.</param>
    /// <param name="settings">Who may speak for others.</param>
    /// <param name="now">The present: a connection may outlive the certificate that opened it.</param>
    /// <returns>Null for a caller that proved nothing.</returns>
    public static DecisionCaller? Find(HttpContext context, DecisionSettings settings, DateTimeOffset now)
    {
        if (context.Features.Get<ConnectionCaller>() is not { } connection)
        {
            return null;
        }

        return connection.IsLocal ? DecisionCaller.Local : connection.FindCertified(context, settings, now);
    }

    private bool IsLocal { get; } = isLocal;

    private DecisionCaller? FindCertified(HttpContext context, DecisionSettings settings, DateTimeOffset now)
    {
        var certified = _certified ??= Read(context, settings);

        // The last second is within, X.509 times are whole seconds.
        return certified.Caller is { } caller && now >= certified.NotBefore && now < certified.NotAfter.AddSeconds(1) ? caller : null;
    }

    // The handshake let the certificate pass, so it chains to a published root of our trust domain.
    private static Certified Read(HttpContext context, DecisionSettings settings)
    {
        if (context.Connection.ClientCertificate is not { } certificate
            || !X509Svid.TryParse([certificate.RawDataMemory], out var svid, out _))
        {
            return new(null, default, default);
        }

        _ = CertificateFacts.TryRead(certificate.RawDataMemory, out var facts);
        var id = svid.Id.ToString();
        return new(new(id, settings.TrustedCallers.Contains(id)) { Certificate = facts }, svid.NotBefore, svid.NotAfter);
    }

    private sealed record Certified(DecisionCaller? Caller, DateTimeOffset NotBefore, DateTimeOffset NotAfter);
}
