using MeshCA.Authentication.Tokens;

namespace MeshCA.Authentication.Keys;

/// <summary>The keys of one issuer of service-account tokens.</summary>
internal sealed class IssuerKeyRing(TokenIssuer issuer) : KeyRing(issuer.Schedule)
{
    /// <summary>The issuer.</summary>
    public TokenIssuer Issuer { get; } = issuer;
}
