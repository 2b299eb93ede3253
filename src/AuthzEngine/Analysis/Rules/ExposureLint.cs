using AuthzEngine.Analysis.Subjects;
using AuthzEngine.Compilation;
using AuthzEngine.Diagnostics;
using AuthzEngine.Matching;
using AuthzEngine.Policies;

namespace AuthzEngine.Analysis.Rules;

/// <summary>ALLOW rules that say nothing, or too little, about who calls; authorization-policy §2.3 and §2.8.</summary>
internal static class ExposureLint
{
    public static IEnumerable<Remark> Check(WrittenRule rule, AnalyzedPolicy policy)
    {
        if (policy.Action != PolicyAction.Allow || rule.Http is not { } model || Limits(model.When))
        {
            return [];
        }

        if (model.From.Count == 0)
        {
            return [model.To.Count == 0 && model.When.Count == 0 ? AllowAll(rule) : AnyCaller(rule, model)];
        }

        return model.From.Select((clauses, at) => CheckSource(rule, clauses, at)).OfType<Remark>();
    }

    private static Remark AllowAll(WrittenRule rule) => new(
        LintCodes.AllowAll,
        rule.Path,
        "the rule matches every request: whatever no DENY refuses is allowed, to everyone",
        "if nobody is to be allowed write no rules");

    private static Remark AnyCaller(WrittenRule rule, RuleModel model) => new(
        LintCodes.AllowAnyCaller,
        rule.Path,
        "the rule does not say who may call: everyone may, without identity too",
        "add `from`, unless this is meant to be public",
        model.When.Any(clause => clause.Negated) ? Severity.Warning : Severity.Info);

    private static Remark? CheckSource(WrittenRule rule, IReadOnlyList<Clause> clauses, int at)
    {
        var field = $"{rule.Path}.from[{at}].source";
        return clauses.Any(Limits) ? null
            : clauses.Any(clause => !clause.Negated && clause is Clause.Peer) ? new(
                LintCodes.AllowAnyPeer, field, "every peer with an identity may call, whatever its namespace", "name namespaces or service accounts", Severity.Info)
            : clauses.All(clause => clause.Negated) ? new(
                LintCodes.AllowByExclusion,
                field,
                "the source only says who may not call: everyone else may, and whoever has no such attribute, as a peer over plaintext has no identity",
                "say who may call: `principals`, `namespaces` or `serviceAccounts`")
            : new(LintCodes.AllowAnyCaller, field, "the source matches every caller", "name who may call");
    }

    private static bool Limits(IReadOnlyList<Clause> clauses) => clauses.Any(Limits);

    // A header is no credential, but whoever asks for one has a caller in mind.
    private static bool Limits(Clause clause) => !clause.Negated && clause switch
    {
        Clause.Peer peer => !peer.Patterns.Any(IsAnyPeer),
        Clause.Address address => address.Attribute != AddressAttribute.Destination && !address.Blocks.Any(block => block.PrefixLength == 0),
        Clause.RequestPrincipal or Clause.Claims or Clause.Header or Clause.Metadata => true,
        _ => false,
    };

    private static bool IsAnyPeer(PeerPattern pattern) => pattern is PeerPattern.Identity { Pattern.Kind: TextMatch.NonEmpty }
        or PeerPattern.Identity { Pattern: { Kind: TextMatch.Prefix, Text: "spiffe://" } }
        or PeerPattern.InOrder { Pieces: ["/ns/", "/"] };
}
