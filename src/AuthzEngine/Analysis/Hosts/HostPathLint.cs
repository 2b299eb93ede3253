using AuthzEngine.Analysis.Subjects;
using AuthzEngine.Diagnostics;

namespace AuthzEngine.Analysis.Hosts;

/// <summary>A host with a scheme or path: a host has neither.</summary>
internal static class HostPathLint
{
    public static IEnumerable<Remark> Check(WrittenField field, AnalyzedPolicy policy) => field.Attribute != RuleAttribute.Host
        ? []
        : field.EachValue(LintCodes.HostPath, value => value.AsSpan().ContainsAny('/', ' ', ',')
            ? new($"{Excerpt.Of(value)} is no host, which has no scheme, path, space or comma: {field.NeverMatches}", Suggest(value))
            : null);

    private static string Suggest(string value)
    {
        if (value.AsSpan().ContainsAny(' ', ','))
        {
            return "give each host as a value of its own";
        }

        var scheme = value.IndexOf("://", StringComparison.Ordinal);
        var host = (scheme < 0 ? value : value[(scheme + 3)..]).Split('/')[0];
        return host.Length == 0 ? "paths go into `paths`" : $"write {Excerpt.Of(host)}; paths go into `paths`";
    }
}
