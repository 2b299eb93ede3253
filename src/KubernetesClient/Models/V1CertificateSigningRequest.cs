using System.Diagnostics.CodeAnalysis;

namespace KubernetesClient.Models;

/// <summary>A request for a certificate.</summary>
public sealed record V1CertificateSigningRequest : IKubernetesResource<V1CertificateSigningRequest>
{
    /// <inheritdoc />
    public static ResourceKind Resource { get; } = new("certificates.k8s.io", "v1", "CertificateSigningRequest", "certificatesigningrequests", false);

    /// <inheritdoc />
    public string ApiVersion => Resource.ApiVersion;

    /// <inheritdoc />
    public string Kind => Resource.Kind;

    /// <inheritdoc />
    [AllowNull]
    public V1ObjectMeta Metadata { get; init => field = value ?? new(); } = new();

    /// <summary>What is asked for.</summary>
    public V1CertificateSigningRequestSpec? Spec { get; init; }

    /// <summary>What became of it.</summary>
    public V1CertificateSigningRequestStatus? Status { get; init; }
}

/// <summary>What is asked for, and by whom. All but request, signer, usages and lifetime is set by the server.</summary>
public sealed record V1CertificateSigningRequestSpec
{
    /// <summary>The PKCS#10 request in PEM; untrusted.</summary>
    public byte[]? Request { get; init; }

    /// <summary>Who is to sign.</summary>
    public string? SignerName { get; init; }

    /// <summary>For how long; API servers before 1.22 do not know it.</summary>
    public int? ExpirationSeconds { get; init; }

    /// <summary>Usages of the key, such as <c>digital signature</c> and <c>client auth</c>.</summary>
    public IReadOnlyList<string>? Usages { get; init; }

    /// <summary>The user who asks.</summary>
    public string? Username { get; init; }

    /// <summary>That user's UID.</summary>
    public string? Uid { get; init; }

    /// <summary>That user's groups.</summary>
    public IReadOnlyList<string>? Groups { get; init; }

    /// <summary>What else is known of that user.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>>? Extra { get; init; }
}

/// <summary>What became of a request.</summary>
public sealed record V1CertificateSigningRequestStatus
{
    /// <summary><c>Approved</c>, <c>Denied</c>, <c>Failed</c>.</summary>
    public IReadOnlyList<V1CertificateSigningRequestCondition>? Conditions { get; init; }

    /// <summary>The certificate chain in PEM.</summary>
    public byte[]? Certificate { get; init; }
}

/// <summary>A condition of a request.</summary>
public sealed record V1CertificateSigningRequestCondition
{
    /// <summary><c>Approved</c>, <c>Denied</c> or <c>Failed</c>.</summary>
    public string? Type { get; init; }

    /// <summary><c>True</c> for the first two.</summary>
    public string? Status { get; init; }

    /// <summary>One word.</summary>
    public string? Reason { get; init; }

    /// <summary>For people.</summary>
    public string? Message { get; init; }

    /// <summary>When it was last written.</summary>
    public DateTimeOffset? LastUpdateTime { get; init; }

    /// <summary>When it last changed.</summary>
    public DateTimeOffset? LastTransitionTime { get; init; }
}
