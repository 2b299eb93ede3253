namespace MeshCA.Authorities.JwtKeys;

/// <summary>How keys of JWT-SVIDs are made and replaced; made from validated options only.</summary>
internal sealed record JwtKeySettings
{
    /// <summary>For how long keys stay published after the last token that they signed has ended: verifiers allow for clocks that run behind ours.</summary>
    public static readonly TimeSpan Leeway = TimeSpan.FromMinutes(2);

    /// <summary>Whether JWT-SVIDs are issued; where not, no key is kept published.</summary>
    public required bool IsEnabled { get; init; }

    /// <summary>A new key.</summary>
    public required KeyChoice Key { get; init; }

    /// <summary>For how long one key signs.</summary>
    public required TimeSpan Lifetime { get; init; }

    /// <summary>For how long a key is published before it signs: several times as long as verifiers wait between two looks (Trust_Domain_and_Bundle §4).</summary>
    public required TimeSpan Propagation { get; init; }

    /// <summary>The longest lifetime of a token. A key keeps what it was made for.</summary>
    public required TimeSpan LongestToken { get; init; }
}
