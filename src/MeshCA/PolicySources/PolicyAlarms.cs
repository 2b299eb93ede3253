using AuthzEngine.Admission;
using AuthzEngine.Diagnostics;
using MeshCA.Telemetry;
using Microsoft.Extensions.Logging;

namespace MeshCA.PolicySources;

/// <summary>Says when a source or resource begins to fail, and when it stops: once each, not with every look at the files.</summary>
/// <param name="metrics">Counts.</param>
/// <param name="logger">Gets the alarms.</param>
internal sealed class PolicyAlarms(PolicyMetrics metrics, ILogger logger)
{
    /// <summary>Compares two readings.</summary>
    /// <param name="previous">The one before.</param>
    /// <param name="next">The present one.</param>
    public void Report(AdmittedResources previous, AdmittedResources next)
    {
        var earlier = previous.Sources.ToDictionary(source => source.Name, StringComparer.Ordinal);
        foreach (var source in next.Sources)
        {
            Report(source, earlier.GetValueOrDefault(source.Name));
        }

        var rejected = previous.Resources.Select(Describe).OfType<Rejection>().ToHashSet();
        foreach (var rejection in next.Resources.Select(Describe).OfType<Rejection>().Where(rejection => !rejected.Contains(rejection)))
        {
            Log.PolicyResourceRejected(logger, rejection.Resource, rejection.Status.ToString(), rejection.Finding);
        }
    }

    private void Report(AdmittedSource source, AdmittedSource? earlier)
    {
        var reason = ReasonOf(source);
        if (source.IsFailed && (earlier is null || !earlier.IsFailed || ReasonOf(earlier) != reason))
        {
            metrics.SourceFailed();
            Log.PolicySourceFailed(logger, source.Name, reason);
        }
        else if (!source.IsFailed && earlier is { IsFailed: true })
        {
            Log.PolicySourceRecovered(logger, source.Name);
        }
    }

    private static string ReasonOf(AdmittedSource source) =>
        source.Findings.FirstOrDefault(finding => finding.Severity == Severity.Error) is { } error ? TextOf(error) : "";

    private static Rejection? Describe(AdmittedResource resource) =>
        resource.Status is AdmissionStatus.Accepted or AdmissionStatus.AcceptedWithWarnings or AdmissionStatus.OtherRevision
            ? null
            : new(
                resource.Id?.ToString() ?? $"a document of {string.Join(", ", resource.Sources)}",
                resource.Status,
                resource.Findings.FirstOrDefault(finding => finding.Severity == Severity.Error) is { } error ? TextOf(error) : "");

    private static string TextOf(Finding finding) => finding.Location is { } place ? $"{place}: {finding.Message}" : finding.Message;

    private sealed record Rejection(string Resource, AdmissionStatus Status, string Finding);
}
