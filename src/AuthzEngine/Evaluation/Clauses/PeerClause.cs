using AuthzEngine.Compilation;
using AuthzEngine.Indexing;
using AuthzEngine.Matching;
using AuthzEngine.Requests;

namespace AuthzEngine.Evaluation.Clauses;

/// <summary>A clause on the peer's identity.</summary>
internal sealed class PeerClause(Clause.Peer model) : CompiledClause(model, AttributeKinds.SourcePrincipal)
{
    private static readonly TextSource Source = new(TextKind.Peer);

    private readonly TextSet _identities =
        new([.. model.Patterns.OfType<PeerPattern.Identity>().Select(pattern => pattern.Pattern)]);

    private readonly PatternSet<PeerPattern, Matcher> _others =
        new([.. model.Patterns.Where(pattern => pattern is not PeerPattern.Identity)], ClauseAnchors.Of);

    public override IReadOnlyList<string> Values(in RequestView view) => TextCollector.Read(Source, in view);

    protected override bool Matches(in RequestView view) =>
        view.Peer is { } peer && (_identities.Contains(peer) || _others.Matches(in view));

    private readonly struct Matcher : IPatternMatcher<PeerPattern>
    {
        public static bool Matches(PeerPattern pattern, in RequestView view) => pattern.Matches(view.Peer);
    }
}
