using AuthzEngine.Requests;

namespace AuthzEngine.Tokens;

/// <summary>Headers of a request after its tokens were verified.</summary>
/// <param name="received">The headers as they came.</param>
/// <param name="changes">Headers by name in lower case: the only line that is left, or null where it is removed.</param>
public sealed class AuthenticatedHeaders(IRequestHeaders? received, IReadOnlyDictionary<string, string?> changes) : IRequestHeaders
{
    /// <summary>The headers as they came, which CUSTOM rules see.</summary>
    public IRequestHeaders? Received { get; } = received;

    /// <inheritdoc />
    public HeaderLines Find(string name) =>
        changes.TryGetValue(name, out var line) ? (line is null ? default : new HeaderLines(line))
        : Received?.Find(name) ?? default;
}
