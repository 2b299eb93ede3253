using AuthzEngine.Requests;

namespace AuthzEngine.Tokens;

/// <summary>CORS preflight requests, to which browsers add no token; authorization-policy §7.2.</summary>
internal static class Preflight
{
    /// <summary>Whether a request is one.</summary>
    /// <param name="request">The request; untrusted.</param>
    /// <returns>Whether it is.</returns>
    public static bool Is(in RequestAttributes request) =>
        request.Method == "OPTIONS" && Has(request.Headers, "origin") && Has(request.Headers, "access-control-request-method");

    private static bool Has(IRequestHeaders? headers, string name) => headers?.Find(name) is { Count: > 0 } lines && lines[0].Length > 0;
}
