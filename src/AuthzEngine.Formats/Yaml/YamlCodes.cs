namespace AuthzEngine.Formats.Yaml;

/// <summary>Codes of what is found while reading, before a resource is validated.</summary>
public static class YamlCodes
{
    /// <summary>The text is longer than the limit.</summary>
    public const string TooLong = "yaml-too-long";

    /// <summary>The text is not UTF-8.</summary>
    public const string Encoding = "yaml-encoding";

    /// <summary>A control character, or a line end that JSON does not have.</summary>
    public const string Character = "yaml-character";

    /// <summary>The text is no YAML.</summary>
    public const string Syntax = "yaml-syntax";

    /// <summary>More nesting than the limit.</summary>
    public const string TooDeep = "yaml-too-deep";

    /// <summary>More values than the limit, aliases counted where they are used.</summary>
    public const string TooManyNodes = "yaml-too-many-nodes";

    /// <summary>More documents than the limit.</summary>
    public const string TooManyDocuments = "yaml-too-many-documents";

    /// <summary>More findings than are kept.</summary>
    public const string TooManyFindings = "yaml-too-many-findings";

    /// <summary>An alias of nothing, or of what holds it.</summary>
    public const string Alias = "yaml-alias";

    /// <summary>A name that is no text.</summary>
    public const string Key = "yaml-key";

    /// <summary>A name given twice in one mapping.</summary>
    public const string DuplicateKey = "yaml-duplicate-key";

    /// <summary>A merge key.</summary>
    public const string MergeKey = "yaml-merge-key";

    /// <summary>A tag.</summary>
    public const string Tag = "yaml-tag";

    /// <summary>The document is no resource.</summary>
    public const string NotAResource = "not-a-resource";

    /// <summary>A resource of a kind that is not read here.</summary>
    public const string KindSkipped = "kind-skipped";

    /// <summary>A kind that its group does not have.</summary>
    public const string KindUnknown = "kind-unknown";

    /// <summary>A version that the kind does not have.</summary>
    public const string VersionUnknown = "version-unknown";

    /// <summary>No metadata.name.</summary>
    public const string NameMissing = "name-missing";

    /// <summary>A field that the resource does not have.</summary>
    public const string FieldUnknown = "field-unknown";

    /// <summary>One field, written in camel case and in snake case.</summary>
    public const string FieldTwice = "field-twice";

    /// <summary>A value of another type than the field's.</summary>
    public const string WrongType = "wrong-type";

    /// <summary>An unquoted number, boolean or null where the field has text.</summary>
    public const string Unquoted = "unquoted-value";

    /// <summary>An unquoted scalar that is text to some readers of YAML and not to Kubernetes.</summary>
    public const string UnquotedAmbiguous = "unquoted-ambiguous";

    /// <summary>A name that the enumeration does not have.</summary>
    public const string EnumUnknown = "enum-unknown";

    /// <summary>A number, duration or time that cannot be read or is out of range.</summary>
    public const string ValueMalformed = "value-malformed";
}
