using AuthzEngine.Formats.Issuance;
using AuthzEngine.Matching;
using MeshCA.Cryptography;
using MeshCA.Issuance;

namespace MeshCA.IssuancePolicies;

/// <summary>A rule, compiled: made once, read by every request.</summary>
internal sealed class IssuanceRule
{
    private static readonly int AllKeys = Enum.GetValues<KeyAlgorithm>().Aggregate(0, (all, key) => all | Bit(key));

    private readonly TextPattern[] _issuers;
    private readonly TextPattern[] _clusters;
    private readonly TextPattern[] _namespaces;
    private readonly TextPattern[] _serviceAccounts;
    private readonly KeyValuePair<string, TextPattern>[] _podLabels;
    private readonly DnsNamePattern[] _dnsNames;
    private readonly int _keys;
    private readonly WrittenTokenGrant? _tokens;

    private IssuanceRule(string name, int line, IssuanceAction action, WrittenCallers from, WrittenGrant grant, LifetimePolicy lifetimes)
    {
        Name = name;
        Line = line;
        IsDenial = action == IssuanceAction.Deny;
        Lifetimes = lifetimes;
        _issuers = [.. from.Issuers];
        _clusters = [.. from.Clusters];
        _namespaces = [.. from.Namespaces];
        _serviceAccounts = [.. from.ServiceAccounts];
        _podLabels = [.. from.PodLabels];
        _dnsNames = [.. grant.DnsNames];
        _keys = grant.Keys.Count == 0 ? AllKeys : grant.Keys.Aggregate(0, (keys, key) => keys | Bit(AlgorithmOf(key)));
        _tokens = grant.JwtSvids;
        Rate = grant.Rate is { } rate ? new IssuanceRate(rate.Certificates, rate.Per) : null;
    }

    /// <summary>The name by which audit, log and explanations call it.</summary>
    public string Name { get; }

    /// <summary>Its line in the file; 0 where it stands in none.</summary>
    public int Line { get; }

    /// <summary>Whether those it matches get nothing.</summary>
    public bool IsDenial { get; }

    /// <summary>The lifetimes it grants, within those of the service.</summary>
    public LifetimePolicy Lifetimes { get; }

    /// <summary>How many certificates an identity may get; null: no bound of this rule's.</summary>
    public IssuanceRate? Rate { get; }

    /// <summary>Whether it lets DNS names into certificates.</summary>
    public bool PermitsDnsNames => _dnsNames.Length > 0;

    /// <summary>Whether those it matches get JWT-SVIDs too.</summary>
    public bool AllowsTokens => !IsDenial && _tokens is not { IsAllowed: false };

    /// <summary>Whether it asks for labels of pods.</summary>
    public bool ReadsPodLabels => _podLabels.Length > 0;

    /// <summary>Compiles a written rule.</summary>
    /// <param name="rule">The rule.</param>
    /// <param name="lifetimes">The lifetimes of the service, which it narrows.</param>
    public static IssuanceRule Of(WrittenIssuanceRule rule, LifetimePolicy lifetimes)
    {
        var max = rule.Grant.MaxLifetime is { } longest && longest < lifetimes.Max ? longest : lifetimes.Max;
        var standard = rule.Grant.DefaultLifetime ?? lifetimes.Default;
        return new(rule.Name, rule.Line, rule.Action, rule.From, rule.Grant, lifetimes with
        {
            Max = max,
            Default = standard < max ? standard : max,
        });
    }

    /// <summary>The lifetimes of JWT-SVIDs that it grants.</summary>
    /// <param name="service">Those of the service, which it narrows. What it says of certificates bounds tokens too: they prove the same.</param>
    /// <param name="longest">The longest that the key signs.</param>
    public LifetimePolicy TokenLifetimes(LifetimePolicy service, TimeSpan longest)
    {
        var max = Shorter(Shorter(service.Max, longest), Shorter(Lifetimes.Max, _tokens?.MaxLifetime ?? Lifetimes.Max));
        return service with { Max = max, Default = Shorter(_tokens?.DefaultLifetime ?? service.Default, max) };
    }

    /// <summary>The rule that takes everybody, and grants what the service grants without a policy.</summary>
    public static IssuanceRule ForEverybody(string name, IssuanceAction action, LifetimePolicy lifetimes) =>
        new(name, 0, action, new WrittenCallers(), new WrittenGrant(), lifetimes);

    /// <summary>Whether a caller is matched.</summary>
    /// <param name="caller">The caller.</param>
    /// <param name="attribute">What decided: the first attribute that does not match, or one that is not known.</param>
    public RuleAnswer Match(in CallerAttributes caller, out CallerAttribute attribute)
    {
        // First what is known: a rule that fails on it needs nothing that is not.
        attribute = !MatchesAny(_clusters, caller.Cluster) ? CallerAttribute.Cluster
            : !MatchesAny(_namespaces, caller.Namespace) ? CallerAttribute.Namespace
            : !MatchesAny(_serviceAccounts, caller.ServiceAccount) ? CallerAttribute.ServiceAccount
            : caller.IsIssuerKnown && !MatchesAny(_issuers, caller.Issuer) ? CallerAttribute.Issuer
            : caller.PodLabels is { } labels && !MatchesAll(labels) ? CallerAttribute.PodLabels
            : CallerAttribute.None;
        if (attribute != CallerAttribute.None)
        {
            return RuleAnswer.No;
        }

        attribute = !caller.IsIssuerKnown && _issuers.Length > 0 ? CallerAttribute.Issuer
            : caller.PodLabels is null && _podLabels.Length > 0 ? CallerAttribute.PodLabels
            : CallerAttribute.None;
        return attribute == CallerAttribute.None ? RuleAnswer.Yes : RuleAnswer.Unknown;
    }

    /// <summary>Whether keys of an algorithm are certified.</summary>
    public bool Allows(KeyAlgorithm key) => (_keys & Bit(key)) != 0;

    /// <summary>Whether a caller's certificate may have a DNS name.</summary>
    /// <param name="name">A DNS name.</param>
    /// <param name="caller">The caller.</param>
    public bool Permits(ReadOnlySpan<char> name, in CallerAttributes caller)
    {
        foreach (var pattern in _dnsNames)
        {
            if (pattern.Matches(name, caller.Namespace, caller.ServiceAccount))
            {
                return true;
            }
        }

        return false;
    }

    private static bool MatchesAny(TextPattern[] patterns, ReadOnlySpan<char> value)
    {
        foreach (var pattern in patterns)
        {
            // An attribute that is not there is matched by nothing, not even by `*`.
            if (!value.IsEmpty && pattern.Matches(value))
            {
                return true;
            }
        }

        return patterns.Length == 0;
    }

    private bool MatchesAll(IReadOnlyDictionary<string, string> labels)
    {
        foreach (var (name, pattern) in _podLabels)
        {
            if (!labels.TryGetValue(name, out var value) || !pattern.Matches(value))
            {
                return false;
            }
        }

        return true;
    }

    private static KeyAlgorithm AlgorithmOf(IssuableKey key) => key switch
    {
        IssuableKey.EcdsaP256 => KeyAlgorithm.EcdsaP256,
        IssuableKey.EcdsaP384 => KeyAlgorithm.EcdsaP384,
        IssuableKey.Rsa => KeyAlgorithm.Rsa,
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    private static TimeSpan Shorter(TimeSpan left, TimeSpan right) => left < right ? left : right;

    private static int Bit(KeyAlgorithm key) => 1 << (int)key;
}

/// <summary>Whether a rule matches a caller.</summary>
internal enum RuleAnswer
{
    /// <summary>It does not: the next rule is asked.</summary>
    No,

    /// <summary>It does, and decides.</summary>
    Yes,

    /// <summary>Nobody can tell, so nothing is issued.</summary>
    Unknown,
}
