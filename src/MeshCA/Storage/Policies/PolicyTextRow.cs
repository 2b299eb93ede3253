namespace MeshCA.Storage.Policies;

/// <summary>One text that policies stand in.</summary>
internal sealed class PolicyTextRow
{
    /// <summary>SHA-256 of the text, hexadecimal.</summary>
    public string Hash { get; set; } = "";

    /// <summary>The text, UTF-8.</summary>
    public byte[] Text { get; set; } = [];
}
