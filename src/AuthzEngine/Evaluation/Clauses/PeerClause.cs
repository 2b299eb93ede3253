using AuthzEngine.Compilation;
using AuthzEngine.Matching;
using AuthzEngine.Requests;

namespace AuthzEngine.Evaluation.Clauses;

/// <summary>A clause on the peer's identity.</summary>
internal sealed class PeerClause : CompiledClause
{
    private static readonly TextSource Source = new(TextKind.Peer);

    private readonly TextSet _identities;
    private readonly PeerPattern[] _others;

    public PeerClause(Clause.Peer model)
        : base(model, AttributeKinds.SourcePrincipal)
    {
        _identities = new([.. model.Patterns.OfType<PeerPattern.Identity>().Select(pattern => pattern.Pattern)]);
        _others = [.. model.Patterns.Where(pattern => pattern is not PeerPattern.Identity)];
    }

    public override IReadOnlyList<string> Values(in RequestView view) => TextCollector.Read(Source, in view);

    protected override bool Matches(in RequestView view)
    {
        if (view.Peer is not { } peer)
        {
            return false;
        }

        if (_identities.Contains(peer))
        {
            return true;
        }

        foreach (var pattern in _others)
        {
            if (pattern.Matches(peer))
            {
                return true;
            }
        }

        return false;
    }
}
