using Google.Protobuf;
using Grpc.Core;
using Spiffe.Wire.Workload;

namespace SpiffeIdentity.WorkloadApi.Tests.Fakes;

/// <summary>What generated code would hold. By hand: the messages are those inside the library.</summary>
internal abstract class WorkloadServiceMethods
{
    public static readonly Method<X509SVIDRequest, X509SVIDResponse> FetchX509Svid =
        Method(MethodType.ServerStreaming, "FetchX509SVID", X509SVIDRequest.Parser, X509SVIDResponse.Parser);

    public static readonly Method<ValidateJWTSVIDRequest, ValidateJWTSVIDResponse> ValidateJwtSvid =
        Method(MethodType.Unary, "ValidateJWTSVID", ValidateJWTSVIDRequest.Parser, ValidateJWTSVIDResponse.Parser);

    public static void BindService(ServiceBinderBase binder, FakeWorkloadService? service)
    {
        binder.AddMethod(FetchX509Svid, service is null ? null : new ServerStreamingServerMethod<X509SVIDRequest, X509SVIDResponse>(service.FetchX509SVID));
        binder.AddMethod(Method(MethodType.ServerStreaming, "FetchX509Bundles", X509BundlesRequest.Parser, X509BundlesResponse.Parser),
            service is null ? null : new ServerStreamingServerMethod<X509BundlesRequest, X509BundlesResponse>(service.FetchX509Bundles));
        binder.AddMethod(Method(MethodType.ServerStreaming, "FetchJWTBundles", JWTBundlesRequest.Parser, JWTBundlesResponse.Parser),
            service is null ? null : new ServerStreamingServerMethod<JWTBundlesRequest, JWTBundlesResponse>(service.FetchJWTBundles));
        binder.AddMethod(Method(MethodType.Unary, "FetchJWTSVID", JWTSVIDRequest.Parser, JWTSVIDResponse.Parser),
            service is null ? null : new UnaryServerMethod<JWTSVIDRequest, JWTSVIDResponse>(service.FetchJWTSVID));
        binder.AddMethod(ValidateJwtSvid, service is null ? null : new UnaryServerMethod<ValidateJWTSVIDRequest, ValidateJWTSVIDResponse>(service.ValidateJWTSVID));
    }

    private static Method<TRequest, TResponse> Method<TRequest, TResponse>(
        MethodType type, string name, MessageParser<TRequest> request, MessageParser<TResponse> response)
        where TRequest : class, IMessage<TRequest>
        where TResponse : class, IMessage<TResponse> => new(
            type,
            "SpiffeWorkloadAPI",
            name,
            Marshallers.Create(message => message.ToByteArray(), request.ParseFrom),
            Marshallers.Create(message => message.ToByteArray(), response.ParseFrom));
}

/// <summary>Serves what a <see cref="FakeWorkloadApi"/> holds.</summary>
[BindServiceMethod(typeof(WorkloadServiceMethods), "BindService")]
internal sealed class FakeWorkloadService(FakeWorkloadApi api)
{
    public async Task FetchX509SVID(X509SVIDRequest request, IServerStreamWriter<X509SVIDResponse> stream, ServerCallContext context)
    {
        Admit("FetchX509SVID", context);
        var sent = 0;
        if (api.EndAfter == 0)
        {
            return;
        }

        await foreach (var message in api.X509Svids.WatchAsync(context.CancellationToken))
        {
            await stream.WriteAsync(message);
            if (++sent == api.EndAfter)
            {
                return;
            }
        }
    }

    public async Task FetchX509Bundles(X509BundlesRequest request, IServerStreamWriter<X509BundlesResponse> stream, ServerCallContext context)
    {
        Admit("FetchX509Bundles", context);
        await foreach (var message in api.X509Bundles.WatchAsync(context.CancellationToken))
        {
            await stream.WriteAsync(message);
        }
    }

    public async Task FetchJWTBundles(JWTBundlesRequest request, IServerStreamWriter<JWTBundlesResponse> stream, ServerCallContext context)
    {
        Admit("FetchJWTBundles", context);
        await foreach (var message in api.JwtBundles.WatchAsync(context.CancellationToken))
        {
            await stream.WriteAsync(message);
        }
    }

    public Task<JWTSVIDResponse> FetchJWTSVID(JWTSVIDRequest request, ServerCallContext context)
    {
        Admit("FetchJWTSVID", context);
        return api.FetchJwt(request);
    }

    public Task<ValidateJWTSVIDResponse> ValidateJWTSVID(ValidateJWTSVIDRequest request, ServerCallContext context)
    {
        Admit("ValidateJWTSVID", context);
        return Task.FromResult(api.ValidateJwt(request));
    }

    // Workload Endpoint §6: exactly this, or the call is refused.
    private void Admit(string method, ServerCallContext context)
    {
        api.Calls.Enqueue(method);
        if (context.RequestHeaders.GetAll("workload.spiffe.io").Select(entry => entry.Value).ToArray() is not ["true"])
        {
            throw new RpcException(new Status(StatusCode.InvalidArgument, "security header missing from request"));
        }

        if (api.Refuse(method) is { } status)
        {
            throw new RpcException(status);
        }
    }
}
