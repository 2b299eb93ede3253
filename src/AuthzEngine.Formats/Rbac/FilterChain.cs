using AuthzEngine.Requests;
using MeshCA.Wire.Envoy.Rbac.V3;

namespace AuthzEngine.Formats.Rbac;

/// <summary>Collects the filters of one protocol, in order.</summary>
internal sealed class FilterChain(RequestProtocol protocol, RbacExportOptions options)
{
    private readonly List<RbacFilter> _filters = [];

    public IReadOnlyList<RbacFilter> Filters => _filters;

    /// <summary>Adds a filter; none where it would do nothing.</summary>
    /// <param name="rules">What is enforced; null: nothing.</param>
    /// <param name="shadow">What is only reported; null: nothing.</param>
    /// <param name="shadowPrefix">What the names of its reports start with.</param>
    public void Add(RBAC? rules, RBAC? shadow = null, string shadowPrefix = "")
    {
        if (rules is null && shadow is null)
        {
            return;
        }

        var prefix = shadow is null ? "" : shadowPrefix;
        _filters.Add(protocol == RequestProtocol.Http
            ? new(
                "envoy.filters.http.rbac",
                new MeshCA.Wire.Envoy.HttpRbac.V3.RBAC { Rules = rules, ShadowRules = shadow, ShadowRulesStatPrefix = prefix })
            : new(
                "envoy.filters.network.rbac",
                new MeshCA.Wire.Envoy.NetworkRbac.V3.RBAC
                {
                    Rules = rules,
                    ShadowRules = shadow,
                    ShadowRulesStatPrefix = prefix,
                    StatPrefix = options.NetworkStatPrefix,
                }));
    }
}
