using System.Globalization;
using AuthzEngine.Analysis.Subjects;
using AuthzEngine.Diagnostics;

namespace AuthzEngine.Analysis.Tokens;

/// <summary>A claim that is no text: only strings and lists of strings match, authorization-policy §3.7.</summary>
internal static class ClaimTypeLint
{
    // Numbers of RFC 7519 §4.1 and booleans of OpenID Connect Core §5.1.
    private static readonly HashSet<string> NeverText = ["exp", "nbf", "iat", "auth_time", "updated_at", "email_verified", "phone_number_verified"];

    public static IEnumerable<Remark> Check(WrittenField field, AnalyzedPolicy policy)
    {
        if (field.Attribute != RuleAttribute.Claim || field.Name.Length == 0)
        {
            return [];
        }

        return NeverText.Contains(field.Name)
            ? [new(
                LintCodes.ClaimNotText,
                field.KeyPath,
                $"the claim {Excerpt.Of(field.Name)} is a number or boolean, and only texts are compared: {(field.Negated ? "the condition always holds" : "the condition never holds")}")]
            : field.EachValue(LintCodes.ClaimNotText, value => IsOtherType(value)
                ? new(
                    $"{Excerpt.Of(value)} matches a text only: where the claim is a number or boolean, {field.NeverMatches}",
                    "let the issuer write the claim as text")
                : null);
    }

    private static bool IsOtherType(string value) => value is "true" or "false" or "null"
        || double.TryParse(value, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out _);
}
