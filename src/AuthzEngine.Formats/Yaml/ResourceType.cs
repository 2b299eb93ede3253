using AuthzEngine.Diagnostics;
using AuthzEngine.Formats.Yaml.Fields;
using AuthzEngine.Formats.Yaml.Nodes;
using AuthzEngine.Policies;

namespace AuthzEngine.Formats.Yaml;

/// <summary>What a document says it is: apiVersion and kind as written, null where it does not say.</summary>
/// <param name="ApiVersion">apiVersion.</param>
/// <param name="Kind">kind.</param>
internal sealed record ResourceType(string? ApiVersion, string? Kind)
{
    private const string Group = "security.istio.io";
    private const string ListSuffix = "List";

    private static readonly string[] Versions = [Group + "/v1", Group + "/v1beta1"];

    /// <summary>Nothing is said.</summary>
    public static ResourceType Unknown { get; } = new(null, null);

    /// <summary>The kind, if it is one that is read here.</summary>
    public ResourceKind? Policy => Kind switch
    {
        nameof(ResourceKind.AuthorizationPolicy) => ResourceKind.AuthorizationPolicy,
        nameof(ResourceKind.RequestAuthentication) => ResourceKind.RequestAuthentication,
        nameof(ResourceKind.PeerAuthentication) => ResourceKind.PeerAuthentication,
        _ => null,
    };

    /// <summary>Whether it is a list: of anything, or of one of our kinds.</summary>
    public bool IsList => (ApiVersion == "v1" && Kind == ListSuffix) || (IsOurs && Item.Policy is not null);

    /// <summary>What an item of such a list is when it does not say so itself.</summary>
    public ResourceType Item => Kind is { Length: > 4 } && Kind.EndsWith(ListSuffix, StringComparison.Ordinal)
        ? new(ApiVersion, Kind[..^ListSuffix.Length])
        : Unknown;

    private bool IsOurs => ApiVersion is not null && (ApiVersion == Group || ApiVersion.StartsWith(Group + "/", StringComparison.Ordinal));

    /// <summary>Reads what a document says.</summary>
    /// <param name="document">The document.</param>
    /// <param name="expected">What its list says.</param>
    /// <returns>What it says, or its list.</returns>
    public static ResourceType Of(YamlMapping document, ResourceType expected) => new(
        (document.Find("apiVersion") as YamlScalar)?.Text ?? expected.ApiVersion,
        (document.Find("kind") as YamlScalar)?.Text ?? expected.Kind);

    /// <summary>Reports what is wrong with it.</summary>
    /// <remarks>What is meant for our group and misses it is refused, not skipped: a DENY could get lost by a typo.</remarks>
    /// <param name="document">The document.</param>
    /// <param name="findings">Receives what is found.</param>
    /// <returns>Whether the document is a policy, or was meant to be one; else it is skipped.</returns>
    public bool Check(YamlMapping document, FindingList findings)
    {
        if (!IsOurs && !(ApiVersion is null && Policy is not null))
        {
            Skip(document, findings);
            return false;
        }

        if (Policy is null)
        {
            var nearest = Kind is null ? null : FieldNames.Nearest(Kind, Enum.GetNames<ResourceKind>());
            findings.Error(
                YamlCodes.KindUnknown,
                document.Find("kind") ?? document,
                FieldPath.Root.Member("kind"),
                Kind is null ? "the document has no kind" : $"{Group} has no kind {Excerpt.Of(Kind)}",
                nearest is null ? null : $"`{nearest}`");
        }

        if (!Versions.Contains(ApiVersion))
        {
            findings.Error(
                YamlCodes.VersionUnknown,
                document.Find("apiVersion") ?? document,
                FieldPath.Root.Member("apiVersion"),
                ApiVersion is null ? "the document has no apiVersion" : $"there is no apiVersion {Excerpt.Of(ApiVersion)}",
                $"`{Versions[0]}`");
        }

        return true;
    }

    private void Skip(YamlMapping document, FindingList findings)
    {
        var (severity, code, message, suggestion) = this switch
        {
            { ApiVersion: null, Kind: null } =>
                (Severity.Warning, YamlCodes.NotAResource, "the document has neither apiVersion nor kind, and is skipped", (string?)null),
            { Kind: null } => (Severity.Warning, YamlCodes.NotAResource, "the document has no kind, and is skipped", null),
            { Policy: not null } => (
                Severity.Warning,
                YamlCodes.KindSkipped,
                $"{Excerpt.Of(Kind)} of {Excerpt.Of(ApiVersion ?? "")} is none of ours, and is skipped",
                $"`apiVersion: {Versions[0]}`"),
            _ => (Severity.Info, YamlCodes.KindSkipped, $"kind {Excerpt.Of(Kind)} is not read here, and is skipped", null),
        };
        findings.Add(severity, code, document, FieldPath.Root, message, suggestion);
    }
}
