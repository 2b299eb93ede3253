using System.ComponentModel.DataAnnotations;

namespace MeshCA.Configuration;

/// <summary>Bounds of the cache of verified tokens.</summary>
internal sealed class TokenCacheOptions
{
    /// <summary>Most tokens kept; 0 turns the cache off. An entry takes about 700 bytes.</summary>
    [Range(0, 1_000_000)]
    public int MaxEntries { get; set; } = 20_000;

    /// <summary>
    /// Longest time until a token's signature is checked again; it never counts beyond its own expiry.
    /// A minute outlasts the burst in which one ztunnel asks for a whole node.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:15:00")]
    public TimeSpan MaxAge { get; set; } = TimeSpan.FromMinutes(1);
}
