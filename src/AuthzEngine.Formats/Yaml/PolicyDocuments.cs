using AuthzEngine.Admission;
using AuthzEngine.Diagnostics;
using AuthzEngine.Formats.Yaml.Fields;
using AuthzEngine.Formats.Yaml.Nodes;

namespace AuthzEngine.Formats.Yaml;

/// <summary>The documents of one text, lists taken apart.</summary>
/// <param name="source">Name of the source.</param>
internal sealed class PolicyDocuments(string source)
{
    private readonly List<SourceDocument> _documents = [];
    private readonly List<Finding> _findings = [];
    private readonly FindingBudget _budget = new();

    /// <summary>Takes the documents of a part.</summary>
    /// <param name="roots">Their roots.</param>
    /// <param name="fault">Why the last one, or what follows it, could not be read; null: all was.</param>
    public void Take(IReadOnlyList<YamlNode> roots, TextFault? fault)
    {
        var left = fault;
        foreach (var root in roots)
        {
            Take(root, ResourceType.Unknown, ref left);
        }

        if (left is not null)
        {
            _findings.Add(left.ToFinding(source));
        }
    }

    /// <summary>Ends the text.</summary>
    /// <returns>What it holds.</returns>
    public ReadResult End()
    {
        if (_budget.IsExceeded)
        {
            // Each document that is refused still says why.
            _findings.Add(new TextFault(1, 1, YamlCodes.TooManyFindings, "there is more to say than is kept").ToFinding(source) with
            {
                Severity = Severity.Warning,
            });
        }

        return new(_documents, _findings);
    }

    private void Take(YamlNode node, ResourceType expected, ref TextFault? fault)
    {
        if (node is YamlScalar { IsNull: true })
        {
            return;
        }

        var findings = new FindingList(source, _budget);
        if (node is not YamlMapping mapping)
        {
            findings.Error(YamlCodes.NotAResource, node, FieldPath.Root, "the document is no object");
            _findings.AddRange(findings.Findings);
            return;
        }

        var type = ResourceType.Of(mapping, expected);
        if (type.IsList)
        {
            TakeItems(mapping, type, findings, ref fault);
            return;
        }

        if (type.Check(mapping, findings))
        {
            TakePolicy(mapping, type, findings, ref fault);
        }
        else
        {
            TakeOther(mapping, findings);
        }
    }

    private void TakeOther(YamlMapping mapping, FindingList findings)
    {
        // With two kinds, what is skipped here may be a policy to whoever reads the other one.
        StructureCheck.CheckNames(mapping, FieldPath.Root, findings);
        _findings.AddRange(findings.Findings);
    }

    private void TakeItems(YamlMapping list, ResourceType type, FindingList findings, ref TextFault? fault)
    {
        StructureCheck.CheckNames(list, FieldPath.Root, findings);
        var unread = list.IsComplete ? null : fault;
        var reader = new ObjectReader(list, FieldPath.Root, findings);
        if (reader.Sequence("items") is { } items)
        {
            foreach (var item in items.Items)
            {
                Take(item, type.Item, ref fault);
            }
        }

        if (unread is not null && fault is null)
        {
            _findings.Add(unread.ToFinding(source)); // the item in which it is has it too, but nobody knows what follows
        }

        _findings.AddRange(findings.Findings);
    }

    private void TakePolicy(YamlMapping mapping, ResourceType type, FindingList findings, ref TextFault? fault)
    {
        if (!mapping.IsComplete && fault is not null)
        {
            findings.Add(fault);
            fault = null;
        }

        _documents.Add(PolicyDocumentReader.Read(source, mapping, type, findings));
    }
}
