using AuthzEngine.Admission;
using Google.Protobuf.WellKnownTypes;
using MeshCA.Policies;
using MeshCA.Wire.Decision.V1;

namespace MeshCA.Rpc.Decisions;

/// <summary>Writes what is in force.</summary>
internal static class SnapshotAnswers
{
    /// <summary>Writes a snapshot.</summary>
    /// <param name="snapshot">The snapshot.</param>
    /// <param name="allResources">All resources, or only those that are not in force as read.</param>
    /// <param name="now">The present.</param>
    public static GetSnapshotResponse Of(PolicySnapshot snapshot, bool allResources, DateTimeOffset now)
    {
        var answer = new GetSnapshotResponse
        {
            Revision = snapshot.Revision,
            LoadedAt = Timestamp.FromDateTimeOffset(snapshot.LoadedAt),
            Age = Duration.FromTimeSpan(now - snapshot.LoadedAt),
            Workloads = snapshot.Workloads.Count,
        };
        answer.Sources.AddRange(snapshot.Resources.Sources.Select(Of));
        answer.Resources.AddRange(snapshot.Resources.Resources
            .Where(resource => allResources || resource.Status is not (AdmissionStatus.Accepted or AdmissionStatus.AcceptedWithWarnings))
            .Select(Of));
        return answer;
    }

    private static Source Of(AdmittedSource source)
    {
        var written = new Source { Name = source.Name, Failed = source.IsFailed };
        if (source.Revision is { } revision)
        {
            written.Revision = revision;
        }

        DecisionAnswers.Write(source.Findings, written.Findings);
        return written;
    }

    private static Resource Of(AdmittedResource resource)
    {
        var written = new Resource { Resource_ = resource.Id?.ToString() ?? "", Status = resource.Status.ToString(), Sources = { resource.Sources } };
        DecisionAnswers.Write(resource.Findings, written.Findings);
        return written;
    }
}
