using AuthzEngine.Admission;
using AuthzEngine.Diagnostics;
using AuthzEngine.Formats.Yaml.Fields;
using AuthzEngine.Formats.Yaml.Nodes;
using AuthzEngine.Policies;

namespace AuthzEngine.Formats.Yaml;

/// <summary>Reads one policy, or as much of a refused one as tells whom it would have concerned.</summary>
internal static class PolicyDocumentReader
{
    /// <summary>Reads it.</summary>
    /// <param name="source">Name of the source.</param>
    /// <param name="document">The document.</param>
    /// <param name="type">What it is.</param>
    /// <param name="findings">What was found so far; receives what is found.</param>
    /// <returns>The document.</returns>
    public static SourceDocument Read(string source, YamlMapping document, ResourceType type, FindingList findings)
    {
        StructureCheck.Check(document, FieldPath.Root, findings);
        var isSound = StructureCheck.IsSound(document);
        var reader = new ObjectReader(document, FieldPath.Root, findings);
        reader.Take("apiVersion");
        reader.Take("kind");
        reader.Take("status");
        var metadata = MetadataReader.Read(reader);
        var spec = reader.Object("spec") ?? new(Empty(document), FieldPath.Root.Member("spec"), findings);
        reader.End(UnknownFields.MisspelledRefused);

        var id = IdOf(type, metadata, isSound);
        var selector = AttachmentReader.Selector(spec);
        var resource = Resource(spec, type, metadata, selector);
        return new()
        {
            Id = id,
            Namespace = isSound ? metadata.Namespace : null,
            Revision = isSound && MetadataReader.AreLabelsRead(reader) ? metadata.Labels.GetValueOrDefault(PolicyResource.RevisionLabel) : null,
            Selector = isSound ? selector : null,
            TargetReferences = isSound && AttachmentReader.AreTargetsRead(spec) ? resource?.TargetReferences() ?? [] : [],
            Resource = findings.Errors == 0 ? resource : null,
            Findings = InOrder(findings.Findings, id),
            Locate = FieldLocations.Of(source, document).Find,
        };
    }

    private static IReadOnlyList<Finding> InOrder(IReadOnlyList<Finding> findings, ResourceId? id) => findings.Count == 0 ? [] :
    [
        .. from finding in findings
           orderby finding.Location?.Line, finding.Location?.Column
           select finding with { Resource = id },
    ];

    private static ResourceId? IdOf(ResourceType type, Metadata metadata, bool isSound) =>
        isSound && type.Policy is { } kind && metadata is { Name.Length: > 0, Namespace: not null }
            ? new(kind, metadata.Namespace, metadata.Name)
            : null;

    private static PolicyResource? Resource(ObjectReader spec, ResourceType type, Metadata metadata, WorkloadSelector? selector)
    {
        if (type.Policy is not { } kind)
        {
            return null;
        }

        var id = new ResourceId(kind, metadata.Namespace ?? "", metadata.Name);
        PolicyResource resource = kind switch
        {
            ResourceKind.AuthorizationPolicy => AuthorizationPolicyReader.Read(spec, new() { Id = id }),
            ResourceKind.RequestAuthentication => RequestAuthenticationReader.Read(spec, new() { Id = id }),
            _ => PeerAuthenticationReader.Read(spec, new() { Id = id }),
        };
        spec.End(UnknownFields.MisspelledRefused);
        return resource with
        {
            Selector = selector,
            CreationTimestamp = metadata.CreationTimestamp,
            Labels = metadata.Labels,
            Annotations = metadata.Annotations,
        };
    }

    private static YamlMapping Empty(YamlMapping document) =>
        new() { Line = document.Line, Column = document.Column, IsComplete = document.IsComplete };
}
