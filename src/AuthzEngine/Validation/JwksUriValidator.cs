using AuthzEngine.Diagnostics;

namespace AuthzEngine.Validation;

/// <summary>jwksUri, authorization-policy §6.4. Where it may point to is for whoever fetches it.</summary>
internal static class JwksUriValidator
{
    private const int MaxLength = 2048;

    public static Problem? Check(string value)
    {
        if (value.EnumerateRunes().Count() > MaxLength)
        {
            return new(ValidationCodes.JwksUriTooLong, $"the URL has more than {MaxLength} characters");
        }

        var isHttp = value.StartsWith("http://", StringComparison.OrdinalIgnoreCase)
            || value.StartsWith("https://", StringComparison.OrdinalIgnoreCase);
        return isHttp && !HoldsWhatUriWouldRepair(value) && Uri.TryCreate(value, UriKind.Absolute, out _)
            ? null
            : new(ValidationCodes.JwksUriInvalid, $"{Excerpt.Of(value)} is not a URL of http or https");
    }

    // Uri trims spaces, turns backslashes and escapes a lone percent sign; Go's parser refuses all three.
    private static bool HoldsWhatUriWouldRepair(string value)
    {
        if (value.AsSpan().ContainsAnyInRange('\0', ' ') || value.Contains('\\', StringComparison.Ordinal))
        {
            return true;
        }

        for (var at = value.IndexOf('%', StringComparison.Ordinal); at >= 0; at = value.IndexOf('%', at + 1))
        {
            if (at + 2 >= value.Length || !char.IsAsciiHexDigit(value[at + 1]) || !char.IsAsciiHexDigit(value[at + 2]))
            {
                return true;
            }
        }

        return false;
    }
}
