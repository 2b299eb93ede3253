namespace KubernetesClient;

/// <summary>One API server. Safe for use by many callers at once.</summary>
public interface IKubernetes
{
    /// <summary>Reads one object.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="ns">Its namespace; null for kinds without.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    Task<ApiOutcome<T>> ReadAsync<T>(string name, string? ns, CancellationToken cancellationToken)
        where T : class, IKubernetesResource<T>;

    /// <summary>Lists objects, page by page.</summary>
    /// <param name="query">Which.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    Task<ApiOutcome<KubernetesList<T>>> ListAsync<T>(ListQuery query, CancellationToken cancellationToken)
        where T : class, IKubernetesResource<T>;

    /// <summary>Creates an object, or asks a question of the kinds that are only created (reviews).</summary>
    /// <param name="body">The object; its namespace is that of its metadata.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    Task<ApiOutcome<T>> CreateAsync<T>(T body, CancellationToken cancellationToken)
        where T : class, IKubernetesResource<T>;

    /// <summary>Creates an object below another: <c>serviceaccounts/NAME/token</c>.</summary>
    /// <param name="parent">Kind of the other.</param>
    /// <param name="name">Name of the other.</param>
    /// <param name="ns">Namespace of the other.</param>
    /// <param name="subresource">What is below it.</param>
    /// <param name="body">The object.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    Task<ApiOutcome<T>> CreateBelowAsync<T>(
        ResourceKind parent, string name, string? ns, string subresource, T body, CancellationToken cancellationToken)
        where T : class, IKubernetesResource<T>;

    /// <summary>Replaces an object whole. With <c>metadata.resourceVersion</c> only if nobody changed it since: else Conflict.</summary>
    /// <param name="body">The object; every field that it does not model is lost.</param>
    /// <param name="subresource">Null, or <c>status</c> or <c>approval</c>.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    Task<ApiOutcome<T>> ReplaceAsync<T>(T body, string? subresource, CancellationToken cancellationToken)
        where T : class, IKubernetesResource<T>;

    /// <summary>Applies on the server's side: sets the fields that the body names, and owns them.</summary>
    /// <param name="body">The fields.</param>
    /// <param name="options">Who applies, and whether conflicts are won.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    Task<ApiOutcome<T>> ApplyAsync<T>(T body, ApplyOptions options, CancellationToken cancellationToken)
        where T : class, IKubernetesResource<T>;

    /// <summary>Patches with a JSON patch (RFC 6902).</summary>
    /// <param name="name">The object's name.</param>
    /// <param name="ns">Its namespace.</param>
    /// <param name="patch">The patch in UTF-8.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    Task<ApiOutcome<T>> PatchAsync<T>(string name, string? ns, ReadOnlyMemory<byte> patch, CancellationToken cancellationToken)
        where T : class, IKubernetesResource<T>;

    /// <summary>Deletes an object.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="ns">Its namespace.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    Task<ApiOutcome<bool>> DeleteAsync<T>(string name, string? ns, CancellationToken cancellationToken)
        where T : class, IKubernetesResource<T>;

    /// <summary>Watches from a version on. The sequence ends with the server's connection; a failure is its last element.</summary>
    /// <param name="query">Which objects; its page size and continuation do not count.</param>
    /// <param name="resourceVersion">After which version.</param>
    /// <param name="cancellationToken">Ends it.</param>
    IAsyncEnumerable<WatchEvent<T>> WatchAsync<T>(ListQuery query, string resourceVersion, CancellationToken cancellationToken)
        where T : class, IKubernetesResource<T>;

    /// <summary>Reads a document that is no object: <c>/openid/v1/jwks</c>, <c>/readyz</c>.</summary>
    /// <param name="path">Its path.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    Task<ApiOutcome<byte[]>> ReadDocumentAsync(string path, CancellationToken cancellationToken);
}

/// <summary>Which objects.</summary>
public sealed record ListQuery
{
    /// <summary>All of a kind.</summary>
    public static ListQuery All { get; } = new();

    /// <summary>The namespace; null for all.</summary>
    public string? Namespace { get; init; }

    /// <summary>Label selector in the API's own syntax.</summary>
    public string? LabelSelector { get; init; }

    /// <summary>Field selector in the API's own syntax.</summary>
    public string? FieldSelector { get; init; }

    /// <summary>Most objects of one page; 0: all in one.</summary>
    public int Limit { get; init; }

    /// <summary>Where the page before ended.</summary>
    public string? Continue { get; init; }

    /// <summary>How long a watch is asked to last, in whole seconds; null: as long as is usual.</summary>
    public TimeSpan? WatchFor { get; init; }
}

/// <summary>Objects, and of which version the list is.</summary>
/// <param name="Items">The objects.</param>
/// <param name="ResourceVersion">The version.</param>
/// <param name="Continue">Where to go on; null after the last page.</param>
public sealed record KubernetesList<T>(IReadOnlyList<T> Items, string ResourceVersion, string? Continue);

/// <summary>How to apply.</summary>
/// <param name="FieldManager">Who owns the fields.</param>
/// <param name="Force">Whether fields of others are taken over.</param>
/// <param name="Subresource">Null, or <c>status</c>.</param>
public sealed record ApplyOptions(string FieldManager, bool Force = false, string? Subresource = null);

/// <summary>One event of a watch.</summary>
public abstract record WatchEvent<T>
{
    private WatchEvent()
    {
    }

    /// <summary>New, or newly selected.</summary>
    public sealed record Added(T Item) : WatchEvent<T>;

    /// <summary>Changed.</summary>
    public sealed record Modified(T Item) : WatchEvent<T>;

    /// <summary>Gone, or no longer selected.</summary>
    public sealed record Deleted(T Item) : WatchEvent<T>;

    /// <summary>Nothing happened up to this version.</summary>
    public sealed record Bookmark(string ResourceVersion) : WatchEvent<T>;

    /// <summary>The watch ended with an error; <see cref="ApiFailureKind.Expired"/> asks for a new list.</summary>
    public sealed record Failed(ApiFailure Failure) : WatchEvent<T>;
}
