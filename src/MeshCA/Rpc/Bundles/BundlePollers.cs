using System.Net;
using System.Net.Sockets;
using MeshCA.Consumers;
using MeshCA.Cryptography;
using MeshCA.Issuance;
using MeshCA.Registration;
using SpiffeIdentity.Svids;

namespace MeshCA.Rpc.Bundles;

/// <summary>Counts pollers of the bundle that show a certificate: one has put a bundle to use when it comes back with its tag.</summary>
/// <remarks>
/// One that never shows a tag says nothing of what it has, and counts by its leaves as before. A certificate proves an identity
/// here and nothing more is given for it, so the rules of renewal do not apply.
/// </remarks>
internal sealed class BundlePollers(
    PermittedTrustDomains trustDomains, IIssuanceJournal journal, ConsumerRegistry registry, TimeProvider clock)
{
    /// <summary>Notes a poll.</summary>
    /// <param name="certificate">The client certificate that the handshake accepted.</param>
    /// <param name="address">Where it came from.</param>
    /// <param name="sequence">The bundle that it has.</param>
    /// <param name="cancellationToken">Ends the search for its pod.</param>
    public async ValueTask NoteAsync(
        ReadOnlyMemory<byte> certificate, IPAddress? address, long sequence, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();

        // A connection may outlive the certificate that opened it; the last second is within.
        if (!X509Svid.TryParse([certificate], out var leaf, out _)
            || !trustDomains.Contains(leaf.Id.TrustDomain)
            || now < leaf.NotBefore
            || now >= leaf.NotAfter.AddSeconds(1))
        {
            return;
        }

        var (pod, peer) = (await FindPodAsync(leaf, cancellationToken), AddressOf(address));
        _ = registry.TryReport(new()
        {
            Kind = ConsumerKind.Poller,
            Identity = leaf.Id.ToString(),
            Instance = pod ?? peer,
            PodUid = pod,
            Peer = peer,
            Sequence = sequence,
            LastSeen = now,
        });
    }

    // As the gRPC layer writes peers.
    internal static string AddressOf(IPAddress? address)
    {
        if (address is null)
        {
            return "unknown";
        }

        var plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        return plain.AddressFamily == AddressFamily.InterNetwork ? $"ipv4:{plain}" : $"ipv6:[{plain}]";
    }

    // Without it the poller counts all the same, but the leaves of its pod count beside it.
    private async ValueTask<string?> FindPodAsync(X509Svid leaf, CancellationToken cancellationToken)
    {
        try
        {
            return SerialNumber.TryRead(leaf.SerialNumber.Span, out var serial)
                && await journal.FindLastTokenAsync(serial, leaf.NotBefore, cancellationToken) is { PodUid.Length: > 0 } token
                && token.Certificate.Equals(Fingerprint.Of(leaf.Certificates[0].Span))
                    ? token.PodUid
                    : null;
        }
        catch (JournalUnavailableException)
        {
            return null;
        }
    }
}
