using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Spectre.Console.Rendering;

namespace MeshCA.Admin;

/// <summary>The form in which a command prints data.</summary>
internal enum OutputFormat
{
    /// <summary>Tables and text, for people.</summary>
    Table,

    /// <summary>One JSON document, for programs.</summary>
    Json,
}

/// <summary>What a verb writes to: data in the form that was asked for, errors beside it.</summary>
/// <param name="console">The streams.</param>
/// <param name="format">The form.</param>
internal sealed class AdminOutput(AdminConsole console, OutputFormat format)
{
    /// <summary>The streams.</summary>
    public AdminConsole Console => console;

    /// <summary>The form that was asked for.</summary>
    public OutputFormat Format => format;

    /// <summary>Prints data, as JSON or as a table.</summary>
    /// <param name="value">The data.</param>
    /// <param name="json">How it becomes JSON.</param>
    /// <param name="table">How it becomes a table; text of others goes through <see cref="Printable"/>.</param>
    public void Write<T>(T value, JsonTypeInfo<T> json, Func<T, IRenderable> table)
    {
        if (format == OutputFormat.Json)
        {
            console.Out.WriteLine(JsonSerializer.Serialize(value, json));
        }
        else
        {
            console.Ansi.Write(table(value));
        }
    }

    /// <summary>Prints data, as JSON or as one line that nothing wraps: what the next program reads.</summary>
    /// <param name="value">The data.</param>
    /// <param name="json">How it becomes JSON.</param>
    /// <param name="line">How it becomes a line.</param>
    public void WriteLine<T>(T value, JsonTypeInfo<T> json, Func<T, string> line) =>
        console.Out.WriteLine(format == OutputFormat.Json ? JsonSerializer.Serialize(value, json) : line(value));

    /// <summary>Says on standard error what went wrong.</summary>
    /// <param name="message">Lower case, no period; text of others is made printable.</param>
    public void Fail(string message) => console.Error.WriteLine("meshca: " + Printable(message));

    /// <summary>Text with its control characters spelled out.</summary>
    /// <remarks>A certificate's subject, a peer's message may hold escape sequences that a terminal would act on.</remarks>
    public static string Printable(string text)
    {
        if (!text.Any(IsUnprintable))
        {
            return text;
        }

        var printable = new StringBuilder(text.Length + 16);
        foreach (var character in text)
        {
            _ = IsUnprintable(character)
                ? printable.Append(CultureInfo.InvariantCulture, $"\\u{(int)character:x4}")
                : printable.Append(character);
        }

        return printable.ToString();
    }

    // Format characters too: they turn the direction of text around, or hide it.
    private static bool IsUnprintable(char character) =>
        char.GetUnicodeCategory(character) is UnicodeCategory.Control or UnicodeCategory.Format
            or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator;
}
