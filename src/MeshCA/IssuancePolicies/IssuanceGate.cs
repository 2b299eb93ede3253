using MeshCA.Csr;
using MeshCA.Issuance;
using MeshCA.Registration;

namespace MeshCA.IssuancePolicies;

/// <summary>Holds requests against the policy in force. A request costs one volatile read, a scan of the rules, and no allocation.</summary>
/// <param name="policy">The policy that is in force until another one is put in its place.</param>
/// <param name="rates">Counts certificates.</param>
/// <param name="podLabels">What is known of pods; null: nothing.</param>
internal sealed class IssuanceGate(IssuancePolicy policy, IssuanceRates rates, IPodLabels? podLabels)
{
    private volatile IssuancePolicy _policy = policy;

    /// <summary>The policy in force.</summary>
    public IssuancePolicy Policy => _policy;

    /// <summary>Puts another policy in force, for every request from now on.</summary>
    public void Replace(IssuancePolicy next) => _policy = next;

    /// <summary>Decides what a caller gets, but for the rate.</summary>
    /// <param name="request">The request.</param>
    public PolicyVerdict Judge(SvidRequest request)
    {
        var policy = _policy;
        var attributes = AttributesOf(policy, request.Caller);
        var match = policy.Match(attributes);
        var rule = match.Rule;
        return match.Unknown != CallerAttribute.None ? new(rule, RejectionReason.PolicyUndecided, $"`{NameOf(match.Unknown)}` is not known")
            : rule.IsDenial ? new(rule, RejectionReason.PolicyDenied)
            : !rule.Allows(request.PublicKey.Algorithm) ? new(rule, RejectionReason.KeyTypeDenied, request.PublicKey.Algorithm.ToString())
            : rule.PermitsDnsNames ? JudgeNames(rule, request.Names, attributes)
            : new(rule);
    }

    /// <summary>Decides whether a caller gets JWT-SVIDs. Rates count certificates, and keys are the service's own.</summary>
    /// <param name="caller">The caller.</param>
    public PolicyVerdict JudgeToken(CallerIdentity caller)
    {
        var policy = _policy;
        var match = policy.Match(AttributesOf(policy, caller));
        var rule = match.Rule;
        return match.Unknown != CallerAttribute.None ? new(rule, RejectionReason.PolicyUndecided, $"`{NameOf(match.Unknown)}` is not known")
            : rule.IsDenial ? new(rule, RejectionReason.PolicyDenied)
            : !rule.AllowsTokens ? new(rule, RejectionReason.PolicyDenied, "`jwtSvids.allow` is false")
            : new(rule);
    }

    /// <summary>Takes one certificate off the caller's allowance under a rule.</summary>
    public bool TryTake(IssuanceRule rule, CallerIdentity caller) => rates.TryTake(rule, caller.Id);

    /// <summary>Whether <see cref="TryTake"/> would succeed now.</summary>
    public bool WouldTake(IssuanceRule rule, CallerIdentity caller) => rates.WouldTake(rule, caller.Id);

    /// <summary>How each rule up to the one that decides answers for a caller.</summary>
    /// <param name="caller">The caller.</param>
    public IReadOnlyList<RuleStep> Trace(CallerIdentity caller)
    {
        var policy = _policy;
        var attributes = AttributesOf(policy, caller);
        var steps = new List<RuleStep>();
        foreach (var rule in policy.Rules)
        {
            var answer = rule.Match(attributes, out var attribute);
            steps.Add(new(rule, answer, attribute));
            if (answer != RuleAnswer.No)
            {
                break;
            }
        }

        return steps;
    }

    /// <summary>An attribute's name in the file; empty for none.</summary>
    public static string NameOf(CallerAttribute attribute) => attribute switch
    {
        CallerAttribute.None => "",
        CallerAttribute.Issuer => "issuers",
        CallerAttribute.Cluster => "clusters",
        CallerAttribute.Namespace => "namespaces",
        CallerAttribute.ServiceAccount => "serviceAccounts",
        CallerAttribute.PodLabels => "podLabels",
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    private CallerAttributes AttributesOf(IssuancePolicy policy, CallerIdentity caller) =>
        CallerAttributes.Of(caller, policy.ReadsPodLabels ? podLabels?.Find(caller) : null);

    // All or nothing: a certificate without a name that was asked for would fail later, and elsewhere.
    private static PolicyVerdict JudgeNames(IssuanceRule rule, RequestedNames requested, in CallerAttributes caller)
    {
        if (!requested.TryRead(out var names))
        {
            return new(rule, RejectionReason.DnsNameDenied, "the names asked for are malformed or too many");
        }

        foreach (var name in names)
        {
            if (!rule.Permits(name, caller))
            {
                return new(rule, RejectionReason.DnsNameDenied, name);
            }
        }

        return new(rule) { DnsNames = names };
    }
}

/// <summary>What the policy says of a request.</summary>
/// <param name="Rule">The rule that decided.</param>
/// <param name="Refusal">Why nothing is issued; null: the certificate may be.</param>
/// <param name="Detail">What of the request is refused; without secrets.</param>
internal readonly record struct PolicyVerdict(IssuanceRule Rule, RejectionReason? Refusal = null, string Detail = "")
{
    private readonly IReadOnlyList<string>? _dnsNames;

    /// <summary>The DNS names that the certificate gets beside the SPIFFE ID.</summary>
    public IReadOnlyList<string> DnsNames
    {
        get => _dnsNames ?? [];
        init => _dnsNames = value;
    }
}

/// <summary>How one rule answered for a caller.</summary>
/// <param name="Rule">The rule.</param>
/// <param name="Answer">Its answer.</param>
/// <param name="Attribute">The attribute that decided, where it is not a yes.</param>
internal sealed record RuleStep(IssuanceRule Rule, RuleAnswer Answer, CallerAttribute Attribute);
