using System.Globalization;
using AuthzEngine.Admission;
using MeshCA.Auditing;
using MeshCA.Policies;

namespace MeshCA.PolicySources;

/// <summary>What goes on record of a revision that files brought: one event, written with it.</summary>
internal static class PolicyFileRecords
{
    private const string Separator = ", ";

    /// <summary>The event of a revision.</summary>
    /// <param name="before">What was in force.</param>
    /// <param name="kept">What was kept.</param>
    /// <param name="step">What follows.</param>
    /// <param name="now">The time.</param>
    /// <returns>Null where nothing came from files.</returns>
    public static AuditEvent? Find(AdmittedResources before, StoredPolicies kept, PolicyStep step, DateTimeOffset now) =>
        Differences(before, kept, step) is { Count: > 0 } differences ? Event(step, differences, now) : null;

    /// <summary>As <see cref="Find"/>, for a revision that only files can have brought: nothing that policies say may have changed.</summary>
    /// <inheritdoc cref="Find"/>
    public static AuditEvent Of(AdmittedResources before, StoredPolicies kept, PolicyStep step, DateTimeOffset now) =>
        Event(step, Differences(before, kept, step), now);

    private static AuditEvent Event(PolicyStep step, IReadOnlyList<Difference> differences, DateTimeOffset now)
    {
        // The numbers first: names are cut off where there are many.
        var text = string.Create(CultureInfo.InvariantCulture, $"revision {step.Admitted.Revision}: ") + (differences.Count == 0
            ? "nothing in force changed"
            : string.Join(Separator, differences.CountBy(difference => difference.What).Select(count =>
                string.Create(CultureInfo.InvariantCulture, $"{count.Value} {count.Key}")))
                + ": " + string.Join(Separator, differences.Select(difference => $"{difference.Name} {difference.What}")));
        return new()
        {
            Time = now,
            Action = "policy.loaded",
            Actor = "system",
            Target = "policies",
            Outcome = "ok",
            Detail = text.Length <= AuditEvent.MaxDetail ? text : string.Concat(text.AsSpan(0, AuditEvent.MaxDetail - 1), "…"),
        };
    }

    // Of a revision that is not complete nothing is in force.
    private static List<Difference> Differences(AdmittedResources before, StoredPolicies kept, PolicyStep step) =>
    [
        .. step.IsComplete ? OfPolicies(kept, step) : [],
        .. HeldBack(step.Admitted).Except(HeldBack(before), StringComparer.Ordinal).Select(name => new Difference(name, "held back")),
        .. Changed(SourceNames.Mesh, kept.Mesh, step.Stored.Mesh),
        .. Changed(SourceNames.Inventory, kept.Inventory, step.Stored.Inventory),
        .. Failed(step.Admitted).Except(Failed(before), StringComparer.Ordinal).Select(name => new Difference(name, "failed")),
    ];

    private static IEnumerable<Difference> OfPolicies(StoredPolicies kept, PolicyStep step)
    {
        var earlier = kept.LastGood.ToDictionary(resource => resource.Id);
        var later = step.Stored.LastGood.ToDictionary(resource => resource.Id);
        foreach (var resource in step.Admitted.Resources)
        {
            // After a restart all are new versions, also those whose text is what it was.
            if (resource is { Id: { } id, InForce: { Source: not SourceNames.Applied } version } && version.Revision == step.Admitted.Revision)
            {
                var was = earlier.GetValueOrDefault(id);
                if (was is null || later.GetValueOrDefault(id) is not { } now || was.Source != now.Source || !was.Text.Equals(now.Text))
                {
                    yield return new(id.ToString(), was is null ? "added" : "changed");
                }
            }
        }

        foreach (var gone in kept.LastGood.Where(was => was.Source != SourceNames.Applied && step.Admitted.Find(was.Id)?.InForce is null))
        {
            yield return new(gone.Id.ToString(), "removed");
        }
    }

    private static IEnumerable<Difference> Changed(string name, SourceText? earlier, SourceText? later) =>
        Equals(earlier, later) ? [] : [new(name, "changed")];

    private static IEnumerable<string> HeldBack(AdmittedResources resources) => resources.Resources
        .Where(resource => resource.Quarantined.Count > 0)
        .Select(resource => resource.Id?.ToString() ?? resource.Sources[0]);

    private static IEnumerable<string> Failed(AdmittedResources resources) =>
        resources.Sources.Where(source => source.IsFailed).Select(source => source.Name);

    private readonly record struct Difference(string Name, string What);
}
