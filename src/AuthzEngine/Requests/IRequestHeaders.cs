namespace AuthzEngine.Requests;

/// <summary>The headers of one request. The caller's own structure, so that nothing is copied for a decision.</summary>
public interface IRequestHeaders
{
    /// <summary>Finds the lines of a header.</summary>
    /// <param name="name">The name in lower case. Pseudo headers other than <c>:scheme</c> are never asked for.</param>
    /// <returns>The lines in order; <c>default</c> when there is none.</returns>
    HeaderLines Find(string name);
}

/// <summary>The lines of one header; <c>default</c> is an absent header.</summary>
public readonly struct HeaderLines
{
    private readonly string? _one;
    private readonly IReadOnlyList<string>? _many;

    /// <summary>A header of one line.</summary>
    /// <param name="line">Its value, not split at commas.</param>
    public HeaderLines(string line) => _one = line;

    /// <summary>A header of any number of lines.</summary>
    /// <param name="lines">Their values in order.</param>
    public HeaderLines(IReadOnlyList<string> lines) => _many = lines;

    /// <summary>Number of lines.</summary>
    public int Count => _one is not null ? 1 : _many?.Count ?? 0;

    /// <summary>The value of a line.</summary>
    /// <param name="index">From 0.</param>
    /// <returns>Its value.</returns>
    public string this[int index] => _one ?? _many![index]; // Count is 0 where both are null

    /// <summary>All lines joined with commas, as Envoy did before CVE-2026-26308.</summary>
    /// <returns>The text; one line is itself.</returns>
    public string Join() => _one ?? string.Join(',', _many ?? []);
}
