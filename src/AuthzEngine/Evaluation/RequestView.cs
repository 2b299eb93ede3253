using System.Buffers;
using AuthzEngine.Requests;
using AuthzEngine.Tokens;

namespace AuthzEngine.Evaluation;

/// <summary>A request as the rules of one stage see it. Its fields are only set where a stage begins.</summary>
internal ref struct RequestView
{
    private static readonly SearchValues<char> PathEnds = SearchValues.Create("?#");

    public RequestView(in RequestAttributes request)
    {
        Request = ref request;
        Peer = request.SourcePrincipal;
        Claims = request.Claims;
        Headers = request.Headers;
        Unknown = request.Unsupplied;
        Path = WithoutQuery(request.Path);
    }

    /// <summary>The request as it came.</summary>
    public readonly ref readonly RequestAttributes Request;

    /// <summary>The path up to its query or fragment, authorization-policy §3.1; empty as well where there is none.</summary>
    public readonly ReadOnlySpan<char> Path;

    /// <summary>The peer's identity; null where the port's mode is DISABLE.</summary>
    public string? Peer;

    /// <summary>The token's payload; null while CUSTOM rules are evaluated, which run before tokens are verified.</summary>
    public ClaimValue.Struct? Claims;

    /// <summary>The headers; as they came while CUSTOM rules are evaluated, which run before tokens are removed.</summary>
    public IRequestHeaders? Headers;

    /// <summary>Claims that are lists divided by spaces.</summary>
    public SpaceDelimitedClaims? Delimited;

    /// <summary>Attributes that are neither known nor known to be absent.</summary>
    public AttributeKinds Unknown;

    /// <summary>Whether a clause on an unknown attribute is taken to hold, and not to fail.</summary>
    /// <remarks>
    /// Rules negate nothing but clauses, so by Kleene's logic a rule is true where it matches with its unknown clauses
    /// failing, and at least unknown where it matches with them holding.
    /// </remarks>
    public bool UnknownHolds;

    /// <summary>The same request before its token is verified, as CUSTOM rules see it; authorization-policy §2.1.</summary>
    public readonly RequestView BeforeTokens()
    {
        var view = this;
        view.Claims = null;
        view.Headers = Headers is AuthenticatedHeaders { Received: var received } ? received : Headers;
        view.Unknown &= ~AttributeKinds.Claims;
        return view;
    }

    private static ReadOnlySpan<char> WithoutQuery(string? path)
    {
        var end = path.AsSpan().IndexOfAny(PathEnds);
        return end < 0 ? path : path.AsSpan(0, end);
    }
}
