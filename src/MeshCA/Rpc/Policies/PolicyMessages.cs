using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using AuthzEngine.Admission;
using AuthzEngine.Policies;
using Google.Protobuf.WellKnownTypes;
using MeshCA.Policies;
using MeshCA.PolicySources;
using MeshCA.Wire.Policies;

namespace MeshCA.Rpc.Policies;

/// <summary>Translates policies' state into messages.</summary>
internal static class PolicyMessages
{
    /// <summary>Reads which resource is meant.</summary>
    /// <param name="message">The message; untrusted.</param>
    /// <param name="id">The resource, or null.</param>
    /// <returns>Whether there is such a kind.</returns>
    public static bool TryRead(Wire.Policies.ResourceId message, [NotNullWhen(true)] out AuthzEngine.Policies.ResourceId? id)
    {
        // By name only: the platform would read any number as a kind.
        var kind = System.Enum.GetValues<ResourceKind>().Cast<ResourceKind?>()
            .FirstOrDefault(kind => kind.ToString() == message.Kind);
        id = kind is { } known ? new(known, message.Namespace, message.Name) : null;
        return id is not null;
    }

    /// <summary>What became of a change.</summary>
    /// <param name="outcome">The outcome.</param>
    /// <param name="inForce">The revision in force; null while there is none.</param>
    public static ChangeResponse Change(PolicyChangeOutcome outcome, long? inForce) => outcome switch
    {
        PolicyChangeOutcome.Changed(var revision, var findings) => new()
        {
            Revision = revision,
            InForce = inForce >= revision,
            Findings = { findings.Select(Of) },
        },
        PolicyChangeOutcome.Refused(var error, var detail, var findings) => new()
        {
            Refusal = new() { Reason = Of(error), Detail = detail },
            Findings = { findings.Select(Of) },
        },
        _ => throw new UnreachableException(),
    };

    /// <summary>What is applied.</summary>
    /// <param name="policies">What the store keeps.</param>
    public static ListResponse List(StoredPolicies policies) => new()
    {
        Revision = policies.Revision,
        Resources =
        {
            policies.Applied.Select(resource => new AppliedResource { Id = Of(resource.Id), Revision = resource.Revision }),
        },
    };

    /// <summary>How everything stands.</summary>
    /// <param name="status">How the sources stand.</param>
    /// <param name="snapshot">What is in force; null while nothing is.</param>
    public static GetStatusResponse Status(PolicyStatus status, PolicySnapshot? snapshot)
    {
        var message = new GetStatusResponse
        {
            Revision = status.Revision,
            InForceSince = snapshot?.LoadedAt.ToTimestamp(),
            Sources = { status.Resources.Sources.Select(Of) },
            Resources = { status.Resources.Resources.Select(Of) },
        };
        if (snapshot is not null)
        {
            message.RevisionInForce = snapshot.Revision;
        }

        return message;
    }

    private static SourceStatus Of(AdmittedSource source)
    {
        var message = new SourceStatus { Name = source.Name, Failed = source.IsFailed, Findings = { source.Findings.Select(Of) } };
        if (source.Revision is { } revision)
        {
            message.Revision = revision;
        }

        return message;
    }

    private static ResourceStatus Of(AdmittedResource resource)
    {
        var message = new ResourceStatus
        {
            Resource = resource.Id?.ToString() ?? "",
            Status = Of(resource.Status),
            Sources = { resource.Sources },
            Findings = { resource.Findings.Select(Of) },
        };
        if (resource.InForce is { } version)
        {
            message.RevisionInForce = version.Revision;
        }

        return message;
    }

    private static Wire.Policies.ResourceId Of(AuthzEngine.Policies.ResourceId id) =>
        new() { Kind = id.Kind.ToString(), Namespace = id.Namespace, Name = id.Name };

    private static Finding Of(AuthzEngine.Diagnostics.Finding finding) => new()
    {
        Severity = Of(finding.Severity),
        Code = finding.Code,
        Resource = finding.Resource?.ToString() ?? "",
        Field = finding.Field,
        Message = finding.Message,
        Suggestion = finding.Suggestion ?? "",
        Location = finding.Location?.ToString() ?? "",
    };

    private static Finding.Types.Severity Of(AuthzEngine.Diagnostics.Severity severity) => severity switch
    {
        AuthzEngine.Diagnostics.Severity.Error => Finding.Types.Severity.Error,
        AuthzEngine.Diagnostics.Severity.Warning => Finding.Types.Severity.Warning,
        AuthzEngine.Diagnostics.Severity.Info => Finding.Types.Severity.Info,
        _ => throw new UnreachableException(),
    };

    private static Refusal.Types.Reason Of(PolicyChangeError error) => error switch
    {
        PolicyChangeError.Invalid => Refusal.Types.Reason.Invalid,
        PolicyChangeError.RevisionMoved => Refusal.Types.Reason.RevisionMoved,
        PolicyChangeError.NotFound => Refusal.Types.Reason.NotFound,
        PolicyChangeError.TooMany => Refusal.Types.Reason.TooMany,
        _ => throw new UnreachableException(),
    };

    private static ResourceStatus.Types.Status Of(AdmissionStatus status) => status switch
    {
        AdmissionStatus.Accepted => ResourceStatus.Types.Status.Accepted,
        AdmissionStatus.AcceptedWithWarnings => ResourceStatus.Types.Status.AcceptedWithWarnings,
        AdmissionStatus.KeptLastGood => ResourceStatus.Types.Status.KeptLastGood,
        AdmissionStatus.Quarantined => ResourceStatus.Types.Status.Quarantined,
        AdmissionStatus.AllowedInvalid => ResourceStatus.Types.Status.AllowedInvalid,
        AdmissionStatus.Unidentified => ResourceStatus.Types.Status.Unidentified,
        AdmissionStatus.OtherRevision => ResourceStatus.Types.Status.OtherRevision,
        _ => throw new UnreachableException(),
    };
}
