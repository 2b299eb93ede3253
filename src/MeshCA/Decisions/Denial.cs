using AuthzEngine.Evaluation;

namespace MeshCA.Decisions;

/// <summary>What a client is told of a denial; the reason behind it is for the proxy and the log.</summary>
/// <param name="HttpStatus">401 for an invalid token, else 403; authorization-policy §7.2.</param>
/// <param name="Body">Envoy's and Istio's own texts: clients and tests look for them.</param>
/// <param name="Challenge">RFC 9110 §11.6.1, of a 401; else null.</param>
internal sealed record Denial(int HttpStatus, string Body, string? Challenge)
{
    private static readonly Denial ByPolicy = new(403, "RBAC: access denied", null);
    private static readonly Denial ByToken = new(401, "Jwt verification fails", "Bearer error=\"invalid_token\"");
    private static readonly Denial ByAudience = new(403, "Audiences in Jwt are not allowed", null);

    /// <summary>What a client is told of a denial for a reason.</summary>
    public static Denial Of(DecisionReason reason) => reason switch
    {
        DecisionReason.TokenInvalid => ByToken,
        DecisionReason.TokenAudienceRefused => ByAudience,
        _ => ByPolicy,
    };
}
