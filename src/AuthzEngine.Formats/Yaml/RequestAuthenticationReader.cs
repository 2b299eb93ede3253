using AuthzEngine.Diagnostics;
using AuthzEngine.Formats.Yaml.Fields;
using AuthzEngine.Policies;

namespace AuthzEngine.Formats.Yaml;

/// <summary>Reads the spec of a RequestAuthentication, authorization-policy §1.3.</summary>
internal static class RequestAuthenticationReader
{
    /// <summary>Reads it.</summary>
    /// <param name="spec">The spec.</param>
    /// <param name="authentication">What is known of the resource.</param>
    /// <returns>The resource.</returns>
    public static RequestAuthentication Read(ObjectReader spec, RequestAuthentication authentication) => authentication with
    {
        TargetRef = AttachmentReader.TargetRef(spec),
        TargetRefs = AttachmentReader.TargetRefs(spec),
        JwtRules = spec.Objects("jwtRules", Rule),
    };

    private static JwtRule Rule(ObjectReader reader)
    {
        var rule = new JwtRule
        {
            Issuer = reader.Text("issuer"),
            Audiences = reader.Texts("audiences"),
            JwksUri = reader.Text("jwksUri"),
            Jwks = reader.Text("jwks"),
            FromHeaders = reader.Objects("fromHeaders", Header),
            FromParams = reader.Texts("fromParams"),
            FromCookies = reader.Texts("fromCookies"),
            OutputPayloadToHeader = reader.Text("outputPayloadToHeader"),
            ForwardOriginalToken = reader.Boolean("forwardOriginalToken"),
            OutputClaimToHeaders = reader.Objects("outputClaimToHeaders", Output),
            Timeout = Timeout(reader, "timeout"),
            SpaceDelimitedClaims = reader.Texts("spaceDelimitedClaims"),
        };
        reader.End(UnknownFields.Refused);
        return rule;
    }

    private static JwtHeader Header(ObjectReader reader)
    {
        var header = new JwtHeader(reader.Text("name"), reader.Text("prefix"));
        reader.End(UnknownFields.Refused);
        return header;
    }

    private static ClaimToHeader Output(ObjectReader reader)
    {
        var output = new ClaimToHeader(reader.Text("header"), reader.Text("claim"));
        reader.End(UnknownFields.Refused);
        return output;
    }

    private static TimeSpan? Timeout(ObjectReader reader, string name)
    {
        if (reader.Take(name) is not { } node || ScalarReader.Text(node, reader.Path.Member(name), reader.Findings) is not { } text)
        {
            return null;
        }

        if (JsonDuration.TryParse(text, out var timeout))
        {
            return timeout;
        }

        reader.Findings.Error(
            YamlCodes.ValueMalformed, node, reader.Path.Member(name), $"{Excerpt.Of(text)} is no duration", "write seconds, such as `5s`");
        return null;
    }
}
