using System.Diagnostics.CodeAnalysis;

namespace KubernetesClient.Models;

/// <summary>Asks for a token of a service account; created below it, at <c>serviceaccounts/NAME/token</c>.</summary>
public sealed record V1TokenRequest : IKubernetesResource<V1TokenRequest>
{
    /// <inheritdoc />
    public static ResourceKind Resource { get; } = new("authentication.k8s.io", "v1", "TokenRequest", "tokenrequests", true);

    /// <inheritdoc />
    public string ApiVersion => Resource.ApiVersion;

    /// <inheritdoc />
    public string Kind => Resource.Kind;

    /// <inheritdoc />
    [AllowNull]
    public V1ObjectMeta Metadata { get; init => field = value ?? new(); } = new();

    /// <summary>The question.</summary>
    public V1TokenRequestSpec? Spec { get; init; }

    /// <summary>The answer.</summary>
    public V1TokenRequestStatus? Status { get; init; }
}

/// <summary>Which token is wanted.</summary>
public sealed record V1TokenRequestSpec
{
    /// <summary>For whom it is.</summary>
    public IReadOnlyList<string>? Audiences { get; init; }

    /// <summary>For how long; the server may give another time.</summary>
    public long? ExpirationSeconds { get; init; }

    /// <summary>The pod or secret with which the token ends; null for none.</summary>
    public V1BoundObjectReference? BoundObjectRef { get; init; }
}

/// <summary>An object that a token is bound to.</summary>
public sealed record V1BoundObjectReference
{
    /// <summary><c>Pod</c>, <c>Secret</c> or <c>Node</c>.</summary>
    public string? Kind { get; init; }

    /// <summary>Its API version.</summary>
    public string? ApiVersion { get; init; }

    /// <summary>Its name.</summary>
    public string? Name { get; init; }

    /// <summary>Its UID.</summary>
    public string? Uid { get; init; }
}

/// <summary>The token. No record: a printed form would show it.</summary>
public sealed class V1TokenRequestStatus
{
    /// <summary>The token.</summary>
    public string? Token { get; init; }

    /// <summary>When it ends.</summary>
    public DateTimeOffset? ExpirationTimestamp { get; init; }
}
