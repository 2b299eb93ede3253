using AuthzEngine.Compilation;
using MeshCA.Wire.Envoy.Rbac.V3;

namespace AuthzEngine.Formats.Rbac;

/// <summary>Writes a rule as a policy of Envoy: principals are its <c>from</c>, permissions its <c>to</c>.</summary>
internal sealed class RuleExport(RbacExportOptions options, RbacNotes notes)
{
    private readonly PrincipalExport _principals = new(options, notes);
    private readonly PermissionExport _permissions = new(options, notes);

    /// <summary>What Istio writes for a policy without rules, so that it shows in a dump: it matches nothing.</summary>
    public static Policy Never => new()
    {
        Permissions = { new Permission { NotRule = PermissionExport.Anything } },
        Principals = { new Principal { NotId = PrincipalExport.Anyone } },
    };

    /// <summary>Matches everything.</summary>
    public static Policy Always => new() { Permissions = { PermissionExport.Anything }, Principals = { PrincipalExport.Anyone } };

    /// <summary>A conjunction of alternatives, each of which carries its half of the conditions.</summary>
    public Policy Of(RuleModel rule)
    {
        var conditions = rule.When.ToLookup(PermissionExport.Describes);
        return new Policy
        {
            Permissions = { Alternatives(rule.To).Select(clauses => _permissions.AllOf(clauses.Concat(conditions[true]))) },
            Principals = { Alternatives(rule.From).Select(clauses => _principals.AllOf(clauses.Concat(conditions[false]))) },
        };
    }

    /// <summary>Whoever has no identity, at some ports.</summary>
    public Policy WithoutIdentity(Permission ports) => new()
    {
        Permissions = { ports },
        Principals = { new Principal { NotId = _principals.Peer(StringMatchers.OfExpression(".+")) } },
    };

    private static IEnumerable<IEnumerable<Clause>> Alternatives(IReadOnlyList<IReadOnlyList<Clause>> alternatives) =>
        alternatives.Count == 0 ? [[]] : alternatives;
}
