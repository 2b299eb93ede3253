using SpiffeIdentity;

namespace MeshCA.Storage.Schema;

/// <summary>What proved an identity, and the node proxy that asked for it, in one column: <c>tokenreview:main by spiffe://…</c>.</summary>
internal readonly record struct StoredAuthenticator(string Name, SpiffeId? RequestedBy)
{
    // No configured name holds a space.
    private const string By = " by ";

    /// <summary>Takes a stored text apart. Never fails: what does not read as two parts is one.</summary>
    public static StoredAuthenticator Split(string text) =>
        text.IndexOf(By, StringComparison.Ordinal) is > 0 and var at && SpiffeId.TryParse(text.AsSpan(at + By.Length), out var proxy, out _)
            ? new(text[..at], proxy)
            : new(text, null);

    /// <summary>The text that is stored.</summary>
    public override string ToString() => RequestedBy is null ? Name : $"{Name}{By}{RequestedBy}";
}
