using AuthzEngine.Formats.Issuance;
using MeshCA.Issuance;

namespace MeshCA.IssuancePolicies;

/// <summary>Who may get what: rules in their order, of which the first that matches decides.</summary>
/// <remarks>
/// The first and not the most specific: what decides can be read off the file from its top, and a rule added at the end never
/// takes effect on whom an earlier one takes.
/// </remarks>
internal sealed class IssuancePolicy
{
    /// <summary>Name of what holds without a policy.</summary>
    public const string Default = "default";

    /// <summary>Name of what holds where no rule matches.</summary>
    public const string Otherwise = "otherwise";

    private readonly IssuanceRule[] _rules;
    private readonly IssuanceRule _otherwise;

    private IssuancePolicy(IssuanceRule[] rules, IssuanceRule otherwise)
    {
        _rules = rules;
        _otherwise = otherwise;
        ReadsPodLabels = Array.Exists(rules, rule => rule.ReadsPodLabels);
    }

    /// <summary>Whether a rule asks for labels of pods.</summary>
    public bool ReadsPodLabels { get; }

    /// <summary>Its rules, in their order; the last takes everybody who is left.</summary>
    public IEnumerable<IssuanceRule> Rules => [.. _rules, _otherwise];

    /// <summary>What holds without a file: every caller gets what Istio's CA would give, within the service's lifetimes.</summary>
    public static IssuancePolicy Open(LifetimePolicy lifetimes) =>
        new([], IssuanceRule.ForEverybody(Default, IssuanceAction.Allow, lifetimes));

    /// <summary>Compiles a policy.</summary>
    /// <param name="policy">The policy as written; nothing is wrong with it.</param>
    /// <param name="lifetimes">The lifetimes of the service, which rules narrow.</param>
    public static IssuancePolicy Compile(WrittenIssuancePolicy policy, LifetimePolicy lifetimes) => new(
        [.. policy.Rules.Select(rule => IssuanceRule.Of(rule, lifetimes))],
        IssuanceRule.ForEverybody(Otherwise, policy.Otherwise, lifetimes));

    /// <summary>Finds the rule that decides.</summary>
    /// <param name="caller">The caller.</param>
    public RuleMatch Match(in CallerAttributes caller)
    {
        foreach (var rule in _rules)
        {
            var answer = rule.Match(caller, out var attribute);
            if (answer != RuleAnswer.No)
            {
                return new(rule, attribute);
            }
        }

        return new(_otherwise, CallerAttribute.None);
    }
}

/// <summary>The rule that decides about a caller.</summary>
/// <param name="Rule">The rule.</param>
/// <param name="Unknown">The attribute for want of which nobody can tell whether it matches; then nothing is issued.</param>
internal readonly record struct RuleMatch(IssuanceRule Rule, CallerAttribute Unknown);
