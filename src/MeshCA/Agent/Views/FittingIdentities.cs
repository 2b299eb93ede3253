using System.Collections.Immutable;
using System.Text;

namespace MeshCA.Agent.Views;

/// <summary>The identities of a caller that fit into one message of the Workload API.</summary>
/// <remarks>
/// A client takes messages of 4 MiB and refuses a larger one whole. So the caller's own identities have a share, before bundles of other
/// trust domains and whatever those publish. The first ones fit, in the order of the entries, and none behind one that does not; a caller gets
/// the others by their names, as secrets or tokens. Each counts in whole slots of <see cref="Slot"/> bytes, and one for an entry that has no
/// SVID now, so that a renewal, a second root, an expiry or the agent's start seldom moves the end: an identity that came and went with them
/// would be worse than one that is never there.
/// </remarks>
/// <param name="Taken">Those that fit, the default first; at least one where there is any.</param>
/// <param name="LeftOut">The others, in their order.</param>
/// <param name="Room">Bytes left for X.509 bundles of other trust domains.</param>
internal sealed record FittingIdentities(ImmutableArray<ViewedIdentity> Taken, ImmutableArray<ViewedIdentity> LeftOut, int Room)
{
    /// <summary>How many fit where each has the usual size: a chain of two certificates, a key, and some roots.</summary>
    public const int Usual = 624;

    /// <summary>Bytes by which they are counted.</summary>
    public const int Slot = 4 * 1024;

    private const int Most = Usual * Slot;

    // Bundles of other trust domains keep that much however many identities there are. With it, and 1 MiB of revocation lists, 64 KiB stay free.
    private const int LeastForBundles = 512 * 1024;

    // Tags and lengths of the fields.
    private const int Around = 64;

    /// <summary>Finds them; once for a view.</summary>
    public static FittingIdentities Of(WorkloadView view) => view.Once("", Fit);

    private static FittingIdentities Fit(WorkloadView view)
    {
        var bundle = view.Bundle?.X509.Authorities.Sum(authority => authority.Length) ?? 0;
        var (count, size) = (0, 0L);
        foreach (var entry in view.Selection.Entries)
        {
            var identity = count < view.Identities.Length && ReferenceEquals(view.Identities[count].Entry, entry) ? view.Identities[count] : null;
            var next = identity is null ? Slot : InSlots(SizeOf(identity) + bundle);
            if (size + next > Most)
            {
                break;
            }

            (count, size) = (identity is null ? count : count + 1, size + next);
        }

        if (count == 0 && view.Identities is [var first, ..])
        {
            (count, size) = (1, size + InSlots(SizeOf(first) + bundle));
        }

        return new(
            view.Identities[..count],
            view.Identities[count..],
            (int)Math.Clamp(Most + LeastForBundles - size, 0, FittingBundles.MaxX509));
    }

    private static int InSlots(int size) => (size + Slot - 1) / Slot * Slot;

    private static int SizeOf(ViewedIdentity identity) =>
        identity.Id.ToString().Length
        + identity.Held.Svid.Certificates.Sum(certificate => certificate.Length)
        + identity.Held.PrivateKey.Length
        + Encoding.UTF8.GetByteCount(identity.Entry.Hint)
        + Around;
}
