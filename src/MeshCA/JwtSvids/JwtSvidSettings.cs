using MeshCA.Issuance;

namespace MeshCA.JwtSvids;

/// <summary>What is said of all tokens; made from validated options only.</summary>
internal sealed record JwtSvidSettings
{
    /// <summary>Whether tokens are issued.</summary>
    public required bool IsEnabled { get; init; }

    /// <summary>The <c>iss</c> claim; empty: none.</summary>
    public required string Issuer { get; init; }

    /// <summary>The service's lifetimes of tokens, which rules of the issuance policy narrow.</summary>
    public required LifetimePolicy Lifetimes { get; init; }
}
