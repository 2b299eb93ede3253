using AuthzEngine.Diagnostics;
using AuthzEngine.Formats.Yaml.Fields;
using AuthzEngine.Formats.Yaml.Nodes;
using AuthzEngine.Policies;

namespace AuthzEngine.Formats.Yaml;

/// <summary>Reads what a policy attaches to: its selector and target references.</summary>
internal static class AttachmentReader
{
    /// <summary>Reads spec.selector.</summary>
    /// <param name="spec">The spec.</param>
    /// <returns>The selector; null when absent or unreadable.</returns>
    public static WorkloadSelector? Selector(ObjectReader spec)
    {
        var before = spec.Findings.Errors;
        if (spec.Object("selector") is not { } reader)
        {
            return null;
        }

        var selector = new WorkloadSelector(reader.TextMap("matchLabels"));
        reader.End(UnknownFields.Refused);

        // One that lacks a label would name other workloads than its author meant.
        return spec.Findings.Errors == before && IsComplete(reader.Node) ? selector : null;
    }

    /// <summary>Reads spec.targetRef.</summary>
    /// <param name="spec">The spec.</param>
    /// <returns>The reference, or null.</returns>
    public static PolicyTargetReference? TargetRef(ObjectReader spec) =>
        spec.Object("targetRef") is { } reader ? Reference(reader) : null;

    /// <summary>Reads spec.targetRefs.</summary>
    /// <param name="spec">The spec.</param>
    /// <returns>The references.</returns>
    public static IReadOnlyList<PolicyTargetReference> TargetRefs(ObjectReader spec) =>
        spec.RequiredObjects("targetRefs", Reference);

    /// <summary>Whether spec.targetRef and spec.targetRefs were read and are all that their author wrote, once the spec was read.</summary>
    /// <param name="spec">The spec.</param>
    /// <returns>Whether they are.</returns>
    public static bool AreTargetsRead(ObjectReader spec) =>
        !spec.Findings.IsFull
        && !spec.Findings.Findings.Any(IsOfTarget)
        && spec.Node.Members.TrueForAll(member => member.Value.IsComplete || !IsTarget(member.Key.Text));

    private static bool IsTarget(string name) => FieldNames.Means(name, "targetRef") || FieldNames.Means(name, "targetRefs");

    private static bool IsOfTarget(Finding finding) =>
        finding.Severity == Severity.Error && finding.Field.StartsWith("spec.targetRef", StringComparison.Ordinal);

    private static bool IsComplete(YamlMapping selector) =>
        selector.IsComplete && selector.Members.All(member => member.Value.IsComplete);

    private static PolicyTargetReference Reference(ObjectReader reader)
    {
        var reference = new PolicyTargetReference(
            reader.Text("group"), reader.Text("kind"), reader.Text("name"), reader.Text("namespace"));
        reader.End(UnknownFields.Refused);
        return reference;
    }
}
