using AuthzEngine.Formats.Yaml.Fields;
using AuthzEngine.Formats.Yaml.Nodes;
using AuthzEngine.Policies;

namespace AuthzEngine.Formats.Yaml;

/// <summary>Reads the spec of a PeerAuthentication, authorization-policy §1.4.</summary>
internal static class PeerAuthenticationReader
{
    private static readonly Dictionary<string, MutualTlsMode> Modes = new()
    {
        ["UNSET"] = MutualTlsMode.Unset,
        ["DISABLE"] = MutualTlsMode.Disable,
        ["PERMISSIVE"] = MutualTlsMode.Permissive,
        ["STRICT"] = MutualTlsMode.Strict,
    };

    /// <summary>Reads it.</summary>
    /// <param name="spec">The spec.</param>
    /// <param name="authentication">What is known of the resource.</param>
    /// <returns>The resource.</returns>
    public static PeerAuthentication Read(ObjectReader spec, PeerAuthentication authentication) => authentication with
    {
        Mode = spec.Object("mtls") is { } mutualTls ? Mode(mutualTls) : MutualTlsMode.Unset,
        PortLevelModes = spec.Mapping("portLevelMtls") is { } ports ? PortLevel(ports, spec) : null,
    };

    private static MutualTlsMode Mode(ObjectReader reader)
    {
        var mode = reader.Choice("mode", Modes, MutualTlsMode.Unset);
        reader.End(UnknownFields.Refused);
        return mode;
    }

    private static Dictionary<string, MutualTlsMode> PortLevel(YamlMapping ports, ObjectReader spec)
    {
        var modes = new Dictionary<string, MutualTlsMode>(ports.Members.Count, StringComparer.Ordinal);
        foreach (var (port, value) in ports.Members)
        {
            var path = spec.Path.Member("portLevelMtls").Member(port.Text);
            if (value is YamlMapping mapping)
            {
                modes.TryAdd(port.Text, Mode(new(mapping, path, spec.Findings)));
            }
            else if (value is YamlScalar { IsNull: true })
            {
                modes.TryAdd(port.Text, MutualTlsMode.Unset);
            }
            else
            {
                ScalarReader.Refuse(value, path, spec.Findings, "an object with `mode`");
            }
        }

        return modes;
    }
}
