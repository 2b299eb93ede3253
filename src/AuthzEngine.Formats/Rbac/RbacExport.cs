using AuthzEngine.Evaluation;
using AuthzEngine.Policies;
using AuthzEngine.Requests;

namespace AuthzEngine.Formats.Rbac;

/// <summary>
/// Renders what applies to a workload as configuration of Envoy's RBAC filters, so that proxies enforce it themselves.
/// </summary>
/// <remarks>
/// The filters and their order are Istio's, authorization-policy §2.1: CUSTOM as shadow rules for the filter that asks,
/// then AUDIT, DENY, ALLOW, each with its dry runs as shadow rules (§2.4). In front of them stands what Istio has no RBAC
/// for: what is denied because a resource is invalid, and plaintext where mTLS is STRICT.
/// </remarks>
public static class RbacExport
{
    /// <summary>Renders the filters of one protocol.</summary>
    /// <param name="policies">What applies to the workload.</param>
    /// <param name="protocol">Whether the port is HTTP.</param>
    /// <param name="options">What the proxies are; null: sidecars as Istio's.</param>
    /// <returns>The filters, and what they leave to other configuration.</returns>
    public static RbacConfiguration ToEnvoyRbac(
        this WorkloadPolicies policies, RequestProtocol protocol, RbacExportOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(policies);
        var stages = new StageExport(protocol, options ?? new());
        stages.AddInvalidResources(policies.IsQuarantined);
        stages.AddStrictPorts(policies.MutualTls);
        var models = protocol == RequestProtocol.Http ? policies.HttpModels : policies.TcpModels;
        foreach (var provider in models.Custom)
        {
            stages.AddCustom(provider);
        }

        stages.AddTokens(policies.JwtRules);
        stages.Add(PolicyAction.Audit, models.Audit);
        stages.Add(PolicyAction.Deny, models.Deny, models.DryRunDeny, "istio_dry_run_deny_");
        stages.Add(PolicyAction.Allow, models.Allow, models.DryRunAllow, "istio_dry_run_allow_");
        return stages.Finish();
    }
}
