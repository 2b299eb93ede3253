using AuthzEngine.Compilation;
using AuthzEngine.Evaluation.Clauses;
using AuthzEngine.Policies;
using AuthzEngine.Requests;

namespace AuthzEngine.Evaluation;

/// <summary>Evaluates rules as a decision does, and keeps what becomes of each clause.</summary>
internal sealed class Explainer(RequestProtocol protocol)
{
    public PolicyExplanation Explain(CompiledPolicy policy, in RequestView view)
    {
        var stage = policy.Action == PolicyAction.Custom ? view.BeforeTokens() : view;
        var compiled = (protocol == RequestProtocol.Http ? policy.Http : policy.Tcp).ToDictionary(rule => rule.Identity.Index);
        var rules = new List<RuleExplanation>(policy.Source.Rules.Count);
        for (var i = 0; i < policy.Source.Rules.Count; i++)
        {
            rules.Add(compiled.TryGetValue(i, out var rule)
                ? Explain(rule, in stage)
                : new(RuleNames.Of(policy.Source, i), RuleOutcome.LeftOut, []));
        }

        return new(policy.Source.Id, policy.Action, policy.IsDryRun, rules);
    }

    private static RuleExplanation Explain(CompiledRule rule, in RequestView view)
    {
        var recorder = new Recorder();
        var matches = rule.Body.Matches(in view, ref recorder);
        var generous = view;
        generous.UnknownHolds = true;
        var outcome = matches ? RuleOutcome.Match : rule.Body.Matches(in generous) ? RuleOutcome.Unknown : RuleOutcome.NoMatch;
        return new(rule.Identity, outcome, recorder.Clauses);
    }

    private readonly struct Recorder : IRuleObserver
    {
        public Recorder()
        {
        }

        public static bool SeesAll => true;

        public List<ClauseExplanation> Clauses { get; } = [];

        public void See(CompiledClause clause, in RequestView view, bool holds)
        {
            var unknown = (view.Unknown & clause.Reads) != 0;
            var outcome = unknown ? ClauseOutcome.Unknown : holds ? ClauseOutcome.Holds : ClauseOutcome.Fails;
            Clauses.Add(new(clause.Model.Field, outcome, unknown ? [] : clause.Values(in view)) { Clause = clause.Model });
        }
    }
}
