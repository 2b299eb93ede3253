using AuthzEngine.Policies;
using AuthzEngine.Requests;

namespace AuthzEngine.Compilation.Translation;

/// <summary>A rule whose fields are translated, and not yet cut to one protocol.</summary>
internal sealed record TranslatedRule(
    RuleIdentity Identity,
    IReadOnlyList<IReadOnlyList<TranslatedField>> From,
    IReadOnlyList<IReadOnlyList<TranslatedField>> To,
    IReadOnlyList<TranslatedField> When)
{
    /// <summary>Whether both protocols have the same rule.</summary>
    public bool SameForTcp() => Fields().All(field => !field.HttpOnly);

    /// <summary>The rule for a protocol.</summary>
    /// <remarks>
    /// What cannot be translated makes ALLOW narrower and every other action wider, authorization-policy §2.6: an ALLOW
    /// rule goes as a whole, another rule loses the value, and with its last value the field.
    /// </remarks>
    /// <returns>The rule, or null where nothing is left of it.</returns>
    public RuleModel? For(RequestProtocol protocol) =>
        Identity.Action == PolicyAction.Allow && !Fields().All(field => field.CompleteFor(protocol))
            ? null
            : new RuleModel(Identity, Cut(From, protocol), Cut(To, protocol), Cut(When, protocol));

    private IEnumerable<TranslatedField> Fields() => From.Concat(To).SelectMany(alternative => alternative).Concat(When);

    private static IReadOnlyList<Clause>[] Cut(
        IReadOnlyList<IReadOnlyList<TranslatedField>> alternatives, RequestProtocol protocol) =>
        [.. alternatives.Select(alternative => Cut(alternative, protocol))];

    private static Clause[] Cut(IReadOnlyList<TranslatedField> fields, RequestProtocol protocol) =>
        [.. fields.Select(field => field.ClauseFor(protocol)).OfType<Clause>()];
}
