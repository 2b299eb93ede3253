namespace AuthzEngine.Formats.Yaml;

/// <summary>How much of an untrusted text is read; what exceeds a limit is refused before it costs memory.</summary>
public sealed record YamlLimits
{
    /// <summary>Longest text in characters; 4 MiB holds some ten thousand policies.</summary>
    public int MaxLength { get; init; } = 4 * 1024 * 1024;

    /// <summary>Deepest nesting of mappings and sequences. A policy needs about ten.</summary>
    public int MaxDepth { get; init; } = 32;

    /// <summary>Most nodes, those that aliases repeat counted each time: a bomb of aliases is refused here.</summary>
    public int MaxNodes { get; init; } = 1_000_000;

    /// <summary>Most documents in one text.</summary>
    public int MaxDocuments { get; init; } = 20_000;
}
