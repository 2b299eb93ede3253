using AuthzEngine.Analysis.Subjects;
using AuthzEngine.Compilation;
using AuthzEngine.Policies;

namespace AuthzEngine.Analysis.Relations;

/// <summary>Whether one rule certainly matches whatever another matches.</summary>
internal static class RuleRelations
{
    /// <summary>Whether it does, for both protocols.</summary>
    /// <param name="wide">The rule that may make the other pointless.</param>
    /// <param name="action">Its action.</param>
    /// <param name="narrow">The other rule.</param>
    public static bool Covers(WrittenRule wide, PolicyAction action, WrittenRule narrow)
    {
        // An ALLOW rule goes as a whole on TCP where one alternative is of HTTP, §2.6; others only get wider there.
        var holdsOnTcp = action != PolicyAction.Allow || wide.Tcp is not null || narrow.Tcp is null;
        return holdsOnTcp && wide.Http is { } one && narrow.Http is { } other && Covers(one, other);
    }

    /// <summary>Whether an alternative of one rule holds whenever one of another does, conditions of the latter given.</summary>
    public static bool Covers(IReadOnlyList<Clause> wide, IReadOnlyList<Clause> narrow, IReadOnlyList<Clause> given) =>
        wide.All(asked => narrow.Any(held => ClauseRelations.Implies(held, asked)) || given.Any(held => ClauseRelations.Implies(held, asked)));

    private static bool Covers(RuleModel wide, RuleModel narrow) =>
        AlternativesCover(wide.From, narrow.From, narrow.When)
        && AlternativesCover(wide.To, narrow.To, narrow.When)
        && wide.When.All(asked => Alternatives(narrow.From).All(from => Alternatives(narrow.To).All(to => Covers([asked], [.. from, .. to], narrow.When))));

    private static bool AlternativesCover(
        IReadOnlyList<IReadOnlyList<Clause>> wide, IReadOnlyList<IReadOnlyList<Clause>> narrow, IReadOnlyList<Clause> given) =>
        wide.Count == 0
        || Alternatives(narrow).All(alternative => wide.Any(other => Covers(other, alternative, given)));

    // No alternative means any: one that asks for nothing.
    private static IReadOnlyList<IReadOnlyList<Clause>> Alternatives(IReadOnlyList<IReadOnlyList<Clause>> written) =>
        written.Count == 0 ? [[]] : written;
}
