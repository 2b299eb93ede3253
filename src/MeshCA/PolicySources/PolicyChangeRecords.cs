using System.Diagnostics;
using System.Globalization;
using MeshCA.Auditing;

namespace MeshCA.PolicySources;

/// <summary>What goes on record of a change: before it a summary, with it every resource, in as many events as that takes.</summary>
internal static class PolicyChangeRecords
{
    private const string Separator = ", ";

    // What stands before the resources.
    private const int MaxHeading = 32;

    /// <summary>The change in one text of at most <see cref="AuditEvent.MaxDetail"/> characters.</summary>
    public static string Summarize(ChangePlan plan)
    {
        var text = plan switch
        {
            ChangePlan.Ready(_, [var id], _) => id.ToString(),
            ChangePlan.Ready(_, var ids, _) => string.Create(CultureInfo.InvariantCulture, $"{ids.Count} resources: {string.Join(Separator, ids)}"),
            ChangePlan.Refused({ Error: var error, Detail: var detail }) => $"{error}: {detail}",
            _ => throw new UnreachableException(),
        };
        return text.Length <= AuditEvent.MaxDetail ? text : string.Concat(text.AsSpan(0, AuditEvent.MaxDetail - 1), "…");
    }

    /// <summary>One event with the summary.</summary>
    /// <param name="change">The change.</param>
    /// <param name="plan">What became of it so far.</param>
    /// <param name="outcome">As in <see cref="AuditEvent.Outcome"/>.</param>
    /// <param name="now">The time.</param>
    public static AuditEvent Of(PolicyChange change, ChangePlan plan, string outcome, DateTimeOffset now) =>
        Event(change, outcome, Summarize(plan), now);

    /// <summary>The events of a change that is made, to be written with it.</summary>
    /// <param name="change">The change.</param>
    /// <param name="made">What it concerns.</param>
    /// <param name="now">The time.</param>
    public static IReadOnlyList<AuditEvent> Of(PolicyChange change, ChangePlan.Ready made, DateTimeOffset now)
    {
        var parts = new List<string>();
        foreach (var id in made.Ids.Select(id => id.ToString()))
        {
            if (parts is [.., var last] && last.Length + Separator.Length + id.Length <= AuditEvent.MaxDetail - MaxHeading)
            {
                parts[^1] = last + Separator + id;
            }
            else
            {
                parts.Add(id);
            }
        }

        return parts.Count == 1
            ? [Event(change, "ok", parts[0], now)]
            : [.. parts.Select((part, index) => Event(
                change, "ok", string.Create(CultureInfo.InvariantCulture, $"{index + 1} of {parts.Count}: {part}"), now))];
    }

    private static AuditEvent Event(PolicyChange change, string outcome, string detail, DateTimeOffset now) => new()
    {
        Time = now,
        Action = change is PolicyChange.Apply ? "policy.apply" : "policy.delete",
        Actor = change.Actor,
        Target = "policies",
        Outcome = outcome,
        Detail = detail,
    };
}
