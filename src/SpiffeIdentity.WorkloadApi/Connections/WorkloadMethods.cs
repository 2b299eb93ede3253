using Google.Protobuf;
using MeshCA.Wire.Workload;
using Spiffe.Wire.Workload;
using SpiffeIdentity.WorkloadApi.Rpc.Core;

namespace SpiffeIdentity.WorkloadApi.Connections;

/// <summary>The calls of the Workload API (Workload API §4, §6): what the generated stubs would hold, over the internal gRPC layer.</summary>
internal static class WorkloadMethods
{
    /// <summary>The service's name; its file has no package.</summary>
    public const string Service = "SpiffeWorkloadAPI";

    public static readonly Method<X509SVIDRequest, X509SVIDResponse> FetchX509Svid =
        Stream(X509SVIDRequest.Parser, X509SVIDResponse.Parser, "FetchX509SVID");

    public static readonly Method<X509BundlesRequest, X509BundlesResponse> FetchX509Bundles =
        Stream(X509BundlesRequest.Parser, X509BundlesResponse.Parser, "FetchX509Bundles");

    public static readonly Method<JWTBundlesRequest, JWTBundlesResponse> FetchJwtBundles =
        Stream(JWTBundlesRequest.Parser, JWTBundlesResponse.Parser, "FetchJWTBundles");

    public static readonly Method<JWTSVIDRequest, JWTSVIDResponse> FetchJwtSvid =
        new(MethodType.Unary, Service, "FetchJWTSVID", Of(JWTSVIDRequest.Parser), Of(JWTSVIDResponse.Parser));

    public static readonly Method<ValidateJWTSVIDRequest, ValidateJWTSVIDResponse> ValidateJwtSvid =
        new(MethodType.Unary, Service, "ValidateJWTSVID", Of(ValidateJWTSVIDRequest.Parser), Of(ValidateJWTSVIDResponse.Parser));

    /// <summary>No call of the Workload API: one that `meshca agent` has beside it.</summary>
    public static readonly Method<BundleInUse, AwaitedBundle> FollowBundles = new(
        MethodType.DuplexStreaming, "meshca.workload.v1.BundleAcknowledgements", "Follow", Of(BundleInUse.Parser), Of(AwaitedBundle.Parser));

    private static Method<TRequest, TResponse> Stream<TRequest, TResponse>(
        MessageParser<TRequest> request, MessageParser<TResponse> response, string name)
        where TRequest : class, IBufferMessage, IMessage<TRequest>
        where TResponse : class, IBufferMessage, IMessage<TResponse> =>
        new(MethodType.ServerStreaming, Service, name, Of(request), Of(response));

    private static Marshaller<T> Of<T>(MessageParser<T> parser)
        where T : class, IBufferMessage, IMessage<T> =>
        Marshallers.Create<T>(
            static (message, context) =>
            {
                context.SetPayloadLength(message.CalculateSize());
                message.WriteTo(context.GetBufferWriter());
                context.Complete();
            },
            context => parser.ParseFrom(context.PayloadAsReadOnlySequence()));
}
