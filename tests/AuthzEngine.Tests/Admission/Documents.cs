using AuthzEngine.Admission;
using AuthzEngine.Diagnostics;
using AuthzEngine.Policies;

namespace AuthzEngine.Tests.Admission;

/// <summary>Documents as a reader of sources would hand them over.</summary>
internal static class Documents
{
    public static AdmissionSettings Settings { get; } = new(new MeshSettings { RootNamespace = "root" });

    /// <summary>A document whose resource was read; whether it is valid is for validation to say.</summary>
    public static SourceDocument Of(PolicyResource resource) =>
        new()
        {
            Id = resource.Id,
            Resource = resource,
            Namespace = resource.Id.Namespace,
            Selector = resource.Selector,
            TargetReferences = resource.TargetReferences(),
        };

    public static SourceDocument Valid(string name, string place = "shop") => Of(Allow(name, place));

    /// <summary>Read, and invalid: DENY without rules.</summary>
    public static SourceDocument Invalid(string name, string place = "shop", WorkloadSelector? selector = null) =>
        Of(Allow(name, place) with { Action = PolicyAction.Deny, Rules = [], Selector = selector });

    /// <summary>Identified, and else not readable.</summary>
    public static SourceDocument Unreadable(string name, string place = "shop", WorkloadSelector? selector = null) => new()
    {
        Id = Id(name, place),
        Namespace = place,
        Selector = selector,
        Findings = [new(Severity.Error, "unreadable", Id(name, place), "spec", "the spec is no mapping")],
    };

    /// <summary>Not identified.</summary>
    public static SourceDocument Nameless(string? place = null, WorkloadSelector? selector = null) => new()
    {
        Namespace = place,
        Selector = selector,
        Findings = [new(Severity.Error, "unreadable", null, "metadata.name", "the name is no text")],
    };

    public static ResourceId Id(string name, string place = "shop") => new(ResourceKind.AuthorizationPolicy, place, name);

    public static SourceReading Complete(string source, params SourceDocument[] documents) => new SourceReading.Complete(source, documents, []);

    public static SourceReading Failed(string source) =>
        new SourceReading.Failed(source, [new(Severity.Error, "unreadable", null, "", "the text is no YAML")]);

    public static AdmittedResources Admit(this AdmittedResources previous, params SourceReading[] readings) =>
        ResourceAdmission.Admit(previous, readings, previous.Revision + 1, Settings);

    public static AdmittedResources AdmitInvalid(this AdmittedResources previous, params SourceReading[] readings) =>
        ResourceAdmission.Admit(previous, readings, previous.Revision + 1, Settings with { AllowInvalid = true });

    public static AdmittedResources First(params SourceReading[] readings) => AdmittedResources.None.Admit(readings);

    /// <summary>Names of what is in force.</summary>
    public static IReadOnlyList<string> Names(this AdmittedResources admitted) =>
        [.. admitted.InForce.Resources.Select(resource => resource.Id.Name)];

    private static AuthorizationPolicy Allow(string name, string place) => new() { Id = Id(name, place), Rules = [new Rule()] };
}
