using System.Collections.Frozen;

namespace Grpc.Wire;

/// <summary>The header names and values of gRPC over HTTP/2.</summary>
internal static class HeaderNames
{
    public const string ContentType = "application/grpc";
    public const string Status = "grpc-status";
    public const string Message = "grpc-message";
    public const string Timeout = "grpc-timeout";
    public const string Encoding = "grpc-encoding";
    public const string AcceptEncoding = "grpc-accept-encoding";
    public const string Identity = "identity";

    // The protocol's and the transport's own: an application neither sees nor sends them as metadata.
    private static readonly FrozenSet<string> Reserved = FrozenSet.ToFrozenSet(
        [
            Status, Message, Timeout, Encoding, AcceptEncoding,
            "content-type", "content-length", "content-encoding", "accept-encoding", "te", "host",
            "connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade",
        ],
        StringComparer.OrdinalIgnoreCase);

    public static bool IsReserved(string name) => name.StartsWith(':') || Reserved.Contains(name);

    /// <summary>Whether a content type is gRPC with any message format: followed by nothing, <c>+</c> or <c>;</c>.</summary>
    public static bool IsGrpc(ReadOnlySpan<char> contentType) =>
        contentType.StartsWith(ContentType, StringComparison.OrdinalIgnoreCase)
        && (contentType.Length == ContentType.Length || contentType[ContentType.Length] is '+' or ';');
}
