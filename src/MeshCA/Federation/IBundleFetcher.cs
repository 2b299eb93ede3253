using SpiffeIdentity.Bundles;
using SpiffeIdentity.Federation;

namespace MeshCA.Federation;

/// <summary>Fetches bundle documents from endpoints.</summary>
internal interface IBundleFetcher
{
    /// <summary>Fetches one, bounded in size and time.</summary>
    /// <param name="question">What from where.</param>
    /// <param name="cancellationToken">Ends the fetch.</param>
    Task<BundleAnswer> FetchAsync(BundleQuestion question, CancellationToken cancellationToken);
}

/// <summary>What is fetched, and by what the endpoint is verified.</summary>
/// <param name="Relationship">The relationship.</param>
/// <param name="Verifier">The bundle of the endpoint's trust domain; null under <see cref="EndpointProfile.HttpsWeb"/>.</param>
/// <param name="Tag">The tag of the document held; null: none, or it is wanted whatever it is.</param>
internal sealed record BundleQuestion(FederationRelationship Relationship, X509Bundle? Verifier, string? Tag);

/// <summary>What a fetch brought.</summary>
internal abstract record BundleAnswer
{
    private BundleAnswer()
    {
    }

    /// <summary>A document; untrusted but for where it comes from.</summary>
    /// <param name="Document">The bytes.</param>
    /// <param name="Tag">Its tag; null where it has none.</param>
    internal sealed record Fetched(ReadOnlyMemory<byte> Document, string? Tag) : BundleAnswer;

    /// <summary>The document held is the present one.</summary>
    internal sealed record NotModified : BundleAnswer;

    /// <summary>Nothing.</summary>
    /// <param name="Fault">Why.</param>
    /// <param name="Detail">For people.</param>
    internal sealed record Failed(FetchFault Fault, string Detail) : BundleAnswer;
}

/// <summary>Why a bundle was not fetched. Metrics and the command line show the name.</summary>
internal enum FetchFault
{
    /// <summary>Nobody answers there, or not in time, or the answer broke off.</summary>
    Unreachable,

    /// <summary>The answer has another status than 200, or 304 to a tag.</summary>
    BadStatus,

    /// <summary>It redirects too often, or to what is no URL of an endpoint.</summary>
    BadRedirect,

    /// <summary>The document is larger than <see cref="FederationPlanner.MaxDocument"/>.</summary>
    TooLarge,

    /// <summary>The endpoint does not prove to be the one of the relationship.</summary>
    EndpointNotVerified,

    /// <summary>There is no bundle to verify the endpoint by.</summary>
    NoVerifier,

    /// <summary>The document is no bundle.</summary>
    MalformedDocument,

    /// <summary>The bundle may not take the place of the one held: its sequence went back, stood still or is missing.</summary>
    UpdateRefused,

    /// <summary>The store does not take it at the moment.</summary>
    StoreUnavailable,

    /// <summary>The file of <c>Federation:WebRootsFile</c> cannot be read.</summary>
    BadRootsFile,
}
