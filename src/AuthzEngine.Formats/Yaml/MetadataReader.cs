using System.Globalization;
using AuthzEngine.Diagnostics;
using AuthzEngine.Formats.Yaml.Fields;
using AuthzEngine.Formats.Yaml.Nodes;

namespace AuthzEngine.Formats.Yaml;

/// <summary>Reads the metadata of a resource.</summary>
internal static class MetadataReader
{
    // What the API server and tools keep there, and policies do not use.
    private static readonly string[] Ignored =
    [
        "generateName", "selfLink", "uid", "resourceVersion", "generation", "deletionTimestamp",
        "deletionGracePeriodSeconds", "ownerReferences", "finalizers", "managedFields",
    ];

    private static readonly string[] TimeFormats =
        ["yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK"];

    /// <summary>Reads it.</summary>
    /// <param name="document">The resource.</param>
    /// <returns>The metadata.</returns>
    public static Metadata Read(ObjectReader document)
    {
        if (document.Object("metadata") is not { } reader)
        {
            ReportMissingName(document, document.Path.Member("metadata"));
            return new("", document.Node.IsComplete && document.Node.Find("metadata") is null ? Metadata.DefaultNamespace : null);
        }

        var metadata = new Metadata(reader.Text("name"), Namespace(reader))
        {
            CreationTimestamp = Time(reader, "creationTimestamp"),
            Labels = reader.TextMap("labels"),
            Annotations = reader.TextMap("annotations"),
        };
        if (metadata.Name.Length == 0)
        {
            ReportMissingName(reader, reader.Path.Member("name"));
        }

        var before = reader.Findings.Errors;
        Array.ForEach(Ignored, name => reader.Take(name));
        reader.End(UnknownFields.MisspelledRefused);

        // What is misspelled may be the namespace.
        return reader.Findings.Errors > before && reader.Take("namespace") is null ? metadata with { Namespace = null } : metadata;
    }

    /// <summary>Whether the labels were read and are all that their author wrote, once the metadata was read.</summary>
    /// <param name="document">The resource.</param>
    /// <returns>Whether they are.</returns>
    public static bool AreLabelsRead(ObjectReader document) =>
        document.Node.Find("metadata") is YamlMapping metadata
        && metadata.Find("labels") is YamlMapping { IsComplete: true }
        && !document.Findings.IsFull
        && !document.Findings.Findings.Any(finding =>
            finding.Severity == Severity.Error && finding.Field.StartsWith("metadata.labels", StringComparison.Ordinal));

    private static void ReportMissingName(ObjectReader reader, FieldPath path)
    {
        if (reader.Node.IsComplete)
        {
            reader.Findings.Error(YamlCodes.NameMissing, reader.Node, path, "the resource has no name");
        }
    }

    private static string? Namespace(ObjectReader reader)
    {
        var isWritten = reader.Take("namespace") is not null;
        var isUnknown = isWritten || !reader.Node.IsComplete;
        return (isWritten ? reader.OptionalText("namespace") : null) ?? (isUnknown ? null : Metadata.DefaultNamespace);
    }

    private static DateTimeOffset? Time(ObjectReader reader, string name)
    {
        if (reader.Take(name) is not { } node || ScalarReader.Text(node, reader.Path.Member(name), reader.Findings) is not { } text)
        {
            return null;
        }

        if (DateTimeOffset.TryParseExact(text, TimeFormats, CultureInfo.InvariantCulture, DateTimeStyles.None, out var time)
            && (text.EndsWith('Z') || text.LastIndexOfAny(['+', '-']) > "yyyy-MM-dd".Length))
        {
            return time.ToUniversalTime();
        }

        reader.Findings.Error(YamlCodes.ValueMalformed, node, reader.Path.Member(name), $"{Excerpt.Of(text)} is no RFC 3339 time");
        return null;
    }
}

/// <summary>The metadata of a resource.</summary>
/// <param name="Name">Its name; empty when it cannot be read.</param>
/// <param name="Namespace">Its namespace; null when it cannot be read.</param>
internal sealed record Metadata(string Name, string? Namespace)
{
    /// <summary>The namespace of a resource that names none, as kubectl has it.</summary>
    public const string DefaultNamespace = "default";

    /// <summary>When the cluster stored the resource.</summary>
    public DateTimeOffset? CreationTimestamp { get; init; }

    /// <summary>Its labels.</summary>
    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();

    /// <summary>Its annotations.</summary>
    public IReadOnlyDictionary<string, string> Annotations { get; init; } = new Dictionary<string, string>();
}
