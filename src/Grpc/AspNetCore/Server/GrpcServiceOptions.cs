namespace Grpc.AspNetCore.Server;

/// <summary>The limits of all services.</summary>
public class GrpcServiceOptions
{
    internal const int DefaultMaxReceiveMessageSize = 4 * 1024 * 1024;

    /// <summary>Longest message of a request accepted, in bytes: 4 MiB; null for no limit.</summary>
    public int? MaxReceiveMessageSize { get; set; } = DefaultMaxReceiveMessageSize;

    /// <summary>Longest message of a response sent, in bytes; null for no limit.</summary>
    public int? MaxSendMessageSize { get; set; }

    /// <summary>Whether callers see the text of unhandled exceptions; not for production.</summary>
    public bool? EnableDetailedErrors { get; set; }
}

/// <summary>The limits of one service; they begin as those of all services.</summary>
/// <typeparam name="TService">The service.</typeparam>
public class GrpcServiceOptions<TService> : GrpcServiceOptions
    where TService : class;
