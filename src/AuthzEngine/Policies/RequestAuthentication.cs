namespace AuthzEngine.Policies;

/// <summary>A RequestAuthentication as written, authorization-policy §1.3.</summary>
public sealed record RequestAuthentication : PolicyResource
{
    /// <summary>spec.targetRef, the legacy single form.</summary>
    public PolicyTargetReference? TargetRef { get; init; }

    /// <summary>spec.targetRefs.</summary>
    public IReadOnlyList<PolicyTargetReference> TargetRefs { get; init; } = [];

    /// <summary>spec.jwtRules; an element is null where the author wrote null.</summary>
    public IReadOnlyList<JwtRule?> JwtRules { get; init; } = [];

    /// <inheritdoc/>
    public override IReadOnlyList<PolicyTargetReference> TargetReferences() =>
        TargetRefs.Count == 0 && TargetRef is not null ? [TargetRef] : TargetRefs;
}

/// <summary>One issuer's tokens: where they are looked for and what makes one valid; authorization-policy §7.2.</summary>
public sealed record JwtRule
{
    /// <summary>The <c>iss</c> a token must have; empty: not checked.</summary>
    public string Issuer { get; init; } = "";

    /// <summary>Audiences of which a token must have one; none: not checked.</summary>
    public IReadOnlyList<string> Audiences { get; init; } = [];

    /// <summary>Where the keys are fetched; empty: discovery from the issuer.</summary>
    public string JwksUri { get; init; } = "";

    /// <summary>Keys inline, which win over <see cref="JwksUri"/>.</summary>
    public string Jwks { get; init; } = "";

    /// <summary>Headers that hold tokens; an element is null where the author wrote null.</summary>
    public IReadOnlyList<JwtHeader?> FromHeaders { get; init; } = [];

    /// <summary>Query parameters that hold tokens.</summary>
    public IReadOnlyList<string> FromParams { get; init; } = [];

    /// <summary>Cookies that hold tokens.</summary>
    public IReadOnlyList<string> FromCookies { get; init; } = [];

    /// <summary>Header that receives the payload, base64url; empty: none.</summary>
    public string OutputPayloadToHeader { get; init; } = "";

    /// <summary>Whether the request keeps its token.</summary>
    public bool ForwardOriginalToken { get; init; }

    /// <summary>Claims that are copied into headers; an element is null where the author wrote null.</summary>
    public IReadOnlyList<ClaimToHeader?> OutputClaimToHeaders { get; init; } = [];

    /// <summary>How long fetching keys may take; null: 5 s.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>Top-level claims whose text is a list divided by spaces, besides <c>scope</c> and <c>permission</c>.</summary>
    public IReadOnlyList<string> SpaceDelimitedClaims { get; init; } = [];
}

/// <summary>A header that holds a token after a prefix.</summary>
/// <param name="Name">Header name.</param>
/// <param name="Prefix">What comes before the token, trailing space included; may be empty.</param>
public sealed record JwtHeader(string Name, string Prefix);

/// <summary>A claim that is copied into a header.</summary>
/// <param name="Header">Header name.</param>
/// <param name="Claim">Claim, nested by dots.</param>
public sealed record ClaimToHeader(string Header, string Claim);
