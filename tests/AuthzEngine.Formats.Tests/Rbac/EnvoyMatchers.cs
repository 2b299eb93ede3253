using System.Net;
using System.Text.RegularExpressions;
using AuthzEngine.Requests;
using MeshCA.Wire.Envoy.Core.V3;
using MeshCA.Wire.Envoy.Matchers.V3;
using MeshCA.Wire.Envoy.Route.V3;
using MeshCA.Wire.Envoy.UriTemplate.V3;

namespace AuthzEngine.Formats.Tests.Rbac;

/// <summary>Envoy's matchers, written from its protocol alone: nothing here calls the engine's.</summary>
internal static class EnvoyMatchers
{
    public static bool Matches(StringMatcher matcher, string value) => matcher.MatchPatternCase switch
    {
        StringMatcher.MatchPatternOneofCase.Exact => Fold(matcher, value) == Fold(matcher, matcher.Exact),
        StringMatcher.MatchPatternOneofCase.Prefix => Fold(matcher, value).StartsWith(Fold(matcher, matcher.Prefix), StringComparison.Ordinal),
        StringMatcher.MatchPatternOneofCase.Suffix => Fold(matcher, value).EndsWith(Fold(matcher, matcher.Suffix), StringComparison.Ordinal),
        StringMatcher.MatchPatternOneofCase.SafeRegex => IsWhole(matcher.SafeRegex.Regex, value),
        _ => throw new NotSupportedException(matcher.ToString()),
    };

    public static bool Matches(HeaderMatcher matcher, EnvoyRequest request)
    {
        var values = request.Header(matcher.Name);
        return matcher.HeaderMatchSpecifierCase switch
        {
            HeaderMatcher.HeaderMatchSpecifierOneofCase.PresentMatch => values is not null == matcher.PresentMatch,
            HeaderMatcher.HeaderMatchSpecifierOneofCase.StringMatch =>
                values is not null && values.Any(value => Matches(matcher.StringMatch, value)),
            _ => throw new NotSupportedException(matcher.ToString()),
        };
    }

    public static bool Matches(PathMatcher matcher, EnvoyRequest request) => request.Path is { } path && Matches(matcher.Path, path);

    public static bool Matches(CidrRange range, IPAddress? address)
    {
        var prefix = IPAddress.Parse(range.AddressPrefix);
        if (address is null || address.AddressFamily != prefix.AddressFamily)
        {
            return false;
        }

        var bits = (int)(range.PrefixLen ?? 0);
        return Bits(address).Take(bits).SequenceEqual(Bits(prefix).Take(bits));
    }

    public static bool Matches(MetadataMatcher matcher, EnvoyRequest request)
    {
        var value = request.Metadata(matcher.Filter);
        foreach (var segment in matcher.Path)
        {
            value = value is ClaimValue.Struct(var members) ? members.GetValueOrDefault(segment.Key) : null;
        }

        return value is not null && Matches(matcher.Value, value) != matcher.Invert;
    }

    public static bool MatchesTemplate(TypedExtensionConfig config, EnvoyRequest request)
    {
        const string one = @"[A-Za-z0-9\-._~%!$&'()+,;:@=]";
        const string any = @"[A-Za-z0-9\-._~%!$&'()+,;:@=/]";
        var template = config.TypedConfig.Unpack<UriTemplateMatchConfig>().PathTemplate;
        var expression = string.Concat(Regex.Split(template, @"(\*\*|\*)").Select(part => part switch
        {
            "**" => any + "*",
            "*" => one + "+",
            _ => Regex.Escape(part),
        }));
        return request.Path is { } path && IsWhole(expression, path);
    }

    private static bool Matches(ValueMatcher matcher, ClaimValue value) => matcher.MatchPatternCase switch
    {
        ValueMatcher.MatchPatternOneofCase.StringMatch => value is ClaimValue.Text(var text) && Matches(matcher.StringMatch, text),
        ValueMatcher.MatchPatternOneofCase.ListMatch =>
            value is ClaimValue.List(var items) && items.Any(item => Matches(matcher.ListMatch.OneOf, item)),
        ValueMatcher.MatchPatternOneofCase.OrMatch => matcher.OrMatch.ValueMatchers.Any(one => Matches(one, value)),
        _ => throw new NotSupportedException(matcher.ToString()),
    };

    private static bool IsWhole(string expression, string value) => Regex.IsMatch(
        value, $@"\A(?:{expression})\z", RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);

    private static string Fold(StringMatcher matcher, string text) => matcher.IgnoreCase
        ? string.Concat(text.Select(letter => letter is >= 'A' and <= 'Z' ? (char)(letter + 32) : letter))
        : text;

    private static IEnumerable<int> Bits(IPAddress address) =>
        address.GetAddressBytes().SelectMany(octet => Enumerable.Range(0, 8).Select(at => (octet >> (7 - at)) & 1));
}
