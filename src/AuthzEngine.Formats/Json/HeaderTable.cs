using AuthzEngine.Requests;

namespace AuthzEngine.Formats.Json;

/// <summary>Headers by name.</summary>
/// <param name="lines">The lines of each header by its name in lower case.</param>
public sealed class HeaderTable(IReadOnlyDictionary<string, IReadOnlyList<string>> lines) : IRequestHeaders
{
    /// <summary>The lines of each header by its name in lower case.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> All => lines;

    /// <inheritdoc/>
    public HeaderLines Find(string name) => lines.TryGetValue(name, out var found) ? new(found) : default;
}
