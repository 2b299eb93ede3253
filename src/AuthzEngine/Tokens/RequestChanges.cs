using AuthzEngine.Matching;
using AuthzEngine.Policies;
using AuthzEngine.Requests;

namespace AuthzEngine.Tokens;

/// <summary>What verification of tokens changes in a request before DENY and ALLOW see it, authorization-policy §2.1, §7.2.</summary>
public sealed class RequestChanges
{
    private RequestChanges(IReadOnlyDictionary<string, string?> headers, IReadOnlyList<string> removedParameters)
    {
        Headers = headers;
        RemovedParameters = removedParameters;
    }

    /// <summary>Headers by name in lower case: the only line that is left, or null where the header is removed.</summary>
    public IReadOnlyDictionary<string, string?> Headers { get; }

    /// <summary>Query parameters that are removed.</summary>
    public IReadOnlyList<string> RemovedParameters { get; }

    /// <summary>Finds the changes.</summary>
    /// <param name="rules">The rules that were asked.</param>
    /// <param name="outcome">Their outcome.</param>
    /// <returns>The changes.</returns>
    public static RequestChanges Of(TokenRules rules, TokenOutcome outcome)
    {
        ArgumentNullException.ThrowIfNull(rules);
        ArgumentNullException.ThrowIfNull(outcome);
        if (outcome is not { Rule: { } rule, Payload: { } payload })
        {
            return new(rules.Outputs.Removed, []);
        }

        var headers = new Dictionary<string, string?>(rules.Outputs.Removed, StringComparer.Ordinal);
        SetOutputs(rule, payload, outcome.Accepted[0].Text, headers);
        return new(headers, rule.ForwardOriginalToken ? [] : RemoveTokens(outcome.Accepted, headers));
    }

    /// <summary>Applies the changes.</summary>
    /// <param name="request">The request as it came.</param>
    /// <returns>The request as DENY and ALLOW see it; what CUSTOM sees is kept beside.</returns>
    public RequestAttributes ApplyTo(in RequestAttributes request)
    {
        var path = request.Path;
        foreach (var name in RemovedParameters)
        {
            path = path is null ? null : QueryString.Remove(path, name);
        }

        return request with
        {
            Headers = Headers.Count == 0 ? request.Headers : new AuthenticatedHeaders(request.Headers, Headers),
            Path = path,
        };
    }

    private static void SetOutputs(JwtRule rule, ClaimValue.Struct payload, string token, Dictionary<string, string?> headers)
    {
        if (rule.OutputPayloadToHeader.Length > 0)
        {
            headers[AsciiFolding.Lower(rule.OutputPayloadToHeader)] = token.Split('.')[1]; // just accepted: it has three parts
        }

        foreach (var output in rule.OutputClaimToHeaders.OfType<ClaimToHeader>())
        {
            if (ClaimText.Of(payload, output.Claim) is { } text)
            {
                headers[AsciiFolding.Lower(output.Header)] = text;
            }
        }
    }

    // After the outputs, as Envoy does. It leaves cookies in place.
    private static List<string> RemoveTokens(IReadOnlyList<FoundToken> tokens, Dictionary<string, string?> headers)
    {
        var parameters = new List<string>();
        foreach (var token in tokens)
        {
            switch (token.Location)
            {
                case TokenLocation.Header(var name, _):
                    headers[name] = null;
                    break;
                case TokenLocation.Parameter(var name):
                    parameters.Add(name);
                    break;
            }
        }

        return parameters;
    }
}
