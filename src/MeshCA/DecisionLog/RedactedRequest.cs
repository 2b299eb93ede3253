using AuthzEngine.Requests;

namespace MeshCA.DecisionLog;

/// <summary>A request as it is logged.</summary>
/// <param name="Request">What is left of it; its headers are apart.</param>
/// <param name="Headers">Headers by names in order. One without lines is known to be absent.</param>
/// <param name="Redacted">Attributes whose value was removed or replaced, or was never known: a decision that rests on one cannot be made again.</param>
/// <param name="Partial">Attributes of which only a part is there: what is not named in them is unknown.</param>
internal sealed record RedactedRequest(
    RequestAttributes Request,
    IReadOnlyList<KeyValuePair<string, HeaderLines>> Headers,
    IReadOnlyList<string> Redacted,
    IReadOnlyList<string> Partial)
{
    private const AttributeKinds All = (AttributeKinds)((1 << 12) - 1);

    /// <summary>A request of which nothing is kept, since it is too long for a log.</summary>
    public static RedactedRequest Nothing(in RequestAttributes request) =>
        new(new() { Protocol = request.Protocol }, [], AttributeNames.Of(All), []);
}
