using Grpc.Core;
using MeshCA.Administration;
using SpiffeIdentity;

namespace MeshCA.Rpc.Administration;

/// <summary>From a call to its administrator.</summary>
internal static class AdminCallContext
{
    /// <summary>Who calls, as <see cref="AdminMiddleware"/> let it pass.</summary>
    /// <exception cref="RpcException">Nobody was let pass; then a service is mapped past the middleware, and nothing may be done.</exception>
    public static AdminCaller GetAdminCaller(this ServerCallContext context) =>
        context.GetHttpContext().Features.Get<AdminCaller>()
        ?? throw new RpcException(GrpcStatus.Of(AdminRefusal.CallerUnknown, ""));

    /// <summary>Who calls, where what the call is about is within its scopes.</summary>
    /// <param name="context">The call.</param>
    /// <param name="id">What it is about.</param>
    /// <exception cref="RpcException">It is outside of them.</exception>
    public static AdminCaller GetAdminCaller(this ServerCallContext context, SpiffeId id)
    {
        var caller = context.GetAdminCaller();
        return caller.Covers(id) ? caller : throw new RpcException(GrpcStatus.Of(AdminRefusal.OutOfScope, id.ToString()));
    }
}
