using AuthzEngine.Requests;

namespace AuthzEngine.Compilation.Translation;

/// <summary>What became of one field of a rule, before its action and the protocol say what a defect means.</summary>
/// <param name="Clause">The values that could be translated; null: none could.</param>
/// <param name="Complete">Whether every value could.</param>
/// <param name="HttpOnly">Whether TCP has no such attribute, authorization-policy §2.6.</param>
internal sealed record TranslatedField(Clause? Clause, bool Complete, bool HttpOnly)
{
    /// <summary>A field of which nothing can be translated.</summary>
    public static TranslatedField Nothing { get; } = new(null, Complete: false, HttpOnly: false);

    public bool CompleteFor(RequestProtocol protocol) => Complete && !(HttpOnly && protocol == RequestProtocol.Tcp);

    public Clause? ClauseFor(RequestProtocol protocol) => HttpOnly && protocol == RequestProtocol.Tcp ? null : Clause;
}
