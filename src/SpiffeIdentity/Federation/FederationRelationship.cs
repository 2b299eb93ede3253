using System.Diagnostics.CodeAnalysis;

namespace SpiffeIdentity.Federation;

/// <summary>From where, and by what proof, another trust domain's bundle is fetched (Federation §5.1).</summary>
/// <remarks>Immutable. Every parameter is given; none is guessed from another: a host's name says nothing of a trust domain's.</remarks>
public sealed class FederationRelationship
{
    private FederationRelationship(TrustDomain trustDomain, Uri url, EndpointProfile profile, SpiffeId? endpointId)
    {
        TrustDomain = trustDomain;
        Url = url;
        Profile = profile;
        EndpointId = endpointId;
    }

    /// <summary>Whose bundle it is; the document does not say so itself.</summary>
    public TrustDomain TrustDomain { get; }

    /// <summary>Where the document is.</summary>
    public Uri Url { get; }

    /// <summary>How the endpoint proves who it is.</summary>
    public EndpointProfile Profile { get; }

    /// <summary>Whom the endpoint proves to be under <see cref="EndpointProfile.HttpsSpiffe"/>; null under the other profile.</summary>
    public SpiffeId? EndpointId { get; }

    /// <summary>The trust domain whose bundle the endpoint is verified by; null where the Web PKI verifies it.</summary>
    public TrustDomain? Verifier => EndpointId?.TrustDomain;

    /// <summary>Whether the bundle that is fetched also verifies the endpoint it comes from (Federation §5.2.2.2).</summary>
    public bool IsSelfServing => TrustDomain.Equals(Verifier);

    /// <summary>Takes the parameters of a relationship.</summary>
    /// <param name="trustDomain">Whose bundle is fetched.</param>
    /// <param name="url">Where it is; untrusted.</param>
    /// <param name="profile">How the endpoint proves who it is.</param>
    /// <param name="endpointId">Whom it proves to be; exactly where the profile is <see cref="EndpointProfile.HttpsSpiffe"/>.</param>
    /// <param name="relationship">The relationship, or null.</param>
    /// <param name="error">The rule that was broken, or <see cref="RelationshipError.None"/>.</param>
    /// <returns>Whether these are the parameters of a relationship.</returns>
    public static bool TryCreate(
        TrustDomain trustDomain,
        string? url,
        EndpointProfile profile,
        SpiffeId? endpointId,
        [NotNullWhen(true)] out FederationRelationship? relationship,
        out RelationshipError error)
    {
        ArgumentNullException.ThrowIfNull(trustDomain);
        relationship = null;
        if (!EndpointUrl.TryParse(url, out var parsed, out error))
        {
            return false;
        }

        error = (profile, endpointId) switch
        {
            (EndpointProfile.HttpsWeb, null) => RelationshipError.None,
            (EndpointProfile.HttpsWeb, _) => RelationshipError.NeedlessEndpointId,
            (EndpointProfile.HttpsSpiffe, null) => RelationshipError.MissingEndpointId,
            (EndpointProfile.HttpsSpiffe, { IsTrustDomainId: true }) => RelationshipError.EndpointIdWithoutPath,
            (EndpointProfile.HttpsSpiffe, _) => RelationshipError.None,
            _ => RelationshipError.UnknownProfile,
        };
        relationship = error == RelationshipError.None ? new(trustDomain, parsed, profile, endpointId) : null;
        return relationship is not null;
    }
}

/// <summary>The rule that the parameters of a relationship break.</summary>
public enum RelationshipError
{
    /// <summary>No rule is broken.</summary>
    None,

    /// <summary>The URL is no absolute URL, has no host, or has characters beyond printable ASCII.</summary>
    MalformedUrl,

    /// <summary>The URL is longer than <see cref="EndpointUrl.MaxLength"/>.</summary>
    UrlTooLong,

    /// <summary>The URL's scheme is not <c>https</c>.</summary>
    NotHttps,

    /// <summary>The URL has user information.</summary>
    UrlHasUserInformation,

    /// <summary>The URL has a fragment, which no server would ever see.</summary>
    UrlHasFragment,

    /// <summary>The profile is none that is known.</summary>
    UnknownProfile,

    /// <summary><see cref="EndpointProfile.HttpsSpiffe"/> without the endpoint's SPIFFE ID.</summary>
    MissingEndpointId,

    /// <summary><see cref="EndpointProfile.HttpsWeb"/> with a SPIFFE ID, which nobody would verify.</summary>
    NeedlessEndpointId,

    /// <summary>The endpoint's SPIFFE ID is that of a trust domain, which no endpoint can show (X509-SVID §2).</summary>
    EndpointIdWithoutPath,
}
