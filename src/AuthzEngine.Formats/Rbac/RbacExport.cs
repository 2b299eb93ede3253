using AuthzEngine.Compilation;
using AuthzEngine.Policies;
using AuthzEngine.Requests;
using MeshCA.Wire.Envoy.Rbac.V3;

namespace AuthzEngine.Formats.Rbac;

/// <summary>
/// Renders what applies to a workload as configuration of Envoy's RBAC filters, so that proxies enforce it themselves.
/// </summary>
/// <remarks>
/// The filters and their order are Istio's, authorization-policy §2.1: CUSTOM as shadow rules for the filter that asks,
/// then AUDIT, DENY, ALLOW, each with its dry runs as shadow rules (§2.4). In front of them stands what Istio has no RBAC
/// for: what is denied because a resource is invalid, and plaintext where mTLS is STRICT.
/// </remarks>
public sealed class RbacExport
{
    private const string CustomPrefix = "istio_ext_authz_";

    private readonly RbacSource _source;
    private readonly RequestProtocol _protocol;
    private readonly RbacNotes _notes = new();
    private readonly RuleExport _rules;
    private readonly FilterChain _chain;
    private readonly RbacExportOptions _options;

    private RbacExport(RbacSource source, RequestProtocol protocol, RbacExportOptions options)
    {
        (_source, _protocol, _options) = (source, protocol, options);
        _rules = new RuleExport(options, _notes);
        _chain = new FilterChain(protocol, options);
    }

    /// <summary>Renders the filters of one protocol.</summary>
    /// <param name="source">What applies to the workload.</param>
    /// <param name="protocol">Whether the port is HTTP.</param>
    /// <param name="options">What the proxies are; null: sidecars as Istio's.</param>
    /// <returns>The filters, and what they leave to other configuration.</returns>
    public static RbacConfiguration ToEnvoyRbac(RbacSource source, RequestProtocol protocol, RbacExportOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(source);
        var export = new RbacExport(source, protocol, options ?? new());
        export.AddInvalidResources();
        export.AddStrictPorts();
        export.AddCustom();
        export.AddTokens();
        export._chain.Add(export.Merged(PolicyAction.Audit, dryRun: false));
        export.AddDecisive(PolicyAction.Deny, "istio_dry_run_deny_");
        export.AddDecisive(PolicyAction.Allow, "istio_dry_run_allow_");
        return new(protocol, export._chain.Filters, export._notes.All);
    }

    // Fail closed: what its author wanted to forbid is not known.
    private void AddInvalidResources()
    {
        if (_source.Quarantined.Count == 0)
        {
            return;
        }

        var policies = new PolicyTable();
        foreach (var name in _source.Quarantined.Select(resource => resource.Id?.ToString() ?? $"{resource.Namespace}/?"))
        {
            _notes.AddInvalid(name);
            policies.Add($"meshca-invalid-resource[{name}]", RuleExport.Always);
        }

        _chain.Add(policies.For(PolicyAction.Deny));
    }

    private void AddStrictPorts()
    {
        var strict = StrictPorts.Of(_source.MutualTls);
        if (strict is null)
        {
            return;
        }

        _notes.AddStrict(_options.DenyPlaintextWhereStrict);
        if (_options.DenyPlaintextWhereStrict)
        {
            var policies = new PolicyTable();
            policies.Add("meshca-peer-authentication-strict", _rules.WithoutIdentity(strict));
            _chain.Add(policies.For(PolicyAction.Deny));
        }
    }

    // Before tokens are verified, authorization-policy §2.1.
    private void AddCustom()
    {
        foreach (var group in CustomProviders.Of(_source, _protocol))
        {
            if (group.IsMisconfigured)
            {
                _chain.Add(Merged(PolicyAction.Custom, group.Policies, RuleNames.Misconfigured));
                continue;
            }

            _chain.Add(null, Merged(PolicyAction.Custom, group.Policies, identity => identity), CustomPrefix);
            _notes.AddProvider(group.Provider, _protocol);
        }
    }

    private void AddTokens()
    {
        if (_protocol == RequestProtocol.Http && _source.JwtRules.Count > 0)
        {
            _notes.AddTokens();
        }
    }

    private void AddDecisive(PolicyAction action, string shadowPrefix) =>
        _chain.Add(Merged(action, dryRun: false), Merged(action, dryRun: true), shadowPrefix);

    // Null without a policy. ALLOW without rules is there all the same, and denies everything (§2.2).
    private RBAC? Merged(PolicyAction action, bool dryRun)
    {
        var policies = _source.Policies.Where(policy => policy.Source.Action == action && policy.DryRun == dryRun).ToList();
        return policies.Count == 0 ? null : Merged(action, policies, identity => identity);
    }

    private RBAC Merged(PolicyAction action, IReadOnlyList<PolicyModel> models, Func<RuleIdentity, RuleIdentity> rename)
    {
        var policies = new PolicyTable();
        foreach (var model in models)
        {
            if (model.Source.Rules.Count == 0)
            {
                policies.Add(rename(RuleNames.Of(model.Source, 0)).Id, RuleExport.Never);
            }

            foreach (var rule in _protocol == RequestProtocol.Http ? model.HttpRules : model.TcpRules)
            {
                policies.Add(rename(rule.Identity).Id, _rules.Of(rule));
            }
        }

        return policies.For(action);
    }
}
