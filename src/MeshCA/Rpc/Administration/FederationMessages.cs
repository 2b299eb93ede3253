using System.Diagnostics;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using MeshCA.Federation;
using MeshCA.Registration;
using MeshCA.Wire.Admin;
using SpiffeIdentity;
using SpiffeIdentity.Federation;
using EndpointProfile = SpiffeIdentity.Federation.EndpointProfile;

namespace MeshCA.Rpc.Administration;

/// <summary>Translates federated peers from and into messages.</summary>
internal static class FederationMessages
{
    /// <summary>Reads an order.</summary>
    /// <param name="request">Untrusted.</param>
    /// <param name="actor">Who orders.</param>
    /// <param name="fault">Makes the exception for what is not of its form.</param>
    public static FederationOrder Read(AddFederationRequest request, string actor, Func<string, RpcException> fault)
    {
        var name = ReadName(request.TrustDomain, fault);
        SpiffeId? endpoint = null;
        if (request.EndpointId.Length > 0 && !SpiffeId.TryParse(request.EndpointId, out endpoint, out var idError))
        {
            throw fault($"`{Shortened(request.EndpointId)}` is no SPIFFE ID: {idError}");
        }

        if (!FederationRelationship.TryCreate(name, request.Url, (EndpointProfile)request.Profile, endpoint, out var relationship, out var error))
        {
            throw fault($"this is no relationship: {error}");
        }

        return new(relationship, actor, request.Reason)
        {
            Bootstrap = request.Bundle.Memory,
            Identities = [.. ReadIdentities(request, fault)],
            Replaces = request.Replace,
        };
    }

    /// <summary>Judges an invitation as the peer will: before the key that it had is void.</summary>
    /// <param name="request">Untrusted.</param>
    /// <param name="path">The path that the peer is to get.</param>
    /// <param name="own">Our own endpoint.</param>
    /// <param name="fault">Makes the exception for what is not of its form.</param>
    public static void Check(InviteRequest request, string path, OwnEndpoint own, Func<string, RpcException> fault)
    {
        if (request.Url.Length == 0 && request.Profile == Wire.Admin.EndpointProfile.Unspecified)
        {
            return; // the caller puts it together, and answers for it
        }

        if (!EndpointUrl.TryParse(request.Url, out var url, out var error))
        {
            throw fault($"`{Shortened(request.Url)}` is no URL of a bundle endpoint: {error}");
        }

        if (url.PathAndQuery != "/")
        {
            throw fault("the URL of our endpoint is without path and query: the peer gets a path of its own");
        }

        var profile = (EndpointProfile)request.Profile;
        if (profile == EndpointProfile.HttpsSpiffe && own.Id is null)
        {
            throw new RpcException(new(StatusCode.FailedPrecondition, "the service has no bundle endpoint under https_spiffe: set BundleEndpoint:SpiffePort"));
        }

        var id = profile == EndpointProfile.HttpsSpiffe ? own.Id : null;
        if (!FederationRelationship.TryCreate(own.TrustDomains.Own, new Uri(url, path).AbsoluteUri, profile, id, out _, out error))
        {
            throw fault($"no peer could take this invitation: {error}");
        }
    }

    /// <summary>Reads the name of a trust domain.</summary>
    /// <param name="text">Untrusted.</param>
    /// <param name="fault">Makes the exception for what is none.</param>
    public static TrustDomain ReadName(string text, Func<string, RpcException> fault) =>
        TrustDomain.TryParse(text, out var name, out var error) ? name : throw fault($"`{Shortened(text)}` is no trust domain: {error}");

    /// <summary>A peer as it stands.</summary>
    /// <param name="known">The peer.</param>
    /// <param name="status">How the fetching of its bundle goes; null: it is not fetched.</param>
    /// <param name="consumer">The peer as a consumer of our bundle; null: it is none.</param>
    public static Wire.Admin.FederatedPeer Of(KnownPeer known, PeerStatus? status, Consumers.Consumer? consumer)
    {
        var message = Of(known.Peer);
        if (known.Bundle is { } bundle)
        {
            message.X509Authorities = bundle.X509.Authorities.Count;
            message.JwtAuthorities = bundle.Jwt.Authorities.Count;
            if (bundle.Sequence is { } sequence)
            {
                message.Sequence = sequence;
            }
        }

        if (status is not null)
        {
            message.Status = status.Word;
            message.Alarms.AddRange(status.Alarms.Select(alarm => alarm.ToString()));
            message.CurrentAt = Time(status.Standing.LastSuccess);
            message.EndsAt = Time(status.End);
            message.NextAt = status.Standing.LastAttempt is null ? null : Time(status.Standing.NextAttempt);
            message.Failures = status.Standing.Failures;
            message.Fault = status.Standing.Fault?.ToString() ?? "";
            message.FaultDetail = status.Standing.Detail;
        }

        if (consumer is not null)
        {
            message.OurSequence = consumer.Sequence;
            message.OurSequenceAt = Time(consumer.LastSeen);
        }

        return message;
    }

    /// <summary>A peer as it was ordered.</summary>
    public static Wire.Admin.FederatedPeer Of(MeshCA.Federation.FederatedPeer peer) => new()
    {
        TrustDomain = peer.TrustDomain.Name,
        Url = peer.Relationship?.Url.OriginalString ?? "",
        Profile = (Wire.Admin.EndpointProfile)(peer.Relationship?.Profile ?? 0),
        EndpointId = peer.Relationship?.EndpointId?.ToString() ?? "",
        Identities = { peer.Identities.Select(prefix => prefix.ToString()) },
        Actor = peer.Actor,
        CreatedAt = Time(peer.CreatedAt),
        AcceptedAt = Time(peer.AcceptedAt),
        Invited = peer.PollKeyHash.Length > 0,
    };

    /// <summary>The status of a refusal.</summary>
    public static StatusCode StatusOf(FederationRefusal reason) => reason switch
    {
        FederationRefusal.NotFound => StatusCode.NotFound,
        FederationRefusal.AlreadyFederated => StatusCode.AlreadyExists,
        FederationRefusal.TooMany => StatusCode.ResourceExhausted,
        FederationRefusal.OwnTrustDomain or FederationRefusal.NoBundle => StatusCode.InvalidArgument,
        FederationRefusal.VerifierUnknown or FederationRefusal.VerifiesAnother or FederationRefusal.BundleRefused => StatusCode.FailedPrecondition,
        _ => throw new UnreachableException(),
    };

    private static IEnumerable<SpiffeIdPrefix> ReadIdentities(AddFederationRequest request, Func<string, RpcException> fault)
    {
        if (request.Identities.Count > FederationPlanner.MaxIdentities)
        {
            throw fault($"at most {FederationPlanner.MaxIdentities} prefixes of identities");
        }

        foreach (var text in request.Identities)
        {
            yield return SpiffeIdPrefix.TryParse(text, out var prefix, out var error)
                ? prefix
                : throw fault($"`{Shortened(text)}` is no prefix of SPIFFE IDs: {error}");
        }
    }

    private static Timestamp? Time(DateTimeOffset? time) => time is { } given ? Timestamp.FromDateTimeOffset(given) : null;

    private static string Shortened(string text)
    {
        const int longest = 128;
        return text.Length <= longest ? text : text[..longest];
    }
}
