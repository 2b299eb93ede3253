using System.Diagnostics.CodeAnalysis;

namespace KubernetesClient.Models;

/// <summary>The question whether a token is good, and the answer.</summary>
public sealed record V1TokenReview : IKubernetesResource<V1TokenReview>
{
    /// <inheritdoc />
    public static ResourceKind Resource { get; } = new("authentication.k8s.io", "v1", "TokenReview", "tokenreviews", false);

    /// <inheritdoc />
    public string ApiVersion => Resource.ApiVersion;

    /// <inheritdoc />
    public string Kind => Resource.Kind;

    /// <inheritdoc />
    [AllowNull]
    public V1ObjectMeta Metadata { get; init => field = value ?? new(); } = new();

    /// <summary>The question.</summary>
    public V1TokenReviewSpec? Spec { get; init; }

    /// <summary>The answer.</summary>
    public V1TokenReviewStatus? Status { get; init; }
}

/// <summary>A token to be judged. No record: a printed form would show the token.</summary>
public sealed class V1TokenReviewSpec
{
    /// <summary>The token.</summary>
    public string? Token { get; init; }

    /// <summary>For whom it must be, one of them at least.</summary>
    public IReadOnlyList<string>? Audiences { get; init; }
}

/// <summary>What the server thinks of a token.</summary>
public sealed record V1TokenReviewStatus
{
    /// <summary>Whether the token is that of <see cref="User"/>; false where the server leaves it out.</summary>
    public bool? Authenticated { get; init; }

    /// <summary>Whose token it is.</summary>
    public V1User? User { get; init; }

    /// <summary>Those of the question's audiences that the token is for. A server that does not look at audiences leaves them out.</summary>
    public IReadOnlyList<string>? Audiences { get; init; }

    /// <summary>Why the token could not be judged.</summary>
    public string? Error { get; init; }
}

/// <summary>A user of the API.</summary>
public sealed record V1User
{
    /// <summary>The name, such as <c>system:serviceaccount:shop:cart</c>.</summary>
    public string? Username { get; init; }

    /// <summary>What tells the user from another of the same name before.</summary>
    public string? Uid { get; init; }

    /// <summary>The groups.</summary>
    public IReadOnlyList<string>? Groups { get; init; }

    /// <summary>What else is known, such as <c>authentication.kubernetes.io/pod-name</c>.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>>? Extra { get; init; }
}
