namespace KubernetesClient.Models;

/// <summary>A webhook of either kind.</summary>
public sealed record V1Webhook
{
    /// <summary>Its name.</summary>
    public string? Name { get; init; }

    /// <summary>Where it is.</summary>
    public V1WebhookClientConfig? ClientConfig { get; init; }
}

/// <summary>How the API server calls a webhook.</summary>
public sealed record V1WebhookClientConfig
{
    /// <summary>Roots, in PEM, that the webhook's certificate must lead to; null: the system's.</summary>
    public byte[]? CaBundle { get; init; }

    /// <summary>Its address; null where <see cref="Service"/> says it.</summary>
    public string? Url { get; init; }

    /// <summary>Its service; null where <see cref="Url"/> says it.</summary>
    public V1WebhookService? Service { get; init; }
}

/// <summary>The service of a webhook.</summary>
public sealed record V1WebhookService
{
    /// <summary>Its name.</summary>
    public string? Name { get; init; }

    /// <summary>Its namespace.</summary>
    public string? Namespace { get; init; }
}
