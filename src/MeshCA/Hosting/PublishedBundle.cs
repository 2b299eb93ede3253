using System.Text;
using MeshCA.Authorities;
using SpiffeIdentity.Bundles;

namespace MeshCA.Hosting;

/// <summary>The trust bundle in the forms it is handed out in; the one place they are made (CLI, HTTP).</summary>
internal static class PublishedBundle
{
    // Trust_Domain_and_Bundle §4.1.3: how often readers look again.
    private static readonly TimeSpan RefreshHint = TimeSpan.FromMinutes(5);

    /// <summary>Concatenated PEM certificates.</summary>
    public static string ToPem(AuthoritySnapshot snapshot) => snapshot.BundlePem;

    /// <summary>The SPIFFE bundle document.</summary>
    public static string ToSpiffeJson(AuthoritySnapshot snapshot) => Encoding.UTF8.GetString(
        SpiffeBundleWriter.Write(new TrustBundle(snapshot.Bundle, snapshot.BundleSequence, RefreshHint)));
}
