using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography.X509Certificates;
using SpiffeIdentity.Svids;

namespace SpiffeIdentity.WorkloadApi.Tls;

/// <summary>Judges what TLS peers present, by the source's bundles of this moment and by an authorizer.</summary>
/// <param name="source">Gives the bundles, revocations and the time.</param>
/// <param name="authorizer">Which identities are let in.</param>
/// <param name="side">Which side of TLS the peers are.</param>
internal sealed class PeerJudge(X509Source source, SpiffeIdMatcher authorizer, TlsSide side)
{
    /// <summary>Judges a peer.</summary>
    /// <param name="certificate">Its leaf; null for none. Untrusted.</param>
    /// <param name="chain">What the platform gathered: the further certificates are in its extra store.</param>
    /// <param name="peer">The peer, or null.</param>
    /// <param name="refusal">Why not; without anything that is secret.</param>
    /// <returns>Whether the peer is one to talk to.</returns>
    public bool TryAccept(
        X509Certificate? certificate,
        X509Chain? chain,
        [NotNullWhen(true)] out SpiffePeer? peer,
        [NotNullWhen(false)] out string? refusal)
    {
        peer = null;
        if (certificate is not X509Certificate2 leaf)
        {
            refusal = "it presented no certificate";
            return false;
        }

        refusal = Judge(Presented(leaf, chain), source.Clock.GetUtcNow(), out var svid);
        peer = refusal is null ? new SpiffePeer(svid!) : null; // an SVID that nothing is wrong with is there
        return peer is not null;
    }

    /// <summary>Judges a peer once more, by the bundles and revocations of now.</summary>
    /// <param name="peer">One that was accepted. That its SVID has expired since says nothing against it.</param>
    /// <param name="isRevoked">Whether a revocation list names it.</param>
    /// <param name="refusal">Why it would not be accepted now.</param>
    /// <returns>Whether it still is.</returns>
    public bool StillAccepts(SpiffePeer peer, out bool isRevoked, [NotNullWhen(false)] out string? refusal)
    {
        var now = source.Clock.GetUtcNow();
        isRevoked = source.Context.Revocations.Names(peer.Svid);
        refusal = Judge(peer.Svid.Certificates, now < peer.Svid.NotAfter ? now : peer.Svid.NotAfter, out _);
        return refusal is null;
    }

    private string? Judge(IReadOnlyList<ReadOnlyMemory<byte>> certificates, DateTimeOffset at, out X509Svid? svid)
    {
        // One state for the whole judgement, whatever comes in between.
        var context = source.Context;
        svid = null;
        switch (source.Verifier.Verify(certificates, context.Bundles, at))
        {
            case X509SvidVerification.Refused(var error):
                return $"its chain was refused: {error}";
            case X509SvidVerification.Accepted(var accepted):
                svid = accepted;
                return context.Revocations.Names(accepted) ? $"a certificate of {accepted.Id} is revoked"
                    : !Serves(accepted) ? $"the certificate of {accepted.Id} is not for {(side == TlsSide.Server ? "servers" : "clients")}"
                    : authorizer.Matches(accepted.Id) ? null
                    : $"{accepted.Id} is not {authorizer}";
            default:
                throw new System.Diagnostics.UnreachableException();
        }
    }

    // X509-SVID §4.4: what is for clients only proves nobody's server, and the other way round.
    private bool Serves(X509Svid svid) => side == TlsSide.Server ? svid.ServesServers : svid.ServesClients;

    private static List<ReadOnlyMemory<byte>> Presented(X509Certificate2 leaf, X509Chain? chain)
    {
        var presented = new List<ReadOnlyMemory<byte>> { leaf.RawDataMemory };
        foreach (var certificate in chain?.ChainPolicy.ExtraStore ?? [])
        {
            // As a client the platform gives the leaf once more.
            if (!certificate.RawDataMemory.Span.SequenceEqual(leaf.RawDataMemory.Span))
            {
                presented.Add(certificate.RawDataMemory);
            }

            if (presented.Count > X509Svid.MaxCertificates)
            {
                break; // too many already; the verifier says so
            }
        }

        return presented;
    }
}

/// <summary>The sides of a TLS connection.</summary>
internal enum TlsSide
{
    /// <summary>Who connects.</summary>
    Client,

    /// <summary>Who is connected to.</summary>
    Server,
}
