using AuthzEngine.Matching;

namespace AuthzEngine.Compilation.Translation;

/// <summary>Attributes of the operation and of the connection.</summary>
internal static class OperationAttributes
{
    public static AttributeTranslation Hosts { get; } = Text(TextAttribute.Host, TextMatch.Present, ignoreCase: true);

    public static AttributeTranslation Methods { get; } = Text(TextAttribute.Method, TextMatch.Present);

    public static AttributeTranslation Paths { get; } = AttributeTranslation.Parsed<PathPattern>(
        httpOnly: true,
        PathPattern.TryParse,
        static (site, patterns) => new Clause.Path(site.Field, site.Negated, patterns));

    public static AttributeTranslation Ports { get; } = AttributeTranslation.Parsed<int>(
        httpOnly: false,
        static (string text, out int port) => PortText.TryParse(text, out port),
        static (site, ports) => new Clause.Port(site.Field, site.Negated, ports));

    public static AttributeTranslation Sni { get; } = Text(TextAttribute.Sni, TextMatch.NonEmpty, httpOnly: false);

    /// <summary>A header by its name; pseudo headers are attributes of their own, authorization-policy §3.4.</summary>
    public static AttributeTranslation Header(string name) => AsciiFolding.Lower(name) switch
    {
        ":authority" or "host" => Text(TextAttribute.Host, TextMatch.Present),
        ":method" => Methods,
        ":path" => Text(TextAttribute.RawPath, TextMatch.Present),
        var lower => AttributeTranslation.Of(
            httpOnly: true,
            static (_, value) => TextPattern.Of(value, TextMatch.Present),
            (site, patterns) => new Clause.Header(site.Field, site.Negated, lower, site.Settings.RepeatedHeaders, patterns)),
    };

    /// <summary>A key of a filter's dynamic metadata.</summary>
    public static AttributeTranslation Metadata(string filter, string key) => AttributeTranslation.Of(
        httpOnly: false,
        static (_, value) => MetadataPattern.Of(value),
        (site, patterns) => new Clause.Metadata(site.Field, site.Negated, filter, key, patterns));

    private static AttributeTranslation Text(
        TextAttribute attribute, TextMatch presence, bool ignoreCase = false, bool httpOnly = true) => AttributeTranslation.Of(
        httpOnly,
        (_, value) => TextPattern.Of(value, presence, ignoreCase),
        (site, patterns) => new Clause.Text(site.Field, site.Negated, attribute, patterns));
}
