using AuthzEngine.Analysis.Subjects;
using AuthzEngine.Diagnostics;
using AuthzEngine.Matching;

namespace AuthzEngine.Analysis.Hosts;

/// <summary>A host with or without port: the whole <c>Host</c> is compared, port included; authorization-policy §3.4.</summary>
internal static class HostPortLint
{
    public static IEnumerable<Remark> Check(WrittenField field, AnalyzedPolicy policy)
    {
        if (field.Attribute != RuleAttribute.Host)
        {
            return [];
        }

        TextPattern[] patterns = [.. field.Values.Select(value => TextPattern.Of(value, TextMatch.Present, ignoreCase: true))];
        var severity = field.MissLetsThrough(policy.Action) ? Severity.Warning : Severity.Info;
        return field.EachValue(LintCodes.HostWithoutPort, value => CheckWithout(field, value, patterns, severity))
            .Concat(field.EachValue(LintCodes.HostPortOnly, value => CheckOnly(value, patterns, severity)));
    }

    private static Advice? CheckWithout(WrittenField field, string value, TextPattern[] patterns, Severity severity)
    {
        if (!IsHost(value) || value is [.., '*'] || Port(value).Length > 0)
        {
            return null;
        }

        var sample = value.Replace("*", "any", StringComparison.Ordinal);
        return patterns.Any(pattern => pattern.Matches(sample + ":1") || StartsWithPort(pattern, sample)) || Continues(field, value)
            ? null
            : new(
                $"{Excerpt.Of(value)} does not match a `Host` with a port, such as {Excerpt.Of(sample + ":443")}",
                value[0] == '*' ? null : $"add {Excerpt.Of(value + ":*")}",
                severity);
    }

    private static Advice? CheckOnly(string value, TextPattern[] patterns, Severity severity)
    {
        if (!IsHost(value) || Port(value) is not { Length: > 0 } port)
        {
            return null;
        }

        var host = value[..^(port.Length + 1)];
        if (patterns.Any(pattern => pattern.Matches(host.Replace("*", "any", StringComparison.Ordinal))))
        {
            return null;
        }

        // Clients leave the port out where it is that of the scheme, RFC 9110 §4.2.3.
        return port is "80" or "443"
            ? new($"{Excerpt.Of(value)} does not match a `Host` without port, which is what clients send for port {port}", $"add {Excerpt.Of(host)}")
            : new($"{Excerpt.Of(value)} does not match a `Host` without port", $"add {Excerpt.Of(host)}", severity);
    }

    // `*.example.com` beside `*.example.com:443`.
    private static bool Continues(WrittenField field, string value) =>
        field.Values.Any(other => other.StartsWith(value + ":", StringComparison.OrdinalIgnoreCase));

    private static bool StartsWithPort(TextPattern pattern, string host) =>
        pattern.Kind != TextMatch.Suffix && AsciiFolding.StartsWith(pattern.Text, host + ":");

    private static bool IsHost(string value) =>
        value != "*" && !value.AsSpan().ContainsAny('/', ' ', ',') && !Values.LiteralStarLint.HasLiteralStar(value);

    private static string Port(string value)
    {
        var colon = value.LastIndexOf(':');
        var port = colon < 0 ? "" : value[(colon + 1)..];
        return port == "*" || (port.Length > 0 && !port.AsSpan().ContainsAnyExceptInRange('0', '9')) ? port : "";
    }
}
