using AuthzEngine.Compilation;
using AuthzEngine.Evaluation;
using AuthzEngine.Policies;
using AuthzEngine.Requests;
using MeshCA.Wire.Envoy.Rbac.V3;

namespace AuthzEngine.Formats.Rbac;

/// <summary>Writes the stages of one workload and protocol as filters, one after the other.</summary>
internal sealed class StageExport
{
    private readonly RequestProtocol _protocol;
    private readonly RbacExportOptions _options;
    private readonly RbacNotes _notes = new();
    private readonly RbacFilters _filters;
    private readonly RuleExport _rules;

    public StageExport(RequestProtocol protocol, RbacExportOptions options)
    {
        (_protocol, _options) = (protocol, options);
        _filters = new RbacFilters(protocol, options);
        _rules = new RuleExport(options, _notes);
    }

    /// <summary>Denies everything where nobody knows what was to be forbidden.</summary>
    public void AddInvalidResources(bool any)
    {
        if (any)
        {
            _notes.AddInvalid();
            AddDenial("meshca-invalid-resource", RuleExport.Always);
        }
    }

    /// <summary>Denies peers without identity where mTLS is STRICT.</summary>
    public void AddStrictPorts(EffectiveMutualTls modes)
    {
        if (StrictPorts.Of(modes) is not { } ports)
        {
            return;
        }

        _notes.AddStrict(_options.DenyPlaintextWhereStrict);
        if (_options.DenyPlaintextWhereStrict)
        {
            AddDenial("meshca-peer-authentication-strict", _rules.WithoutIdentity(ports));
        }
    }

    /// <summary>Reports what a provider is to be asked about; denies it where the provider cannot be asked.</summary>
    public void AddCustom(CustomModels models)
    {
        if (models.Misconfigured)
        {
            _filters.Add(Rules(PolicyAction.Custom, models.Rules.Select(rule =>
                rule with { Identity = RuleNames.Misconfigured(rule.Identity) })));
            return;
        }

        _filters.Add(null, Rules(PolicyAction.Custom, models.Rules), "istio_ext_authz_");
        _notes.AddProvider(models.Provider, _protocol);
    }

    /// <summary>Says where tokens must be verified: after CUSTOM, before all that follows (authorization-policy §2.1).</summary>
    public void AddTokens(IReadOnlyList<JwtRule> rules)
    {
        if (_protocol == RequestProtocol.Http && rules.Count > 0)
        {
            _notes.AddTokens();
        }
    }

    /// <summary>Adds a stage; its dry runs only report.</summary>
    public void Add(PolicyAction action, GroupModels enforced, GroupModels? dryRun = null, string dryRunPrefix = "") =>
        _filters.Add(Rules(action, enforced), dryRun is null ? null : Rules(action, dryRun), dryRunPrefix);

    /// <summary>The whole export.</summary>
    public RbacConfiguration Finish() => new(_protocol, _filters.All, _notes.All);

    // Null without a policy. ALLOW of which no rule is left is there all the same, and denies everything (§2.2).
    private RBAC? Rules(PolicyAction action, GroupModels group) =>
        group.HasPolicies ? Rules(action, group.Rules, group.WithoutRules) : null;

    private RBAC Rules(PolicyAction action, IEnumerable<RuleModel> rules, IReadOnlyList<RuleIdentity>? withoutRules = null)
    {
        var policies = new PolicyTable();
        foreach (var identity in withoutRules ?? [])
        {
            policies.Add(identity.Id, RuleExport.Never);
        }

        foreach (var rule in rules)
        {
            policies.Add(rule.Identity.Id, _rules.Of(rule));
        }

        return policies.For(action);
    }

    private void AddDenial(string id, Policy policy)
    {
        var policies = new PolicyTable();
        policies.Add(id, policy);
        _filters.Add(policies.For(PolicyAction.Deny));
    }
}
