using System.Globalization;
using System.Text;
using AuthzEngine.Diagnostics;
using AuthzEngine.Formats.Mesh;
using AuthzEngine.Formats.Yaml;
using AuthzEngine.Formats.Yaml.Fields;

namespace AuthzEngine.Formats.Registration;

/// <summary>Reads a registration file of an agent; <c>docs/agent.md</c> describes it.</summary>
public static class RegistrationReader
{
    /// <summary>Most entries of a file: each is a certificate to keep, and each caller is held against them one by one.</summary>
    public const int MaxEntries = 1_024;

    /// <summary>Most selectors of an entry.</summary>
    public const int MaxSelectors = 8;

    /// <summary>Longest hint in bytes of UTF-8, SPIFFE Workload API §5.2.1.</summary>
    public const int MaxHintLength = 1_024;

    private const int MaxNameLength = 63;

    private static readonly (string Prefix, WrittenSelectorKind Kind)[] Kinds =
        [("unix:uid:", WrittenSelectorKind.UserId), ("unix:gid:", WrittenSelectorKind.GroupId)];

    /// <summary>How much of a file is read: far more than <see cref="MaxEntries"/> entries need.</summary>
    public static YamlLimits Limits { get; } = new() { MaxLength = 4 * 1024 * 1024, MaxDepth = 8, MaxNodes = 50_000, MaxDocuments = 4 };

    /// <summary>Reads a registration.</summary>
    /// <param name="sourceName">File name, or another name of the source, for findings.</param>
    /// <param name="utf8">YAML or JSON; untrusted.</param>
    /// <param name="bounds">What it must fit into.</param>
    /// <returns>The registration, or everything that is wrong with it.</returns>
    public static MeshReadResult<WrittenRegistration> Read(string sourceName, ReadOnlyMemory<byte> utf8, RegistrationBounds bounds)
    {
        ArgumentNullException.ThrowIfNull(bounds);
        return MeshFile.Read(sourceName, utf8, Limits, file => Registration(file, bounds));
    }

    private static WrittenRegistration Registration(ObjectReader file, RegistrationBounds bounds)
    {
        if (file.Take("entries") is null)
        {
            // An empty list says that nobody has an identity; a file that lost its content does not.
            Error(file, RegistrationCodes.Incomplete, "entries", "`entries` is missing", "`entries: []` for none");
        }

        var entries = file.RequiredObjects("entries", reader => new Placed(reader, Entry(reader, bounds)));
        file.End(UnknownFields.Refused);
        if (entries.Count > MaxEntries)
        {
            Error(file, RegistrationCodes.TooMany, "entries", $"there are {entries.Count} entries, and at most {MaxEntries} are taken");
        }

        CheckRepetition(entries, "name", entry => entry.Name);
        CheckRepetition(entries, "hint", entry => entry.Hint);
        return new([.. entries.Select(entry => entry.Entry)]);
    }

    private static WrittenEntry Entry(ObjectReader reader, RegistrationBounds bounds)
    {
        var entry = new WrittenEntry
        {
            Name = Name(reader),
            Line = reader.Node.Line,
            SpiffeId = Id(reader, bounds),
            Selectors = Selectors(reader),
            Hint = Hint(reader),
            TokenFile = TokenFile(reader),
        };
        reader.End(UnknownFields.Refused);
        return entry;
    }

    private static string Name(ObjectReader reader)
    {
        var name = reader.Text("name");
        if (name.Length == 0)
        {
            Error(reader, RegistrationCodes.Incomplete, "name", "`name` is missing");
        }
        else if (name.Length > MaxNameLength || name.Any(letter => !char.IsAsciiLetterOrDigit(letter) && letter is not ('.' or '-' or '_')))
        {
            Error(reader, RegistrationCodes.ValueInvalid, "name", $"{Excerpt.Of(name)} is no name: 1 to {MaxNameLength} of `a-z A-Z 0-9 . - _`");
        }

        return name;
    }

    private static string Id(ObjectReader reader, RegistrationBounds bounds)
    {
        if (reader.OptionalText("spiffeId") is not { } id)
        {
            return "";
        }

        if (bounds.FaultOfId(id) is { } fault)
        {
            Error(reader, RegistrationCodes.ValueInvalid, "spiffeId", $"{Excerpt.Of(id)}: {fault}");
        }

        return id;
    }

    private static List<WrittenSelector> Selectors(ObjectReader reader)
    {
        var everybody = reader.Boolean("everybody");
        var texts = reader.Texts("selectors");
        var isWritten = reader.Take("selectors") is not null;
        if (everybody == isWritten || (isWritten && texts.Count == 0))
        {
            // Whoever forgets them must not give the identity to everybody.
            Error(
                reader, RegistrationCodes.Incomplete, "selectors", "an entry has either `selectors`, at least one, or `everybody: true`",
                "[\"unix:uid:1000\"]");
        }

        var selectors = new List<WrittenSelector>(texts.Count);
        foreach (var text in texts)
        {
            if (Selector(text) is { } selector)
            {
                selectors.Add(selector);
            }
            else
            {
                Error(reader, RegistrationCodes.ValueInvalid, "selectors", $"{Excerpt.Of(text)} is neither `unix:uid:N` nor `unix:gid:N`");
            }
        }

        if (selectors.Count > MaxSelectors)
        {
            Error(reader, RegistrationCodes.TooMany, "selectors", $"there are {selectors.Count} selectors, and at most {MaxSelectors} are taken");
        }

        if (selectors.DistinctBy(selector => selector.Kind).Count() < selectors.Count)
        {
            Error(reader, RegistrationCodes.NeverMatches, "selectors", "a caller has one user and one group: two of a kind never hold at once");
        }

        return selectors;
    }

    private static WrittenSelector? Selector(string text)
    {
        foreach (var (prefix, kind) in Kinds)
        {
            // 4294967295 stands for nobody in the system's own calls.
            if (text.StartsWith(prefix, StringComparison.Ordinal)
                && uint.TryParse(text.AsSpan(prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                && number != uint.MaxValue)
            {
                return new(kind, number);
            }
        }

        return null;
    }

    private static string Hint(ObjectReader reader)
    {
        var hint = reader.Text("hint");
        if (Encoding.UTF8.GetByteCount(hint) > MaxHintLength || hint.Any(char.IsControl))
        {
            Error(reader, RegistrationCodes.ValueInvalid, "hint", $"a hint has at most {MaxHintLength} bytes and no control characters");
        }

        return hint;
    }

    private static string TokenFile(ObjectReader reader)
    {
        var path = reader.Text("tokenFile");
        if (path.Length > 0 && (path[0] != '/' || path.Contains('\0', StringComparison.Ordinal)))
        {
            Error(reader, RegistrationCodes.ValueInvalid, "tokenFile", $"{Excerpt.Of(path)} is no absolute path");
        }

        return path;
    }

    private static void CheckRepetition(IReadOnlyList<Placed> entries, string field, Func<WrittenEntry, string> select)
    {
        var lines = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var entry in entries)
        {
            var value = select(entry.Entry);
            if (value.Length > 0 && !lines.TryAdd(value, entry.Entry.Line))
            {
                Error(entry.Reader, RegistrationCodes.Repeated, field, $"the entry in line {lines[value]} has the {field} {Excerpt.Of(value)} too");
            }
        }
    }

    private static void Error(ObjectReader reader, string code, string field, string message, string? suggestion = null) =>
        reader.Findings.Error(code, reader.Take(field) ?? reader.Node, reader.Path.Member(field), message, suggestion);

    private sealed record Placed(ObjectReader Reader, WrittenEntry Entry);
}
