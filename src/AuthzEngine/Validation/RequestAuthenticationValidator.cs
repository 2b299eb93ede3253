using AuthzEngine.Policies;

namespace AuthzEngine.Validation;

/// <summary>A RequestAuthentication, authorization-policy §6.4.</summary>
internal static class RequestAuthenticationValidator
{
    private const int MaxRules = 4096;

    public static void Validate(RequestAuthentication authentication, FindingReport report)
    {
        TargetReferenceValidator.Validate(authentication.Selector, authentication.TargetRef, authentication.TargetRefs, report);
        if (authentication.JwtRules.Count > MaxRules)
        {
            report.Add(ValidationCodes.JwtRulesTooMany, "spec.jwtRules", $"{authentication.JwtRules.Count} rules, at most {MaxRules} are allowed");
        }

        for (var i = 0; i < authentication.JwtRules.Count; i++)
        {
            JwtRuleValidator.Validate(authentication.JwtRules[i], $"spec.jwtRules[{i}]", report);
        }
    }
}
