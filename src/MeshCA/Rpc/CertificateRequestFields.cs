using Google.Protobuf.WellKnownTypes;
using MeshCA.Wire.Istio;

namespace MeshCA.Rpc;

/// <summary>Reads the fields of a request whose wire form is looser than their meaning.</summary>
internal static class CertificateRequestFields
{
    /// <summary>The key of the metadata under which a node proxy names another identity.</summary>
    public const string ImpersonatedIdentityKey = "ImpersonatedIdentity";

    // TimeSpan holds about 9.2e11 seconds; Go's Duration wraps at 9.2e9 without a word, we refuse.
    private static readonly long MaxSeconds = TimeSpan.MaxValue.Ticks / TimeSpan.TicksPerSecond;

    /// <summary>The lifetime asked for; zero where none is, or a negative one.</summary>
    /// <returns>False if no time can hold it.</returns>
    public static bool TryGetLifetime(IstioCertificateRequest request, out TimeSpan lifetime)
    {
        lifetime = request.ValidityDuration is > 0 and var seconds && seconds <= MaxSeconds
            ? TimeSpan.FromTicks(seconds * TimeSpan.TicksPerSecond)
            : TimeSpan.Zero;
        return request.ValidityDuration <= MaxSeconds;
    }

    /// <summary>The identity that is asked for in place of the caller's own; empty where none is. A value that is no string reads as empty, as in istiod.</summary>
    /// <param name="request">The message; untrusted.</param>
    /// <param name="identity">The identity; untrusted.</param>
    /// <returns>False where several are asked for.</returns>
    public static bool TryGetImpersonatedIdentity(IstioCertificateRequest request, out string identity)
    {
        var value = request.Metadata is { } metadata && metadata.Fields.TryGetValue(ImpersonatedIdentityKey, out var found) ? found : null;
        identity = value?.KindCase == Value.KindOneofCase.StringValue ? value.StringValue : "";

        // Whoever sends a list means others than itself; its own certificate is not what it asks for.
        return value?.KindCase is not Value.KindOneofCase.ListValue;
    }
}
