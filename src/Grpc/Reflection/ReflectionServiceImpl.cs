using Google.Protobuf.Reflection;
using Grpc.Core;
using Grpc.Reflection.V1;

namespace Grpc.Reflection;

/// <summary>Tells tools what a server serves: one response for each request.</summary>
public class ReflectionServiceImpl : ServerReflection.ServerReflectionBase
{
    private readonly ServiceSchema _schema;

    /// <summary>Takes the services that are told of.</summary>
    /// <param name="services">Their descriptors, as generated code has them.</param>
    public ReflectionServiceImpl(IEnumerable<ServiceDescriptor> services)
    {
        ArgumentNullException.ThrowIfNull(services);
        _schema = new(services);
    }

    /// <summary>Answers requests until there are no more.</summary>
    /// <param name="requestStream">The requests.</param>
    /// <param name="responseStream">Takes the responses.</param>
    /// <param name="context">The call.</param>
    /// <returns>A task that ends with the requests.</returns>
    public override async Task ServerReflectionInfo(
        IAsyncStreamReader<ServerReflectionRequest> requestStream,
        IServerStreamWriter<ServerReflectionResponse> responseStream,
        ServerCallContext context)
    {
        ArgumentNullException.ThrowIfNull(requestStream);
        ArgumentNullException.ThrowIfNull(responseStream);
        ArgumentNullException.ThrowIfNull(context);
        while (await requestStream.MoveNext(context.CancellationToken))
        {
            await responseStream.WriteAsync(Answer(requestStream.Current), context.CancellationToken);
        }
    }

    internal ServerReflectionResponse Answer(ServerReflectionRequest request)
    {
        var response = new ServerReflectionResponse { ValidHost = request.Host, OriginalRequest = request };
        switch (request.MessageRequestCase)
        {
            case ServerReflectionRequest.MessageRequestOneofCase.ListServices:
                response.ListServicesResponse = new()
                {
                    Service = { _schema.Services.Select(name => new ServiceResponse { Name = name }) },
                };
                break;
            case ServerReflectionRequest.MessageRequestOneofCase.FileByFilename when _schema.FindFile(request.FileByFilename) is { } files:
                response.FileDescriptorResponse = new() { FileDescriptorProto = { files } };
                break;
            case ServerReflectionRequest.MessageRequestOneofCase.FileContainingSymbol when _schema.FindSymbol(request.FileContainingSymbol) is { } files:
                response.FileDescriptorResponse = new() { FileDescriptorProto = { files } };
                break;
            case ServerReflectionRequest.MessageRequestOneofCase.FileByFilename:
            case ServerReflectionRequest.MessageRequestOneofCase.FileContainingSymbol:
                response.ErrorResponse = Error(StatusCode.NotFound, "there is nothing of that name");
                break;
            case ServerReflectionRequest.MessageRequestOneofCase.FileContainingExtension:
            case ServerReflectionRequest.MessageRequestOneofCase.AllExtensionNumbersOfType:
                response.ErrorResponse = Error(StatusCode.Unimplemented, "no extensions are served");
                break;
            default:
                response.ErrorResponse = Error(StatusCode.InvalidArgument, "nothing was asked for");
                break;
        }

        return response;
    }

    private static ErrorResponse Error(StatusCode code, string message) => new() { ErrorCode = (int)code, ErrorMessage = message };
}
