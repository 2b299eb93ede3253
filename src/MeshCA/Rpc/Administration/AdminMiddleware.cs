using Grpc.AspNetCore.Server;
using MeshCA.Administration;
using MeshCA.Revocations;
using MeshCA.Rpc.Decisions;
using Microsoft.AspNetCore.Http;
using SpiffeIdentity;

namespace MeshCA.Rpc.Administration;

/// <summary>Stands before every method for administrators: who may not call it is turned away before the message is read.</summary>
/// <remarks>
/// On the Unix socket that is every method but the health check, whatever service it is of: what is served there without a row in
/// <see cref="AdminPermissions"/> is closed. On the TLS port it is those that <see cref="AdminEndpoint"/> marks.
/// </remarks>
internal sealed class AdminMiddleware(
    RequestDelegate next, AdminGrants grants, IRevocations revocations, AdminAudit audit, TimeProvider clock)
{
    private const string HealthService = "grpc.health.v1.Health";

    /// <summary>Runs a call, or refuses it.</summary>
    public Task InvokeAsync(HttpContext context)
    {
        var endpoint = context.GetEndpoint();
        if (endpoint?.Metadata.GetMetadata<GrpcMethodMetadata>()?.Method is not { } method)
        {
            return next(context);
        }

        var peer = context.Features.Get<AdminPeer>();
        var isGuarded = peer is null
            ? endpoint.Metadata.GetMetadata<AdminEndpoint>() is not null
            : method.ServiceName != HealthService;
        return isGuarded ? GuardAsync(context, method.FullName, peer) : next(context);
    }

    private Task GuardAsync(HttpContext context, string method, AdminPeer? peer)
    {
        var permission = AdminPermissions.All.GetValueOrDefault(method);
        var identity = peer is null ? ConnectionCaller.IdentityOf(context, clock.GetUtcNow()) : null;
        var caller = peer is not null ? grants.Find(peer.UserId)
            : identity is not null && !IsRevoked(context, identity) ? grants.Find(identity)
            : null;
        if (caller is null)
        {
            var reason = peer is null && identity is null ? AdminRefusal.CallerUnknown : AdminRefusal.NoGrant;
            var actor = peer?.ToString() ?? identity?.ToString() ?? "unauthenticated";
            return RefuseAsync(context, method, actor, reason, permission);
        }

        return AdminPermission.Judge(permission, caller) is { } refusal
            ? RefuseAsync(context, method, caller.Actor, refusal, permission)
            : RunAsync(context, method, caller, permission!);
    }

    // Whoever stole an administrator's key keeps no grant once the identity is banned or the certificate revoked.
    private bool IsRevoked(HttpContext context, SpiffeId identity)
    {
        var current = revocations.Current;
        return (current.HasBans && current.FindBan(identity.ToString(), clock.GetUtcNow()) is not null)
            || (current.HasCertificates
                && context.Connection.ClientCertificate is { } certificate
                && CertificateFacts.TryRead(certificate.RawDataMemory, out var facts)
                && current.FindCertificate(facts) is not null);
    }

    private async Task RunAsync(HttpContext context, string method, AdminCaller caller, AdminPermission permission)
    {
        context.Features.Set(caller);
        try
        {
            await next(context);
        }
        finally
        {
            audit.Ended(method, caller.Actor, CallOutcome.Of(context), permission.IsAudited, context.Features.Get<GuardedCall>());
        }
    }

    private Task RefuseAsync(HttpContext context, string method, string actor, AdminRefusal reason, AdminPermission? permission)
    {
        audit.Refused(method, actor, reason, context.Connection.RemoteIpAddress?.ToString() ?? "unix");
        TrailersOnly.Write(context, GrpcStatus.Of(reason, permission?.Role.ToString() ?? ""));
        return Task.CompletedTask;
    }
}

/// <summary>Marks the endpoints of services for administrators.</summary>
internal sealed class AdminEndpoint
{
    /// <summary>The mark.</summary>
    public static readonly AdminEndpoint Mark = new();

    private AdminEndpoint()
    {
    }
}
