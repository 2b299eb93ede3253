using System.Text;
using MeshCA.Authorities;
using SpiffeIdentity.Bundles;

namespace MeshCA.Rpc.Bundles;

/// <summary>The trust bundle in the forms it is handed out in, each with its tag; made once, and replaced with the bundle.</summary>
internal sealed class PublishedBundle
{
    /// <summary>The longest hint.</summary>
    public static readonly TimeSpan LongestRefreshHint = TimeSpan.FromMinutes(5);

    // Polls that fit into the time that a new root is published before it signs: one or two may fail.
    private const int PollsPerOverlap = 5;
    private static readonly TimeSpan ShortestRefreshHint = TimeSpan.FromSeconds(1);

    /// <summary>Makes the forms of a snapshot's bundle.</summary>
    public PublishedBundle(AuthoritySnapshot snapshot, TimeSpan refreshHint)
    {
        Snapshot = snapshot;
        RefreshHint = refreshHint;
        Pem = new("application/x-pem-file", Encoding.UTF8.GetBytes(snapshot.BundlePem), snapshot.BundleSequence);
        SpiffeJson = new(
            "application/json",
            SpiffeBundleWriter.Write(new TrustBundle(snapshot.Bundle, snapshot.BundleSequence, RefreshHint) { Jwt = snapshot.Jwt.BundleOf(snapshot.TrustDomain) }),
            snapshot.BundleSequence);
    }

    /// <summary>How often readers look again (Trust_Domain_and_Bundle §4.1.3), whole seconds.</summary>
    public TimeSpan RefreshHint { get; }

    /// <summary>Whose bundle it is.</summary>
    public AuthoritySnapshot Snapshot { get; }

    /// <summary>Concatenated PEM certificates.</summary>
    public BundleDocument Pem { get; }

    /// <summary>The SPIFFE bundle document.</summary>
    public BundleDocument SpiffeJson { get; }

    /// <summary>How often readers must look, so that a new root reaches them before it signs (spiffe §8 item 4).</summary>
    /// <param name="overlap">How long a new root is published before it signs.</param>
    public static TimeSpan RefreshHintFor(TimeSpan overlap)
    {
        var hint = TimeSpan.FromSeconds(Math.Floor(overlap.TotalSeconds / PollsPerOverlap));
        return hint < ShortestRefreshHint ? ShortestRefreshHint : hint > LongestRefreshHint ? LongestRefreshHint : hint;
    }

    /// <summary>Whether a stream that has sent one need not send the other: snapshots change more often than bundles.</summary>
    public bool SaysTheSameAs(PublishedBundle other) =>
        SpiffeJson.Tag.Equals(other.SpiffeJson.Tag) && Snapshot.TaintedKeys.SequenceEqual(other.Snapshot.TaintedKeys);
}
