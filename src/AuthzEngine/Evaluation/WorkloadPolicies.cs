using AuthzEngine.Compilation;
using AuthzEngine.Policies;
using AuthzEngine.Requests;
using AuthzEngine.Tokens;

namespace AuthzEngine.Evaluation;

/// <summary>All that applies to one workload, ready to decide. Immutable; any number of threads may use it.</summary>
public sealed class WorkloadPolicies
{
    private readonly RuleIdentity?[] _quarantined;
    private readonly MutualTlsStage _mutualTls;
    private readonly IReadOnlyList<CompiledPolicy> _policies;
    private readonly SpaceDelimitedClaims? _delimited;
    private readonly FilterChain _http;
    private readonly FilterChain _tcp;

    internal WorkloadPolicies(
        IReadOnlyList<PolicyLayer> layers,
        IReadOnlyList<CompiledPolicy> policies,
        IReadOnlyList<JwtRule> jwtRules,
        EffectiveMutualTls mutualTls,
        IEnumerable<RuleIdentity?> quarantined,
        bool multipleProviders)
    {
        _quarantined = [.. quarantined];
        _mutualTls = new MutualTlsStage(mutualTls);
        _policies = policies;
        JwtRules = jwtRules;
        Tokens = TokenRules.Of(jwtRules);
        _delimited = SpaceDelimitedClaims.Of(jwtRules);
        _http = FilterChain.Of([.. layers.Select(layer => layer.Http)], policies, multipleProviders, RequestProtocol.Http);
        _tcp = FilterChain.Of([.. layers.Select(layer => layer.Tcp)], policies, multipleProviders, RequestProtocol.Tcp);
        Reads = _http.Reads | _tcp.Reads | _mutualTls.Reads;
    }

    /// <summary>The attributes that something reads: those that a caller needs to supply, and a log to keep.</summary>
    public AttributeKinds Reads { get; }

    /// <summary>Rules of the RequestAuthentications that apply, by issuer; authorization-policy §7.2.</summary>
    public IReadOnlyList<JwtRule> JwtRules { get; }

    /// <summary>The same rules, ready to judge tokens; null where there is none.</summary>
    public TokenRules? Tokens { get; }

    /// <summary>The rules for HTTP by stage, for export.</summary>
    public StageModels HttpModels => StageModels.Of(_http, _policies);

    /// <summary>The rules for TCP by stage, for export.</summary>
    public StageModels TcpModels => StageModels.Of(_tcp, _policies);

    /// <summary>Whether an invalid resource holds the workload shut, whatever else applies.</summary>
    public bool IsQuarantined => _quarantined.Length > 0;

    /// <summary>
    /// Whether the workload is a waypoint, some resource targets services, and the one that a request addresses is not known:
    /// what applies is then not all that may apply, and no decision is to be made from it.
    /// </summary>
    public bool HangsOnService { get; internal init; }

    /// <summary>The mutual TLS modes of all ports, for export.</summary>
    public EffectiveMutualTls MutualTls => _mutualTls.Modes;

    /// <summary>The mutual TLS mode in effect at a port, authorization-policy §7.1.</summary>
    /// <param name="port">Port of the workload; null when unknown.</param>
    /// <returns>The mode; never UNSET.</returns>
    public MutualTlsMode MutualTlsMode(int? port) => _mutualTls.Modes.At(port).Mode;

    /// <summary>Decides a request, authorization-policy §2.</summary>
    /// <param name="request">The request; untrusted.</param>
    /// <returns>The decision. Nothing is allocated for it, save where several providers are to be asked.</returns>
    public Decision Decide(in RequestAttributes request)
    {
        if (_quarantined.Length > 0)
        {
            return FilterChain.Denied(DecisionReason.InvalidResource, _quarantined[0]);
        }

        var view = View(in request, out var mutualTls);
        return mutualTls.Refused
            ? FilterChain.Denied(DecisionReason.PlaintextRefused, mutualTls.Rule) with { Assumed = mutualTls.Assumed }
            : MutualTlsStage.Attribute(ChainOf(in request).Decide(in view), in request);
    }

    /// <summary>Decides a request, and says what became of every rule.</summary>
    /// <param name="request">The request; untrusted.</param>
    /// <returns>The same decision as <see cref="Decide"/>, and the outcome of each clause. It holds values of the request.</returns>
    public Explanation Explain(in RequestAttributes request)
    {
        var view = View(in request, out _);
        var explainer = new Explainer(request.Protocol);
        var policies = new List<PolicyExplanation>(_policies.Count);
        foreach (var policy in _policies)
        {
            policies.Add(explainer.Explain(policy, in view));
        }

        return new(Decide(in request), _mutualTls.Modes.At(request.DestinationPort), policies);
    }

    private RequestView View(in RequestAttributes request, out MutualTlsOutcome mutualTls)
    {
        var view = new RequestView(in request) { Delimited = _delimited };
        mutualTls = _mutualTls.Apply(ref view);
        return view;
    }

    private FilterChain ChainOf(in RequestAttributes request) => request.Protocol == RequestProtocol.Http ? _http : _tcp;
}
