using SpiffeIdentity.Json;

namespace SpiffeIdentity.Bundles;

/// <summary>Writes the bundles of several trust domains as one document (Trust_Domain_and_Bundle §5).</summary>
public static class BundleMapWriter
{
    /// <summary>Writes a map.</summary>
    /// <param name="bundles">The bundles; their refresh hints are left out, since readers ignore them.</param>
    /// <returns>UTF-8 JSON; the same bytes for the same bundles.</returns>
    public static byte[] Write(BundleSet bundles)
    {
        ArgumentNullException.ThrowIfNull(bundles);
        return StableJson.Write(json =>
        {
            json.WriteStartObject();
            json.WriteStartObject("trust_domains");
            foreach (var bundle in bundles)
            {
                json.WritePropertyName(bundle.TrustDomain.Name);
                SpiffeBundleWriter.Write(json, bundle with { RefreshHint = null });
            }

            json.WriteEndObject();
            json.WriteEndObject();
        });
    }
}
