using AuthzEngine.Compilation;
using AuthzEngine.Policies;
using MeshCA.Wire.Envoy.Rbac.V3;

namespace AuthzEngine.Formats.Rbac;

/// <summary>The ports that take mTLS only, as permissions.</summary>
internal static class StrictPorts
{
    /// <summary>Writes them.</summary>
    /// <returns>One permission for all of them; null where there is none.</returns>
    public static Permission? Of(EffectiveMutualTls modes)
    {
        var strictByDefault = modes.Workload.Mode == MutualTlsMode.Strict;
        var others = modes.Ports
            .Where(port => (port.Value.Mode == MutualTlsMode.Strict) != strictByDefault)
            .Select(port => new Permission { DestinationPort = (uint)port.Key })
            .OrderBy(permission => permission.DestinationPort)
            .ToList();
        if (others.Count == 0)
        {
            return strictByDefault ? PermissionExport.Anything : null;
        }

        var any = new Permission { OrRules = new() { Rules = { others } } };
        return strictByDefault ? new() { NotRule = any } : any;
    }
}
