using System.Collections.Frozen;
using AuthzEngine.Requests;

namespace AuthzEngine.Indexing;

/// <summary>Finds rules by the port of the destination.</summary>
internal sealed class PortIndex(IReadOnlyList<KeyValuePair<Anchor, Candidate>> anchors)
    : AttributeIndex(AttributeKinds.DestinationPort, anchors)
{
    private readonly FrozenDictionary<int, Candidate[]> _ports = anchors
        .GroupBy(anchor => anchor.Key.Port, anchor => anchor.Value)
        .ToFrozenDictionary(group => group.Key, group => group.ToArray());

    protected override void FindKnown(ref RuleSearch search)
    {
        if (search.View.Request.DestinationPort is { } port && _ports.TryGetValue(port, out var rules))
        {
            _ = search.Visit(rules);
        }
    }
}
