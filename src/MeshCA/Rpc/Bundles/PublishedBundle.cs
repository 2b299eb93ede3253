using System.Text;
using MeshCA.Authorities;
using SpiffeIdentity.Bundles;

namespace MeshCA.Rpc.Bundles;

/// <summary>The trust bundle in the forms it is handed out in, each with its tag; made once, and replaced with the bundle.</summary>
internal sealed class PublishedBundle
{
    /// <summary>How often readers look again (Trust_Domain_and_Bundle §4.1.3).</summary>
    public static readonly TimeSpan RefreshHint = TimeSpan.FromMinutes(5);

    /// <summary>Makes the forms of a snapshot's bundle.</summary>
    public PublishedBundle(AuthoritySnapshot snapshot)
    {
        Snapshot = snapshot;
        Pem = new("application/x-pem-file", Encoding.UTF8.GetBytes(snapshot.BundlePem), snapshot.BundleSequence);
        SpiffeJson = new(
            "application/json",
            SpiffeBundleWriter.Write(new TrustBundle(snapshot.Bundle, snapshot.BundleSequence, RefreshHint) { Jwt = snapshot.Jwt.BundleOf(snapshot.TrustDomain) }),
            snapshot.BundleSequence);
    }

    /// <summary>Whose bundle it is.</summary>
    public AuthoritySnapshot Snapshot { get; }

    /// <summary>Concatenated PEM certificates.</summary>
    public BundleDocument Pem { get; }

    /// <summary>The SPIFFE bundle document.</summary>
    public BundleDocument SpiffeJson { get; }

    /// <summary>Whether a stream that has sent one need not send the other: snapshots change more often than bundles.</summary>
    public bool SaysTheSameAs(PublishedBundle other) =>
        SpiffeJson.Tag.Equals(other.SpiffeJson.Tag) && Snapshot.TaintedKeys.SequenceEqual(other.Snapshot.TaintedKeys);
}
