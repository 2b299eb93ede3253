using System.Buffers;
using System.Text;
using AuthzEngine.Diagnostics;

namespace AuthzEngine.Validation;

/// <summary>Path templates, authorization-policy §3.8 and §6.3; applied to every path, because braces mean nothing else.</summary>
internal static class PathTemplateValidator
{
    private const string OneSegment = "{*}";
    private const string AnySegments = "{**}";
    private const int MaxEnvoyBytes = 256;

    private static readonly SearchValues<char> Literal =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~%!$&'()+,;:@=");

    public static Problem? Check(string value)
    {
        var isTemplate = value.Contains(OneSegment, StringComparison.Ordinal) || value.Contains(AnySegments, StringComparison.Ordinal);
        if (!isTemplate && !value.AsSpan().ContainsAny('{', '}'))
        {
            return null;
        }

        var sawAny = false;
        foreach (var segment in value.Trim('/').Split('/'))
        {
            if (CheckSegment(segment, isTemplate, sawAny) is { } problem)
            {
                return problem;
            }

            sawAny |= segment == AnySegments;
        }

        return CheckForEnvoy(value);
    }

    private static Problem? CheckSegment(string segment, bool isTemplate, bool sawAny) => segment switch
    {
        OneSegment or AnySegments => sawAny
            ? new(ValidationCodes.PathTemplateOrder, $"`{segment}` comes after `{{**}}`, which must be the last operator")
            : null,
        _ when segment.AsSpan().ContainsAny('{', '}') => new(
            ValidationCodes.PathTemplateBraces,
            $"{Excerpt.Of(segment)} holds braces that are no operator",
            "`{*}` is one segment, `{**}` any number of them"),
        _ when isTemplate && (segment.Length == 0 || segment.AsSpan().ContainsAnyExcept(Literal)) => new(
            ValidationCodes.PathTemplateLiteral,
            segment.Length == 0
                ? "the template has an empty segment"
                : $"{Excerpt.Of(segment)} holds a character that no segment of a template may"),
        _ => null,
    };

    // Envoy reads `*` and `**` where Istio's template has braces, and refuses the listener's whole update over one of these.
    private static Problem? CheckForEnvoy(string value)
    {
        var written = value.Replace(OneSegment, "*", StringComparison.Ordinal).Replace(AnySegments, "**", StringComparison.Ordinal);
        var reason = value switch
        {
            not ['/', ..] => "does not start with a slash",
            ['/', '/', ..] => "starts with two slashes",
            [.., '/', '/'] => "ends in two slashes",
            _ when Encoding.UTF8.GetByteCount(written) > MaxEnvoyBytes => $"is longer than {MaxEnvoyBytes} bytes",
            _ => null,
        };
        return reason is null
            ? null
            : new(ValidationCodes.PathTemplateRefusedByEnvoy, $"{Excerpt.Of(value)} {reason}: Envoy refuses every listener with this template");
    }
}
