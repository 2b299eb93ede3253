namespace MeshCA.CertificateSigningRequests;

/// <summary>What counts of an object of the kind CertificateSigningRequest of <c>certificates.k8s.io/v1</c>.</summary>
/// <remarks>
/// User name, groups and what else describes the requester were put there by the API server when the object was made, from its own
/// authentication; everything else is the requester's, and untrusted.
/// </remarks>
internal sealed record SigningRequest
{
    /// <summary>Type of the condition with which a replica reserves the right to sign; no second certificate is ever made for a request.</summary>
    public const string Reserved = "meshca.io/Issuing";

    /// <summary>Type of the condition of an approved request.</summary>
    public const string Approved = "Approved";

    /// <summary>Type of the condition of a denied request.</summary>
    public const string Denied = "Denied";

    /// <summary>Type of the condition of a request that was approved and cannot be signed.</summary>
    public const string Failed = "Failed";

    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>Its UID: two requests with one name have two.</summary>
    public required string Uid { get; init; }

    /// <summary>Which signer is asked.</summary>
    public required string SignerName { get; init; }

    /// <summary>Who asked, as the API server authenticated it.</summary>
    public required string Username { get; init; }

    /// <summary>The groups of who asked.</summary>
    public IReadOnlyList<string> Groups { get; init; } = [];

    /// <summary>The pod that the requester's token was bound to; null where the API server does not say.</summary>
    public string? PodName { get; init; }

    /// <summary>The UID of that pod.</summary>
    public string? PodUid { get; init; }

    /// <summary>The node of that pod.</summary>
    public string? NodeName { get; init; }

    /// <summary>The usages asked for.</summary>
    public IReadOnlyList<string> Usages { get; init; } = [];

    /// <summary>The CSR in PEM; untrusted.</summary>
    public string Pem { get; init; } = "";

    /// <summary>The lifetime asked for; null where none is.</summary>
    public TimeSpan? Lifetime { get; init; }

    /// <summary>When the object was made.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Types of its conditions that are true.</summary>
    public IReadOnlyList<string> Conditions { get; init; } = [];

    /// <summary>Who reserved the right to sign; null while nobody did.</summary>
    public string? ReservedBy { get; init; }

    /// <summary>When that was.</summary>
    public DateTimeOffset? ReservedAt { get; init; }

    /// <summary>Whether it has a certificate.</summary>
    public bool IsIssued { get; init; }

    /// <summary>Whether nothing can become of it any more.</summary>
    public bool IsSettled => IsIssued || Conditions.Contains(Denied) || Conditions.Contains(Failed);

    /// <summary>Whether it is approved.</summary>
    public bool IsApproved => Conditions.Contains(Approved);
}
