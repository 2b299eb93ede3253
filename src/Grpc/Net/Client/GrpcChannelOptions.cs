using System.Net.Http;

namespace Grpc.Net.Client;

/// <summary>How a channel connects.</summary>
public sealed class GrpcChannelOptions
{
    internal const int DefaultMaxReceiveMessageSize = 4 * 1024 * 1024;

    /// <summary>Makes the connections: TLS settings, Unix sockets, keep-alive. Null for a default one.</summary>
    public HttpMessageHandler? HttpHandler { get; set; }

    /// <summary>Whether disposing the channel disposes <see cref="HttpHandler"/>; a default handler always ends with it.</summary>
    public bool DisposeHttpClient { get; set; }

    /// <summary>Longest response accepted, in bytes: 4 MiB; null for no limit.</summary>
    public int? MaxReceiveMessageSize { get; set; } = DefaultMaxReceiveMessageSize;

    /// <summary>Longest request sent, in bytes; null for no limit.</summary>
    public int? MaxSendMessageSize { get; set; }
}
