using AuthzEngine.Matching;
using MeshCA.Wire.Envoy.Core.V3;

namespace AuthzEngine.Formats.Rbac;

/// <summary>Writes blocks of addresses; host bits stay as written, and Envoy ignores them.</summary>
internal static class CidrRanges
{
    public static CidrRange Of(CidrBlock block) =>
        new() { AddressPrefix = block.Address.ToString(), PrefixLen = (uint)block.PrefixLength };
}
