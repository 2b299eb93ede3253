using System.Globalization;
using System.Text.Json.Serialization;
using MeshCA.Wire.Policies;

namespace MeshCA.Admin.Policies;

/// <summary>How the policy verbs print what they are told.</summary>
internal static class PolicyReports
{
    /// <summary>A finding in one line.</summary>
    public static string Describe(Finding finding)
    {
        var place = finding.Location.Length > 0 ? $"{finding.Location}: " : "";
        var subject = finding.Resource.Length > 0 ? $"{finding.Resource} {finding.Field}".TrimEnd() + ": " : "";
        var suggestion = finding.Suggestion.Length > 0 ? $" ({finding.Suggestion})" : "";
        return $"{place}{finding.Severity.ToString().ToLowerInvariant()} {finding.Code}: {subject}{finding.Message}{suggestion}";
    }

    /// <summary>A number, or a dash where there is none.</summary>
    public static string Number(long? number) => number?.ToString(CultureInfo.InvariantCulture) ?? "-";
}

/// <summary>What <c>meshca policy apply</c> and <c>delete</c> print.</summary>
internal sealed record PolicyChangeReport(long Revision, bool InForce);

/// <summary>What <c>meshca policy list</c> prints.</summary>
internal sealed record PolicyListReport(long Revision, IReadOnlyList<AppliedRow> Resources);

/// <summary>One applied resource.</summary>
internal sealed record AppliedRow(string Resource, long Revision)
{
    public static AppliedRow Of(AppliedResource resource) =>
        new($"{resource.Id.Kind}/{resource.Id.Namespace}/{resource.Id.Name}", resource.Revision);
}

/// <summary>What <c>meshca policy status</c> prints.</summary>
internal sealed record PolicyStatusReport(
    long Revision, long? RevisionInForce, DateTimeOffset? InForceSince, IReadOnlyList<SourceRow> Sources, IReadOnlyList<ResourceRow> Resources)
{
    /// <summary>Whether everything is in force as it was written.</summary>
    [JsonIgnore]
    public bool IsSound =>
        RevisionInForce is not null
        && Sources.All(source => !source.Failed)
        && Resources.All(resource => resource.Status is
            nameof(ResourceStatus.Types.Status.Accepted) or nameof(ResourceStatus.Types.Status.AcceptedWithWarnings)
                or nameof(ResourceStatus.Types.Status.OtherRevision));

    public static PolicyStatusReport Of(GetStatusResponse status) => new(
        status.Revision,
        status.HasRevisionInForce ? status.RevisionInForce : null,
        status.InForceSince?.ToDateTimeOffset(),
        [.. status.Sources.Select(SourceRow.Of)],
        [.. status.Resources.Select(ResourceRow.Of)]);
}

/// <summary>One source.</summary>
internal sealed record SourceRow(string Name, long? Revision, bool Failed, IReadOnlyList<string> Findings)
{
    public static SourceRow Of(SourceStatus source) => new(
        source.Name, source.HasRevision ? source.Revision : null, source.Failed, [.. source.Findings.Select(PolicyReports.Describe)]);
}

/// <summary>One resource.</summary>
internal sealed record ResourceRow(
    string Resource, string Status, long? RevisionInForce, IReadOnlyList<string> Sources, IReadOnlyList<string> Findings)
{
    public static ResourceRow Of(ResourceStatus resource) => new(
        resource.Resource,
        resource.Status.ToString(),
        resource.HasRevisionInForce ? resource.RevisionInForce : null,
        [.. resource.Sources],
        [.. resource.Findings.Select(PolicyReports.Describe)]);
}

/// <summary>JSON of the policy verbs.</summary>
[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(PolicyChangeReport))]
[JsonSerializable(typeof(PolicyListReport))]
[JsonSerializable(typeof(PolicyStatusReport))]
internal sealed partial class PolicyJson : JsonSerializerContext;
