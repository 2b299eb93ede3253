using System.Globalization;
using AuthzEngine.Diagnostics;
using MeshCA.PolicySources.Watched;
using MeshCA.Texts;

namespace MeshCA.PolicySources.Webhook;

/// <summary>Findings as warnings of an API server, within what it passes on: 256 characters each, 4096 together; 120 each are asked for.</summary>
internal static class WarningTexts
{
    private const int Wanted = 120;
    private const int Longest = 256;
    private const int MaxCount = 24;
    private const int MaxTotal = 3584; // other webhooks may have something to say too

    /// <summary>Writes them.</summary>
    /// <param name="findings">The findings, the most important first.</param>
    /// <param name="about">The resource that the author knows it is about.</param>
    public static IReadOnlyList<string> Of(IReadOnlyList<Finding> findings, AuthzEngine.Policies.ResourceId about)
    {
        var texts = new List<string>();
        var total = 0;
        foreach (var text in findings.Select(finding => Of(finding, about)).Distinct(StringComparer.Ordinal))
        {
            if (texts.Count == MaxCount || total + text.Length > MaxTotal)
            {
                texts.Add(string.Create(CultureInfo.InvariantCulture, $"there is more to say, {findings.Count} findings in all: see `meshca policy lint`"));
                break;
            }

            texts.Add(text);
            total += text.Length;
        }

        return texts;
    }

    private static string Of(Finding finding, AuthzEngine.Policies.ResourceId about)
    {
        var other = finding.Resource is { } resource && resource != about ? $"{resource}: " : "";
        var whole = other + FindingText.Of(finding);
        return whole.Length <= Wanted ? whole : PrintableText.Of(other + FindingText.Of(finding, withSuggestion: false), Longest);
    }
}
