using AuthzEngine.Evaluation.Clauses;

namespace AuthzEngine.Evaluation;

/// <summary>Sees what becomes of each clause while a rule is evaluated. A struct, so that a decision pays nothing for it.</summary>
internal interface IRuleObserver
{
    /// <summary>Whether clauses are evaluated as well that no longer matter.</summary>
    static abstract bool SeesAll { get; }

    /// <summary>Takes the outcome of a clause.</summary>
    /// <param name="clause">The clause.</param>
    /// <param name="view">The request.</param>
    /// <param name="holds">Whether it holds.</param>
    void See(CompiledClause clause, in RequestView view, bool holds);
}

/// <summary>Sees nothing: what decisions use.</summary>
internal readonly struct NoObserver : IRuleObserver
{
    public static bool SeesAll => false;

    public void See(CompiledClause clause, in RequestView view, bool holds)
    {
    }
}
