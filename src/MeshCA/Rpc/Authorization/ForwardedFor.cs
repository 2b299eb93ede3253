using AuthzEngine.Requests;

namespace MeshCA.Rpc.Authorization;

/// <summary>Reads the address of the original client from <c>x-forwarded-for</c>, as Envoy does.</summary>
internal static class ForwardedFor
{
    /// <summary>Finds the address.</summary>
    /// <param name="list">The header as the filter saw it, its lines joined; untrusted but for its end.</param>
    /// <param name="trustedHops">Entries at its end that trusted proxies wrote before the one that counts.</param>
    /// <param name="address">The address, or the absent one.</param>
    /// <returns>Whether there is an address there; otherwise Envoy keeps the direct peer's.</returns>
    public static bool TryRead(string list, int trustedHops, out IpAddress address)
    {
        var rest = list.AsSpan();
        for (var hop = 0; hop < trustedHops; hop++)
        {
            var comma = rest.LastIndexOf(',');
            if (comma < 0)
            {
                address = default;
                return false;
            }

            rest = rest[..comma];
        }

        return IpAddress.TryParse(rest[(rest.LastIndexOf(',') + 1)..].Trim(), out address);
    }
}
