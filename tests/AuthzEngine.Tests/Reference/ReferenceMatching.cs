using System.Collections.Concurrent;
using System.Net;
using System.Numerics;
using System.Text.Json;
using System.Text.RegularExpressions;
using AuthzEngine.Policies;

namespace AuthzEngine.Tests.Reference;

/// <summary>Matching as authorization-policy §3 words it, by regular expressions and loops. Shares nothing with the product.</summary>
internal static class ReferenceMatching
{
    private const string Segment = @"[A-Za-z0-9\-._~%!$&'()+,;:@=]";
    private const string Segments = @"[A-Za-z0-9\-._~%!$&'()+,;:@=/]";

    private static readonly ConcurrentDictionary<string, Regex> Expressions = new();

    // §3.2; a single star is presence or non-emptiness by field.
    public static bool Generic(string pattern, string value, bool present = false)
    {
        if (pattern == "*")
        {
            return present || IsMatch(".+", value);
        }

        if (pattern.StartsWith('*'))
        {
            return value.EndsWith(pattern[1..], StringComparison.Ordinal);
        }

        return pattern.EndsWith('*') ? value.StartsWith(pattern[..^1], StringComparison.Ordinal) : value == pattern;
    }

    // §3.5
    public static bool Principal(string pattern, string id) => pattern switch
    {
        "*" => id.Length > 0 && IsMatch(".+", id),
        ['*', .. var end] => IsMatch("spiffe://.*" + Quote(end), id),
        [.. var start, '*'] => id.StartsWith("spiffe://" + start, StringComparison.Ordinal),
        _ => id == "spiffe://" + pattern,
    };

    public static bool Namespace(string pattern, string id) =>
        IsMatch(".*/ns/" + string.Join(".*", pattern.Split('*').Select(Quote)) + "/.*", id);

    public static bool ServiceAccount(string pattern, string policyNamespace, string id)
    {
        var parts = pattern.Split('/', 2);
        var (ns, name) = parts.Length == 2 ? (parts[0], parts[1]) : (policyNamespace, pattern);
        return IsMatch($"spiffe://.+/ns/{Quote(ns)}/(.+/|)sa/{Quote(name)}(/.+)?", id);
    }

    public static bool TrustDomain(string pattern, string id)
    {
        var star = pattern.IndexOf('*', StringComparison.Ordinal);
        return pattern == "*" ? id.StartsWith("spiffe://", StringComparison.Ordinal)
            : star < 0 ? id.StartsWith($"spiffe://{pattern}/", StringComparison.Ordinal)
            : IsMatch($"spiffe://{Quote(pattern[..star])}[^/]*{Quote(pattern[(star + 1)..])}/.*", id);
    }

    // §4
    public static IEnumerable<string> ExpandPrincipal(string value, IReadOnlyList<string> own)
    {
        var segments = value.Split('/');
        return segments.Length == 5 && segments[0] != "*" && (segments[0] == "cluster.local" || own.Contains(segments[0]))
            ? own.Select(domain => string.Join('/', segments.Skip(1).Prepend(domain)))
            : [value];
    }

    public static IEnumerable<string> ExpandTrustDomain(string value, IReadOnlyList<string> own) => own.Contains(value) ? own : [value];

    // §3.6
    public static bool RequestPrincipal(string v, string iss, string sub, RequestPrincipalMatching matching)
    {
        if (matching == RequestPrincipalMatching.Joined)
        {
            return Generic(v, $"{iss}/{sub}");
        }

        var k = v.LastIndexOf('/');
        var (pi, ps) = k < 0 ? (v, "") : (v[..k], v[(k + 1)..]);
        bool Any(string text) => IsMatch(".+", text);
        return v switch
        {
            "*" => Any(iss) && Any(sub),
            ['*', ..] when k >= 0 => (pi == "*" ? Any(iss) : iss.EndsWith(pi[1..], StringComparison.Ordinal)) && sub == ps,
            ['*', ..] => Any(iss) && sub.EndsWith(v[1..], StringComparison.Ordinal),
            [.., '*'] when k >= 0 => iss == pi && (ps == "*" ? Any(sub) : sub.StartsWith(ps[..^1], StringComparison.Ordinal)),
            [.., '*'] => iss.StartsWith(v[..^1], StringComparison.Ordinal) && Any(sub),
            _ => iss == pi && sub == ps,
        };
    }

    // §3.8
    public static bool Path(string pattern, string path)
    {
        var end = path.IndexOfAny(['?', '#']);
        var value = end < 0 ? path : path[..end];
        if (!pattern.Contains("{*}", StringComparison.Ordinal) && !pattern.Contains("{**}", StringComparison.Ordinal))
        {
            return Generic(pattern, value);
        }

        var expression = Quote(pattern).Replace(Quote("{**}"), Segments + "*", StringComparison.Ordinal)
            .Replace(Quote("{*}"), Segment + "+", StringComparison.Ordinal);
        return IsMatch(expression, value);
    }

    // §3.10
    public static bool Cidr(string block, string address)
    {
        var parts = block.Split('/');
        var (network, host) = (IPAddress.Parse(parts[0]), IPAddress.Parse(address));
        if (network.AddressFamily != host.AddressFamily)
        {
            return false;
        }

        var bits = network.GetAddressBytes().Length * 8;
        var shift = bits - (parts.Length == 2 ? int.Parse(parts[1], System.Globalization.CultureInfo.InvariantCulture) : bits);
        return Number(network) >> shift == Number(host) >> shift;
    }

    // §3.7
    public static bool Claim(JsonElement? value, bool delimited, Func<string, bool> matches) => value switch
    {
        { ValueKind: JsonValueKind.String } text when delimited && text.GetString()!.Length > 0 =>
            text.GetString()!.Split(' ', StringSplitOptions.RemoveEmptyEntries).Any(matches),
        { ValueKind: JsonValueKind.String } text => matches(text.GetString()!),
        { ValueKind: JsonValueKind.Array } list =>
            list.EnumerateArray().Any(item => item.ValueKind == JsonValueKind.String && matches(item.GetString()!)),
        _ => false,
    };

    // §3.9
    public static bool Metadata(string pattern, JsonElement? value) => pattern is ['[', .., ']']
        ? value is { ValueKind: JsonValueKind.Array } && Claim(value, false, text => Generic(pattern.Trim('[', ']'), text))
        : value is { ValueKind: JsonValueKind.String } text && Generic(pattern, text.GetString()!);

    // Envoy folds ASCII only.
    public static string Fold(string text) => string.Concat(text.Select(letter => letter is >= 'A' and <= 'Z' ? (char)(letter + 32) : letter));

    private static BigInteger Number(IPAddress address) => new(address.GetAddressBytes(), isUnsigned: true, isBigEndian: true);

    private static string Quote(string text) => Regex.Escape(text).Replace("}", @"\}", StringComparison.Ordinal);

    private static bool IsMatch(string expression, string value) => Expressions.GetOrAdd(expression, static text => new Regex(
        $@"\A(?:{text})\z", RegexOptions.NonBacktracking | RegexOptions.CultureInvariant)).IsMatch(value);
}
