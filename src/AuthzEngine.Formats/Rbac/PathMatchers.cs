using AuthzEngine.Matching;
using Google.Protobuf.WellKnownTypes;
using MeshCA.Wire.Envoy.Core.V3;
using MeshCA.Wire.Envoy.Matchers.V3;
using MeshCA.Wire.Envoy.UriTemplate.V3;

namespace AuthzEngine.Formats.Rbac;

/// <summary>Writes path templates for Envoy, authorization-policy §3.8.</summary>
internal static class PathMatchers
{
    private const int MaxTemplateBytes = 256;
    private const string Segment = "[a-zA-Z0-9._~%!$&'()+,;:@=-]";
    private const string Segments = "[a-zA-Z0-9._~%!$&'()+,;:@=/-]";

    public static PathMatcher Of(TextPattern pattern) => new() { Path = StringMatchers.Of(pattern) };

    /// <summary>The template as Envoy's own, where Envoy takes it.</summary>
    /// <returns>Null where it would refuse it, and the whole listener with it.</returns>
    public static TypedExtensionConfig? OfTemplate(PathPattern.Template template)
    {
        var text = template.Text.Replace("{**}", "**", StringComparison.Ordinal).Replace("{*}", "*", StringComparison.Ordinal);
        var accepted = text is ['/', ..]
            && !text.Contains("//", StringComparison.Ordinal)
            && text.Length <= MaxTemplateBytes; // its alphabet is ASCII
        return accepted
            ? new() { Name = "uri-template", TypedConfig = Any.Pack(new UriTemplateMatchConfig { PathTemplate = text }) }
            : null;
    }

    /// <summary>The template as the expression that Envoy makes of it.</summary>
    public static PathMatcher OfExpression(PathPattern.Template template)
    {
        var quoted = Re2.Quote(template.Text);
        var expression = quoted
            .Replace(Re2.Quote("{**}"), Segments + "*", StringComparison.Ordinal)
            .Replace(Re2.Quote("{*}"), Segment + "+", StringComparison.Ordinal);
        return new() { Path = StringMatchers.OfExpression(expression) };
    }
}
