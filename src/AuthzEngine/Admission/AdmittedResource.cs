using AuthzEngine.Diagnostics;
using AuthzEngine.Policies;

namespace AuthzEngine.Admission;

/// <summary>What became of one resource, or of one document that could not be identified.</summary>
/// <param name="Id">The resource; null for a document that could not be identified.</param>
/// <param name="Status">What became of it.</param>
/// <param name="Sources">Where it stands now: one source, or several for a duplicate.</param>
public sealed record AdmittedResource(ResourceId? Id, AdmissionStatus Status, IReadOnlyList<string> Sources)
{
    /// <summary>The version in force; null when there is none.</summary>
    public AdmittedVersion? InForce { get; init; }

    /// <summary>What is held back; empty unless quarantined.</summary>
    public IReadOnlyList<QuarantinedResource> Quarantined { get; init; } = [];

    /// <summary>What was found in what was read last, which need not be what is in force.</summary>
    public IReadOnlyList<Finding> Findings { get; init; } = [];

    /// <summary>The last version that was valid; null when there was none.</summary>
    public AdmittedVersion? LastGood => Status == AdmissionStatus.AllowedInvalid ? null : InForce;

    /// <summary>The document that was read last, where there is just one; the same one need not be judged again.</summary>
    internal SourceDocument? Document { get; init; }
}

/// <summary>A version of a resource.</summary>
/// <param name="Resource">The resource as written.</param>
/// <param name="Revision">The revision that brought it.</param>
/// <param name="Source">Where it stood.</param>
public sealed record AdmittedVersion(PolicyResource Resource, long Revision, string Source);

/// <summary>What became of a resource.</summary>
public enum AdmissionStatus
{
    /// <summary>In force as read.</summary>
    Accepted,

    /// <summary>In force as read, with warnings.</summary>
    AcceptedWithWarnings,

    /// <summary>Rejected as a whole; the last valid version stays in force.</summary>
    KeptLastGood,

    /// <summary>Rejected as a whole, and no valid version was seen: requests to what it names are denied.</summary>
    Quarantined,

    /// <summary>Invalid, and in force as read because the settings say so.</summary>
    AllowedInvalid,

    /// <summary>A document that could not be identified; everything else that its source held stays in force.</summary>
    Unidentified,

    /// <summary>Of another revision of the control plane, and therefore not read; authorization-policy §1.5.</summary>
    OtherRevision,
}
