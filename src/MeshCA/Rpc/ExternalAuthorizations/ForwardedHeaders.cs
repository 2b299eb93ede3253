using AuthzEngine.Requests;
using MeshCA.Decisions;
using Microsoft.Extensions.Primitives;

namespace MeshCA.Rpc.ExternalAuthorizations;

/// <summary>The headers that a proxy passed on, where they are.</summary>
/// <param name="headers">The headers of the proxy's own request, by names without regard to case.</param>
/// <param name="own">Those of them that the proxy wrote for us, and the client did not send.</param>
/// <param name="isWhole">Whether the proxy passed every header on, so that one that is not there is absent.</param>
internal sealed class ForwardedHeaders(IReadOnlyDictionary<string, StringValues> headers, IReadOnlyList<string> own, bool isWhole)
    : IUncertainHeaders, IMeasuredHeaders
{
    private const string Scheme = ":scheme";

    // Envoy passes it on whatever else its filter is told.
    private const string AlwaysPassedOn = "authorization";

    /// <inheritdoc />
    public bool WasUncertain { get; private set; }

    /// <inheritdoc />
    public long HeldBytes => headers.Sum(header => header.Value.Sum(line => HeldSize.OfHeader(header.Key, line)));

    /// <inheritdoc />
    public HeaderLines Find(string name)
    {
        // Nobody tells the client's scheme, so it is unknown and not absent.
        WasUncertain |= name == Scheme || IsOwn(name);
        if (!IsOwn(name) && headers.TryGetValue(name, out var lines) && lines.Count > 0)
        {
            return new([.. lines.Select(line => line ?? "")]);
        }

        WasUncertain |= !isWhole && !string.Equals(name, AlwaysPassedOn, StringComparison.OrdinalIgnoreCase);
        return default;
    }

    private bool IsOwn(string name)
    {
        for (var i = 0; i < own.Count; i++)
        {
            if (string.Equals(own[i], name, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return false;
    }
}
