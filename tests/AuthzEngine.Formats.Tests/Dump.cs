using System.Collections;
using System.Globalization;
using System.Text;
using AuthzEngine.Diagnostics;

namespace AuthzEngine.Formats.Tests;

/// <summary>Prints records and findings for golden files: members that have their default are left out.</summary>
internal static class Dump
{
    /// <summary>Prints a finding on one line.</summary>
    /// <param name="finding">The finding.</param>
    /// <returns>The line.</returns>
    public static string Of(Finding finding) =>
        $"{finding.Location} {finding.Severity} {finding.Code} [{finding.Resource}] {finding.Field}: {finding.Message}"
        + (finding.Suggestion is null ? "" : $" -> {finding.Suggestion}");

    /// <summary>Prints a value with all that is in it.</summary>
    /// <param name="value">The value.</param>
    /// <returns>Lines.</returns>
    public static string Of(object value)
    {
        var text = new StringBuilder();
        Append(text, value, "");
        return text.ToString();
    }

    private static void Append(StringBuilder text, object? value, string indent)
    {
        switch (value)
        {
            case null or string or Enum or bool or TimeSpan or DateTimeOffset or int:
                text.Append(' ').AppendLine(Convert.ToString(value, CultureInfo.InvariantCulture) ?? "null");
                break;
            case Finding finding:
                text.Append(' ').AppendLine(Of(finding));
                break;
            case IDictionary map:
                text.AppendLine();
                foreach (DictionaryEntry entry in map)
                {
                    text.Append(indent).Append(entry.Key).Append(':');
                    Append(text, entry.Value, indent + "  ");
                }

                break;
            case IEnumerable list:
                text.AppendLine();
                foreach (var item in list)
                {
                    text.Append(indent).Append('-');
                    Append(text, item, indent + "  ");
                }

                break;
            default:
                AppendMembers(text, value, indent);
                break;
        }
    }

    private static void AppendMembers(StringBuilder text, object value, string indent)
    {
        text.Append(' ').AppendLine(value.GetType().Name);
        foreach (var property in value.GetType().GetProperties().Where(property => property.Name != "EqualityContract"))
        {
            var member = property.GetValue(value);
            if (member is not (null or "" or false or ICollection { Count: 0 }))
            {
                text.Append(indent).Append("  ").Append(property.Name).Append(':');
                Append(text, member, indent + "    ");
            }
        }
    }
}
