using System.Globalization;
using System.Text;
using AuthzEngine.Requests;

namespace AuthzEngine.Tokens;

/// <summary>Claims as the headers of outputClaimToHeaders show them, authorization-policy §7.2.</summary>
internal static class ClaimText
{
    /// <summary>Finds a claim and prints it.</summary>
    /// <param name="payload">The payload.</param>
    /// <param name="path">The claim, nested by dots.</param>
    /// <returns>The header's value; null where there is no claim, it is empty, or no header can hold it.</returns>
    public static string? Of(ClaimValue.Struct payload, string path) =>
        Find(payload, path) is { } value && Print(value) is { Length: > 0 } text && !text.Any(char.IsControl) ? text : null;

    private static ClaimValue? Find(ClaimValue.Struct payload, string path)
    {
        ClaimValue? value = payload;
        foreach (var name in path.Split('.'))
        {
            value = value is ClaimValue.Struct(var members) ? members.GetValueOrDefault(name) : null;
        }

        return value;
    }

    private static string Print(ClaimValue value) => value switch
    {
        ClaimValue.Text(var text) => text,
        ClaimValue.Boolean(var flag) => flag ? "true" : "false",
        ClaimValue.Number(var number) => Number(number),
        ClaimValue.Null => "",
        _ => Convert.ToBase64String(Encoding.UTF8.GetBytes(ClaimJson.Write(value))),
    };

    // Envoy prints natural numbers of 64 bits as such, and any other with six decimals.
    private static string Number(string text) =>
        ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var natural) ? natural.ToString(CultureInfo.InvariantCulture)
        : !double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) || !double.IsFinite(number) ? ""
        : number >= 0 && number < ulong.MaxValue && double.IsInteger(number) ? number.ToString("F0", CultureInfo.InvariantCulture)
        : number.ToString("F6", CultureInfo.InvariantCulture);
}
