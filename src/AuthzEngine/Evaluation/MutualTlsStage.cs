using AuthzEngine.Compilation;
using AuthzEngine.Policies;
using AuthzEngine.Requests;

namespace AuthzEngine.Evaluation;

/// <summary>What PeerAuthentication makes of a connection before any policy sees it; authorization-policy §7.1.</summary>
internal sealed class MutualTlsStage
{
    private readonly Dictionary<PortMutualTls, RuleIdentity?> _rules;
    private readonly PortMutualTls? _strict;
    private readonly bool _someDisabled;
    private readonly bool _allDisabled;

    public MutualTlsStage(EffectiveMutualTls modes)
    {
        Modes = modes;
        PortMutualTls[] all = [modes.Workload, .. modes.Ports.Values];
        _rules = all.Distinct().ToDictionary(mode => mode, Rule);
        _strict = Array.Find(all, mode => mode.Mode == MutualTlsMode.Strict);
        _someDisabled = Array.Exists(all, mode => mode.Mode == MutualTlsMode.Disable);
        _allDisabled = Array.TrueForAll(all, mode => mode.Mode == MutualTlsMode.Disable);
    }

    public EffectiveMutualTls Modes { get; }

    public AttributeKinds Reads =>
        (_strict is null ? AttributeKinds.None : AttributeKinds.SourcePrincipal)
        | (Modes.Ports.Count == 0 ? AttributeKinds.None : AttributeKinds.DestinationPort);

    /// <summary>Refuses plaintext where the mode is STRICT, and takes the identity away where it is DISABLE.</summary>
    public MutualTlsOutcome Apply(ref RequestView view)
    {
        if (PortIsUnknown(view.Unknown))
        {
            return ApplyAll(ref view);
        }

        var mode = Modes.At(view.Request.DestinationPort);
        if (mode.Mode == MutualTlsMode.Disable)
        {
            TakeIdentity(ref view);
        }

        return mode.Mode == MutualTlsMode.Strict && string.IsNullOrEmpty(view.Peer)
            ? new(Refused: true, _rules[mode], view.Unknown & AttributeKinds.SourcePrincipal)
            : default;
    }

    /// <summary>Blames an identity that was only uncertain because the port is unknown on the port.</summary>
    public static Decision Attribute(Decision decision, in RequestAttributes request)
    {
        var blamed = decision.Assumed & AttributeKinds.SourcePrincipal & ~request.Unsupplied;
        return blamed == AttributeKinds.None
            ? decision
            : decision with { Assumed = (decision.Assumed & ~blamed) | AttributeKinds.DestinationPort };
    }

    private bool PortIsUnknown(AttributeKinds unknown) =>
        Modes.Ports.Count > 0 && (unknown & AttributeKinds.DestinationPort) != 0;

    // The port may be any of them: plaintext is refused if one is STRICT, the identity counts for certain if none is DISABLE.
    private MutualTlsOutcome ApplyAll(ref RequestView view)
    {
        if (_strict is not null && string.IsNullOrEmpty(view.Peer))
        {
            var kinds = view.Unknown & AttributeKinds.SourcePrincipal;
            return new(Refused: true, _rules[_strict], kinds | AttributeKinds.DestinationPort);
        }

        if (_allDisabled)
        {
            TakeIdentity(ref view);
        }
        else if (_someDisabled && view.Peer is not null)
        {
            view.Unknown |= AttributeKinds.SourcePrincipal;
        }

        return default;
    }

    private static void TakeIdentity(ref RequestView view)
    {
        view.Peer = null;
        view.Unknown &= ~AttributeKinds.SourcePrincipal;
    }

    private static RuleIdentity? Rule(PortMutualTls mode) =>
        mode.Policy is { } policy ? new(policy.ToString(), policy, -1, PolicyAction.Deny) : null;
}

/// <summary>What became of a connection.</summary>
/// <param name="Refused">Whether it is plaintext that the mode refuses.</param>
/// <param name="Rule">The PeerAuthentication that says so.</param>
/// <param name="Assumed">What had to be assumed for that.</param>
internal readonly record struct MutualTlsOutcome(bool Refused, RuleIdentity? Rule, AttributeKinds Assumed);
