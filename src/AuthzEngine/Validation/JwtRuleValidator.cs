using System.Buffers;
using AuthzEngine.Diagnostics;
using AuthzEngine.Policies;

namespace AuthzEngine.Validation;

/// <summary>One of jwtRules, authorization-policy §6.4.</summary>
internal static class JwtRuleValidator
{
    private const int MaxSpaceDelimitedClaims = 64;

    private static readonly SearchValues<char> HeaderAlphabet =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_");

    public static void Validate(JwtRule? rule, string path, FindingReport report)
    {
        if (rule is null)
        {
            report.Add(ValidationCodes.EntryNull, path, "the rule is null");
            return;
        }

        if (rule.Issuer.Length == 0 && rule.JwksUri.Length == 0)
        {
            report.Add(ValidationCodes.IssuerMissing, path, "the rule has neither issuer nor jwksUri");
        }

        ValueList.Validate(rule.Audiences, path + ".audiences", report);
        ValidateKeys(rule, path, report);
        ValidateLocations(rule, path, report);
        ValidateOutputs(rule.OutputClaimToHeaders, path + ".outputClaimToHeaders", report);
        ValidateTimeout(rule.Timeout, path + ".timeout", report);
        ValidateSpaceDelimitedClaims(rule.SpaceDelimitedClaims, path + ".spaceDelimitedClaims", report);
    }

    private static void ValidateKeys(JwtRule rule, string path, FindingReport report)
    {
        if (rule.JwksUri.Length > 0 && JwksUriValidator.Check(rule.JwksUri) is { } problem)
        {
            report.Add(problem.Code, path + ".jwksUri", problem.Message, problem.Suggestion);
        }

        if (rule.Jwks.Length > 0)
        {
            JwksValidator.Validate(rule.Jwks, path + ".jwks", report);
        }

        if (rule.JwksUri.Length > 0 && rule.Jwks.Length > 0)
        {
            report.Add(ValidationCodes.JwksAmbiguous, path, "only one of jwks and jwksUri may be set");
        }
    }

    private static void ValidateLocations(JwtRule rule, string path, FindingReport report)
    {
        for (var i = 0; i < rule.FromHeaders.Count; i++)
        {
            var field = $"{path}.fromHeaders[{i}]";
            if (rule.FromHeaders[i] is not { } header)
            {
                report.Add(ValidationCodes.EntryNull, field, "the entry is null");
            }
            else if (header.Name.Length == 0)
            {
                report.Add(ValidationCodes.ValueEmpty, field + ".name", "the header has no name");
            }
        }

        ValueList.Validate(rule.FromParams, path + ".fromParams", report);
        ValueList.Validate(rule.FromCookies, path + ".fromCookies", report);
    }

    private static void ValidateOutputs(IReadOnlyList<ClaimToHeader?> outputs, string path, FindingReport report)
    {
        for (var i = 0; i < outputs.Count; i++)
        {
            if (outputs[i] is { } output)
            {
                ValidateOutput(output, $"{path}[{i}]", report);
            }
            else
            {
                report.Add(ValidationCodes.EntryNull, $"{path}[{i}]", "the entry is null");
            }
        }
    }

    private static void ValidateOutput(ClaimToHeader output, string path, FindingReport report)
    {
        if (output.Header.Length == 0)
        {
            report.Add(ValidationCodes.ValueEmpty, path + ".header", "the header has no name");
        }
        else if (output.Header.AsSpan().ContainsAnyExcept(HeaderAlphabet))
        {
            report.Add(
                ValidationCodes.ClaimHeaderInvalid,
                path + ".header",
                $"{Excerpt.Of(output.Header)} holds others than letters, digits, `-` and `_`");
        }

        if (output.Claim.Length == 0)
        {
            report.Add(ValidationCodes.ValueEmpty, path + ".claim", "the claim has no name");
        }
    }

    private static void ValidateTimeout(TimeSpan? timeout, string field, FindingReport report)
    {
        if (timeout is { } length
            && (length < TimeSpan.FromMilliseconds(1) || length.Ticks % TimeSpan.TicksPerMillisecond != 0))
        {
            report.Add(ValidationCodes.TimeoutInvalid, field, "the timeout must be a whole number of milliseconds, at least one");
        }
    }

    private static void ValidateSpaceDelimitedClaims(IReadOnlyList<string> claims, string field, FindingReport report)
    {
        if (claims.Count > MaxSpaceDelimitedClaims)
        {
            report.Add(
                ValidationCodes.SpaceDelimitedClaimsTooMany, field, $"{claims.Count} claims, at most {MaxSpaceDelimitedClaims} are allowed");
        }

        ValueList.Validate(claims, field, report);
    }
}
