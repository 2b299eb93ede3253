namespace AuthzEngine.Formats.Json;

/// <summary>The HTTP part of a request in JSON.</summary>
/// <param name="IsGiven">Whether there is one.</param>
/// <param name="Method">Method.</param>
/// <param name="Path">Request target with its query, as it stands there.</param>
/// <param name="Host"><c>:authority</c>.</param>
/// <param name="Headers">The other headers; null: none.</param>
internal readonly record struct HttpInput(bool IsGiven, string? Method, string? Path, string? Host, HeaderTable? Headers)
{
    /// <summary>Reads it. Pseudo headers among the headers count where the member of their own is missing.</summary>
    public static HttpInput Read(JsonMembers? http)
    {
        if (http is null)
        {
            return default;
        }

        var lines = http.Object("headers") is { } headers ? Lines(headers) : null;
        return new(
            IsGiven: true,
            http.Text("method") ?? First(lines, ":method"),
            http.Text("path") ?? First(lines, ":path"),
            http.Text("host") ?? First(lines, ":authority") ?? First(lines, "host"),
            lines is null ? null : new(lines));
    }

    // Names in whatever case; those that differ in case alone are one header.
    private static Dictionary<string, IReadOnlyList<string>> Lines(JsonMembers headers)
    {
        var lines = new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal);
        foreach (var (name, value) in headers.All())
        {
            if (headers.TextsOf(name, value) is { Count: > 0 } found)
            {
                var lower = name.ToLowerInvariant();
                lines[lower] = lines.TryGetValue(lower, out var earlier) ? [.. earlier, .. found] : found;
            }
        }

        return lines;
    }

    private static string? First(Dictionary<string, IReadOnlyList<string>>? lines, string name) =>
        lines is not null && lines.TryGetValue(name, out var found) ? found[0] : null;
}
