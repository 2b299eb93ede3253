namespace MeshCA.Authentication.Tokens;

/// <summary>The claims of a token by which it is judged, as we read them.</summary>
/// <param name="Issuer"><c>iss</c>; empty if missing.</param>
/// <param name="Audiences"><c>aud</c>; none if missing.</param>
/// <param name="ExpiresAt"><c>exp</c> in whole seconds; null if missing.</param>
internal sealed record SignedClaims(string Issuer, IReadOnlyList<string> Audiences, DateTimeOffset? ExpiresAt);
