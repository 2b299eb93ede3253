using System.Security.Cryptography.X509Certificates;
using MeshCA.Authorities;
using MeshCA.Rpc.JwtSvids;
using MeshCA.Telemetry;
using Microsoft.AspNetCore.Http;

namespace MeshCA.Rpc;

/// <summary>Gives each request its place before a byte of its body is read: what is not in work takes no memory.</summary>
/// <remarks>
/// A caller that holds its place without sending is cut off, or few of them could keep all others out. Kestrel's lowest data
/// rate is no such limit: it counts on average, so a body sent all but its end is fast enough for minutes.
/// </remarks>
internal sealed class AdmissionMiddleware(
    RequestDelegate next,
    Admission admission,
    IAuthoritySnapshots authorities,
    RefusalAudit audit,
    CertificateMetrics metrics,
    TimeProvider clock)
{
    /// <summary>How long a call may hold its place, from its headers to the end of its answer.</summary>
    public static readonly TimeSpan LongestCall = TimeSpan.FromSeconds(15);

    /// <summary>Runs a call, or refuses it with RESOURCE_EXHAUSTED.</summary>
    public async Task InvokeAsync(HttpContext context)
    {
        if (context.Request.Path != CertificateService.Path && context.Request.Path != JwtSvidsService.Path)
        {
            await next(context);
            return;
        }

        using var place = admission.Enter(
            static call => call.self.PatienceOf(call.context), (context, self: this));
        if (!place.IsAcquired)
        {
            Refuse(context);
            return;
        }

        if (place.IsOfReserve)
        {
            metrics.AdmittedByExpiry();
        }

        // Its end waits for a callback that runs: Kestrel uses the context again for another call.
        await using var limit = clock.CreateTimer(
            state => CutOff((HttpContext)state!), context, LongestCall, Timeout.InfiniteTimeSpan);
        await next(context);
    }

    // Only what the handshake verified counts: a header or a CSR may say anything. Whoever shows nothing can wait.
    private double PatienceOf(HttpContext context)
    {
        if (context.Connection.ClientCertificate is not { } certificate)
        {
            return 1;
        }

        var now = clock.GetUtcNow().UtcDateTime;
        var (start, end) = (certificate.NotBefore.ToUniversalTime(), certificate.NotAfter.ToUniversalTime());
        if (now >= end || end <= start)
        {
            // A connection may outlive the certificate that opened it, and one that ended is no claim to anything.
            return 1;
        }

        var left = (end - now) / (end - start);

        // Whoever stole a key can pass for such a certificate's holder until it ends: the longer that is, the sooner it goes.
        return IsUnderCompromisedKey(certificate) ? (1 - Math.Clamp(left, 0, 1)) / 2 : left;
    }

    private bool IsUnderCompromisedKey(X509Certificate2 certificate) =>
        authorities.Current is { TaintedKeys: { Count: > 0 } keys }
        && certificate.Extensions.OfType<X509AuthorityKeyIdentifierExtension>().FirstOrDefault()?.KeyIdentifier is { } issuer
        && keys.Contains(Convert.ToHexStringLower(issuer.Span));

    // Only the stream: a connection may carry a whole node's other calls.
    private void CutOff(HttpContext context)
    {
        metrics.Rejected("TooSlow");
        audit.Refused("", $"TooSlow, from {context.Connection.RemoteIpAddress}");
        context.Abort();
    }

    private void Refuse(HttpContext context)
    {
        metrics.Rejected("Overloaded");
        audit.Refused("", $"Overloaded, from {context.Connection.RemoteIpAddress}");
        TrailersOnly.Write(context, GrpcStatus.Overloaded);
    }
}
