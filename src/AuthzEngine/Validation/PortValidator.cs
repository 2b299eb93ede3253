using AuthzEngine.Diagnostics;
using AuthzEngine.Matching;

namespace AuthzEngine.Validation;

/// <summary>Ports, authorization-policy §3.10.</summary>
internal static class PortValidator
{
    public static Problem? Check(string value) => PortText.TryParse(value, out _)
        ? null
        : new(ValidationCodes.PortInvalid, $"{Excerpt.Of(value)} is not a port from 0 to 65535");
}
