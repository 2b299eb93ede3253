using AuthzEngine.Diagnostics;
using AuthzEngine.Formats.Yaml.Nodes;

namespace AuthzEngine.Formats.Yaml.Fields;

/// <summary>What is refused wherever it stands in a document: names given twice, merge keys, tags.</summary>
/// <remarks>Kubernetes keeps the last of two equal names and reviewers read the first; so neither is safe to take.</remarks>
internal static class StructureCheck
{
    private const int FewMembers = 8;

    /// <summary>Checks a node and all within.</summary>
    /// <param name="node">The node.</param>
    /// <param name="path">Its path.</param>
    /// <param name="findings">Receives what is found.</param>
    public static void Check(YamlNode node, FieldPath path, FindingList findings)
    {
        if (node.IsTagged)
        {
            findings.Error(YamlCodes.Tag, node, path, "tags are not read; put text in quotes");
        }

        if (node is YamlSequence sequence)
        {
            for (var i = 0; i < sequence.Items.Count; i++)
            {
                CheckBelow(sequence.Items[i], path, null, i, findings);
            }
        }
        else if (node is YamlMapping mapping)
        {
            CheckNames(mapping, path, findings);
            foreach (var (key, value) in mapping.Members)
            {
                CheckBelow(value, path, key.Text, -1, findings);
            }
        }
    }

    /// <summary>Whether the names of a document and all of its metadata are unambiguous, so that they say which it is.</summary>
    /// <param name="document">The document.</param>
    /// <returns>Whether they are.</returns>
    public static bool IsSound(YamlMapping document)
    {
        var findings = new FindingList("", new FindingBudget());
        CheckNames(document, FieldPath.Root, findings);
        foreach (var part in new[] { document.Find("metadata"), document.Find("spec") })
        {
            if (part is YamlMapping mapping)
            {
                CheckNames(mapping, FieldPath.Root, findings);
            }
        }

        return findings.Errors == 0;
    }

    // Most nodes are scalars without a tag: no path is made for them.
    private static void CheckBelow(YamlNode node, FieldPath parent, string? name, int index, FindingList findings)
    {
        if (node is not YamlScalar || node.IsTagged)
        {
            Check(node, name is null ? parent.Element(index) : parent.Member(name), findings);
        }
    }

    /// <summary>Checks the names of one mapping.</summary>
    /// <param name="mapping">The mapping.</param>
    /// <param name="path">Its path.</param>
    /// <param name="findings">Receives what is found.</param>
    public static void CheckNames(YamlMapping mapping, FieldPath path, FindingList findings)
    {
        var seen = mapping.Members.Count > FewMembers ? new HashSet<string>(StringComparer.Ordinal) : null;
        for (var i = 0; i < mapping.Members.Count; i++)
        {
            var key = mapping.Members[i].Key;
            if (seen is null ? IsAmong(mapping.Members, i, key.Text) : !seen.Add(key.Text))
            {
                findings.Error(YamlCodes.DuplicateKey, key, path.Member(key.Text), $"{Excerpt.Of(key.Text)} is given twice");
            }

            if (key is { IsPlain: true, Text: "<<" })
            {
                findings.Error(YamlCodes.MergeKey, key, path, "merge keys are not read", "write the members out");
            }

            if (key.IsTagged)
            {
                findings.Error(YamlCodes.Tag, key, path, "tags are not read; put text in quotes");
            }
        }
    }

    private static bool IsAmong(List<YamlMember> members, int count, string name)
    {
        for (var i = 0; i < count; i++)
        {
            if (members[i].Key.Text == name)
            {
                return true;
            }
        }

        return false;
    }
}
