using System.Collections.Frozen;
using AuthzEngine.Compilation;
using AuthzEngine.Indexing;
using AuthzEngine.Matching;
using AuthzEngine.Requests;

namespace AuthzEngine.Evaluation.Clauses;

/// <summary>A clause on issuer and subject of the token, authorization-policy §3.6.</summary>
internal sealed class RequestPrincipalClause : CompiledClause
{
    private static readonly TextSource Joined = new(TextKind.JoinedPrincipal);

    private readonly FrozenSet<(string Issuer, string Subject)> _pairs;
    private readonly PatternSet<RequestPrincipalPattern.Apart, Matcher> _patterns;
    private readonly TextSet _joined;
    private readonly bool _hasJoined;

    public RequestPrincipalClause(Clause.RequestPrincipal model)
        : base(model, AttributeKinds.Claims)
    {
        var apart = model.Patterns.OfType<RequestPrincipalPattern.Apart>().ToLookup(IsPair);
        _pairs = apart[true].Select(pattern => (pattern.Issuer.Text, pattern.Subject.Text)).ToFrozenSet();
        _patterns = new([.. apart[false]], ClauseAnchors.Of);
        var joined = model.Patterns.OfType<RequestPrincipalPattern.Joined>().Select(pattern => pattern.Pattern).ToArray();
        _hasJoined = joined.Length > 0;
        _joined = new(joined);
    }

    public override IReadOnlyList<string> Values(in RequestView view) => TextCollector.Read(Joined, in view);

    // Both must be strings that the payload has: a token without subject matches nothing.
    protected override bool Matches(in RequestView view) =>
        TextSource.TokenText(in view, "iss") is { } issuer && TextSource.TokenText(in view, "sub") is { } subject
        && (_pairs.Contains((issuer, subject)) || _patterns.Matches(in view) || MatchesJoined(in view));

    private bool MatchesJoined(in RequestView view)
    {
        if (!_hasJoined)
        {
            return false;
        }

        var search = _joined.Search();
        return Joined.Read(in view, ref search);
    }

    private static bool IsPair(RequestPrincipalPattern.Apart pattern) =>
        pattern.Issuer.Kind == TextMatch.Exact && pattern.Subject.Kind == TextMatch.Exact;

    private readonly struct Matcher : IPatternMatcher<RequestPrincipalPattern.Apart>
    {
        public static bool Matches(RequestPrincipalPattern.Apart pattern, in RequestView view) =>
            TextSource.TokenText(in view, "iss") is { } issuer && TextSource.TokenText(in view, "sub") is { } subject
            && pattern.Matches(issuer, subject);
    }
}
