using AuthzEngine.Diagnostics;
using AuthzEngine.Matching;

namespace AuthzEngine.Validation;

/// <summary>Addresses and CIDRs, authorization-policy §3.10.</summary>
internal static class AddressValidator
{
    public static Problem? Check(string value) => CidrBlock.TryParse(value, out _)
        ? null
        : new(ValidationCodes.AddressInvalid, $"{Excerpt.Of(value)} is neither an IP address nor a CIDR");
}
