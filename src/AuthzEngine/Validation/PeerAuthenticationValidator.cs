using AuthzEngine.Diagnostics;
using AuthzEngine.Matching;
using AuthzEngine.Policies;

namespace AuthzEngine.Validation;

/// <summary>A PeerAuthentication, authorization-policy §6.5.</summary>
internal static class PeerAuthenticationValidator
{
    private const string PortLevel = "spec.portLevelMtls";

    public static void Validate(PeerAuthentication authentication, FindingReport report)
    {
        ValidateMode(authentication.Mode, "spec.mtls.mode", report);
        if (authentication.PortLevelModes is { } modes)
        {
            ValidatePortLevel(modes, authentication.Selector, report);
        }
    }

    private static void ValidatePortLevel(
        IReadOnlyDictionary<string, MutualTlsMode> modes, WorkloadSelector? selector, FindingReport report)
    {
        if (selector is null or { MatchLabels.Count: 0 })
        {
            report.Add(ValidationCodes.PortLevelWithoutSelector, PortLevel, "modes of ports need a selector with labels");
        }

        if (modes.Count == 0)
        {
            report.Add(ValidationCodes.PortLevelEmpty, PortLevel, "there is no port", "leave it out");
        }

        foreach (var (port, mode) in modes)
        {
            var field = PortLevel + MemberName.Of(port);
            if (!IsPort(port))
            {
                report.Add(ValidationCodes.PortLevelPortInvalid, field, $"{Excerpt.Of(port)} is not a port from 1 to 65535");
            }

            ValidateMode(mode, field + ".mode", report);
        }
    }

    // The key of a map of numbers: with leading zeros two keys could be the same port.
    private static bool IsPort(string text) => text is not ['0', ..] && PortText.TryParse(text, out _);

    private static void ValidateMode(MutualTlsMode mode, string field, FindingReport report)
    {
        if (!Enum.IsDefined(mode))
        {
            report.Add(ValidationCodes.ModeUnknown, field, $"there is no mode {(int)mode}", "write UNSET, DISABLE, PERMISSIVE or STRICT");
        }
    }
}
