using MeshCA.Federation;
using MeshCA.Registration;
using MeshCA.Storage.Chaining;
using MeshCA.Storage.Schema;
using SpiffeIdentity;
using SpiffeIdentity.Federation;

namespace MeshCA.Storage.Federation;

/// <summary>One federated peer in the form of its table's columns.</summary>
internal sealed class FederationRow
{
    // No SPIFFE ID holds it.
    private const char Between = ' ';

    /// <summary>The trust domain's name.</summary>
    public string TrustDomain { get; set; } = "";

    /// <summary>Where its bundle is; null: there is no relationship.</summary>
    public string? Url { get; set; }

    /// <summary><see cref="EndpointProfile"/>; 0: there is no relationship.</summary>
    public long Profile { get; set; }

    /// <summary>The endpoint's SPIFFE ID.</summary>
    public string? EndpointId { get; set; }

    /// <summary>Prefixes of the identities that get the bundle, with a space between.</summary>
    public string Identities { get; set; } = "";

    /// <summary>The bundle document.</summary>
    public byte[]? Document { get; set; }

    /// <summary>Since when it is held, microseconds.</summary>
    public long? AcceptedAt { get; set; }

    /// <summary>When it was last found current, microseconds.</summary>
    public long? CheckedAt { get; set; }

    /// <summary>Hash of the key that the peer fetches our bundle by.</summary>
    public string PollKeyHash { get; set; } = "";

    /// <summary>Who ordered it.</summary>
    public string Actor { get; set; } = "";

    /// <summary>Since when it is known, microseconds.</summary>
    public long CreatedAt { get; set; }

    /// <summary>Takes a peer.</summary>
    public static FederationRow From(FederatedPeer peer) => new()
    {
        TrustDomain = peer.TrustDomain.Name,
        Url = peer.Relationship?.Url.OriginalString,
        Profile = (long)(peer.Relationship?.Profile ?? 0),
        EndpointId = peer.Relationship?.EndpointId?.ToString(),
        Identities = string.Join(Between, peer.Identities),
        Document = peer.Document.IsEmpty ? null : peer.Document.ToArray(),
        AcceptedAt = Microseconds(peer.AcceptedAt),
        CheckedAt = Microseconds(peer.CheckedAt),
        PollKeyHash = StoredText.Clean(peer.PollKeyHash),
        Actor = StoredText.Clean(peer.Actor),
        CreatedAt = StoredTime.ToMicroseconds(peer.CreatedAt),
    };

    /// <summary>The peer; null where the row is none, which its seal must have told before.</summary>
    public FederatedPeer? ToPeer()
    {
        if (!SpiffeIdentity.TrustDomain.TryParse(TrustDomain, out var trustDomain, out _))
        {
            return null;
        }

        FederationRelationship? relationship = null;
        SpiffeId? endpoint = null;
        if (Url is not null
            && ((EndpointId is not null && !SpiffeId.TryParse(EndpointId, out endpoint, out _))
                || !FederationRelationship.TryCreate(
                    trustDomain, Url, (EndpointProfile)Math.Clamp(Profile, 0, int.MaxValue), endpoint, out relationship, out _)))
        {
            return null;
        }

        return new()
        {
            TrustDomain = trustDomain,
            Relationship = relationship,
            Identities =
            [
                .. Identities.Split(Between, StringSplitOptions.RemoveEmptyEntries)
                    .Select(text => SpiffeIdPrefix.TryParse(text, out var prefix, out _) ? prefix : null)
                    .OfType<SpiffeIdPrefix>(),
            ],
            Document = Document ?? [],
            AcceptedAt = Time(AcceptedAt),
            CheckedAt = Time(CheckedAt),
            PollKeyHash = PollKeyHash,
            Actor = Actor,
            CreatedAt = StoredTime.FromMicroseconds(CreatedAt),
        };
    }

    /// <summary>Writes what the seal is over.</summary>
    public void Encode(CanonicalWriter writer) => writer
        .Text(TrustDomain)
        .Text(Url)
        .Number(Profile)
        .Text(EndpointId)
        .Text(Identities)
        .Bytes(Document)
        .Number(AcceptedAt)
        .Number(CheckedAt)
        .Text(PollKeyHash)
        .Text(Actor)
        .Number(CreatedAt);

    private static long? Microseconds(DateTimeOffset? time) => time is { } given ? StoredTime.ToMicroseconds(given) : null;

    private static DateTimeOffset? Time(long? microseconds) => microseconds is { } given ? StoredTime.FromMicroseconds(given) : null;
}
