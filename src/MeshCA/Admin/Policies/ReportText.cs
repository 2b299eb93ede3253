using System.Text;
using System.Text.Json;

namespace MeshCA.Admin.Policies;

/// <summary>Text of a report, line by line; what stands in it is made printable.</summary>
internal sealed class ReportText
{
    private const string Indent = "  ";

    private readonly StringBuilder _text = new();

    /// <summary>Adds a line; none where there is nothing to stand in it.</summary>
    /// <param name="depth">Number of indents.</param>
    /// <param name="parts">What stands in it, with two spaces between; those that are null or empty are left out.</param>
    public ReportText Line(int depth, params string?[] parts)
    {
        var line = string.Join(Indent, parts.Where(part => !string.IsNullOrEmpty(part)));
        if (line.Length > 0)
        {
            _ = _text.Insert(_text.Length, Indent, depth).Append(AdminOutput.Printable(line)).Append('\n');
        }

        return this;
    }

    /// <summary>Adds an empty line.</summary>
    public ReportText Gap()
    {
        _ = _text.Append('\n');
        return this;
    }

    /// <summary>Adds lines.</summary>
    /// <typeparam name="T">What each line is about.</typeparam>
    /// <param name="items">What the lines are about.</param>
    /// <param name="add">Adds a line, or several.</param>
    public ReportText Each<T>(IEnumerable<T> items, Action<ReportText, T> add)
    {
        foreach (var item in items)
        {
            add(this, item);
        }

        return this;
    }

    /// <summary>The text, without the end of its last line.</summary>
    public override string ToString() => _text.ToString().TrimEnd('\n');

    /// <summary>Names a value of an enumeration as JSON reports do.</summary>
    public static string NameOf<T>(T value)
        where T : struct, Enum => JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString());

    /// <summary>Quotes values.</summary>
    public static string Quote(IEnumerable<string> values) => string.Join(", ", values.Select(value => $"`{value}`"));
}
