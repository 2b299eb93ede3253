using System.Net.Http;
using System.Runtime.CompilerServices;
using System.Text.Json;
using KubernetesClient.Configuration;
using KubernetesClient.Http;
using KubernetesClient.Json;

namespace KubernetesClient;

/// <summary>An API server over HTTP.</summary>
public sealed class KubernetesApi : IKubernetes, IDisposable
{
    private readonly ApiConnection _connection;
    private readonly TimeProvider _clock;
    private readonly TimeSpan _timeout;

    /// <summary>Makes it; nothing is connected yet.</summary>
    /// <param name="configuration">Where and as whom.</param>
    /// <param name="clock">The time.</param>
    public KubernetesApi(KubernetesClientConfiguration configuration, TimeProvider clock)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        _connection = new ApiConnection(configuration, clock);
        _clock = clock;
        _timeout = configuration.CallTimeout;
    }

    /// <inheritdoc />
    public Task<ApiOutcome<T>> ReadAsync<T>(string name, string? ns, CancellationToken cancellationToken)
        where T : class, IKubernetesResource<T> =>
        CallAsync<T>(HttpMethod.Get, ResourcePath.Of(T.Resource, name, ns, null), cancellationToken);

    /// <inheritdoc />
    public Task<ApiOutcome<KubernetesList<T>>> ListAsync<T>(ListQuery query, CancellationToken cancellationToken)
        where T : class, IKubernetesResource<T>
    {
        ArgumentNullException.ThrowIfNull(query);
        var path = ResourcePath.Of(T.Resource, query.Namespace);
        var parameters = ResourcePath.Query(query, ("limit", ResourcePath.Text(query.Limit)), ("continue", query.Continue));
        return CallAsync(HttpMethod.Get, path is null ? null : path + parameters, null, ApiLimits.PageBytes, ReadList<T>, cancellationToken);
    }

    /// <inheritdoc />
    public Task<ApiOutcome<T>> CreateAsync<T>(T body, CancellationToken cancellationToken)
        where T : class, IKubernetesResource<T>
    {
        ArgumentNullException.ThrowIfNull(body);
        var ns = body.Metadata.Namespace;
        var path = T.Resource.IsNamespaced == (ns is not null) ? ResourcePath.Of(T.Resource, ns) : null;
        return CallAsync(HttpMethod.Post, path, body, cancellationToken);
    }

    /// <inheritdoc />
    public Task<ApiOutcome<T>> CreateBelowAsync<T>(
        ResourceKind parent, string name, string? ns, string subresource, T body, CancellationToken cancellationToken)
        where T : class, IKubernetesResource<T> =>
        CallAsync(HttpMethod.Post, ResourcePath.Of(parent, name, ns, subresource), body, cancellationToken);

    /// <inheritdoc />
    public Task<ApiOutcome<T>> ReplaceAsync<T>(T body, string? subresource, CancellationToken cancellationToken)
        where T : class, IKubernetesResource<T>
    {
        ArgumentNullException.ThrowIfNull(body);
        var path = ResourcePath.Of(T.Resource, body.Metadata.Name, body.Metadata.Namespace, subresource);
        return CallAsync(HttpMethod.Put, path, body, cancellationToken);
    }

    /// <inheritdoc />
    public Task<ApiOutcome<T>> ApplyAsync<T>(T body, ApplyOptions options, CancellationToken cancellationToken)
        where T : class, IKubernetesResource<T>
    {
        ArgumentNullException.ThrowIfNull(body);
        ArgumentNullException.ThrowIfNull(options);
        var path = ResourcePath.Of(T.Resource, body.Metadata.Name, body.Metadata.Namespace, options.Subresource);
        var parameters = ResourcePath.Query(ListQuery.All, ("fieldManager", options.FieldManager), ("force", options.Force ? "true" : null));
        return CallAsync(HttpMethod.Patch, path is null ? null : path + parameters, body, cancellationToken, ApiRequest.Apply);
    }

    /// <inheritdoc />
    public Task<ApiOutcome<T>> PatchAsync<T>(string name, string? ns, ReadOnlyMemory<byte> patch, CancellationToken cancellationToken)
        where T : class, IKubernetesResource<T> =>
        CallAsync(
            HttpMethod.Patch, ResourcePath.Of(T.Resource, name, ns, null), patch, ApiLimits.ObjectBytes, ReadObject<T>, cancellationToken, ApiRequest.JsonPatch);

    /// <inheritdoc />
    public Task<ApiOutcome<bool>> DeleteAsync<T>(string name, string? ns, CancellationToken cancellationToken)
        where T : class, IKubernetesResource<T> =>
        CallAsync(
            HttpMethod.Delete,
            ResourcePath.Of(T.Resource, name, ns, null),
            null,
            ApiLimits.ObjectBytes,
            static _ => new ApiOutcome<bool>.Done(true),
            cancellationToken);

    /// <inheritdoc />
    public async IAsyncEnumerable<WatchEvent<T>> WatchAsync<T>(
        ListQuery query, string resourceVersion, [EnumeratorCancellation] CancellationToken cancellationToken)
        where T : class, IKubernetesResource<T>
    {
        ArgumentNullException.ThrowIfNull(query);
        using var watch = new WatchCall<T>(_connection, _clock, _timeout, ResourcePath.Of(T.Resource, query.Namespace), query, resourceVersion);
        while (await watch.NextAsync(cancellationToken) is { } next)
        {
            yield return next;
            if (next is WatchEvent<T>.Failed)
            {
                yield break;
            }
        }
    }

    /// <inheritdoc />
    public Task<ApiOutcome<byte[]>> ReadDocumentAsync(string path, CancellationToken cancellationToken) =>
        CallAsync(
            HttpMethod.Get,
            path is ['/', ..] && path[1..].Split('/').All(ResourcePath.IsSegment) ? path : null,
            null,
            ApiLimits.ObjectBytes,
            static body => new ApiOutcome<byte[]>.Done([.. body]),
            cancellationToken);

    /// <inheritdoc />
    public void Dispose() => _connection.Dispose();

    private Task<ApiOutcome<T>> CallAsync<T>(HttpMethod method, string? path, CancellationToken cancellationToken)
        where T : class, IKubernetesResource<T> =>
        CallAsync(method, path, null, ApiLimits.ObjectBytes, ReadObject<T>, cancellationToken);

    private Task<ApiOutcome<T>> CallAsync<T>(
        HttpMethod method, string? path, T body, CancellationToken cancellationToken, string contentType = ApiRequest.Json)
        where T : class, IKubernetesResource<T> =>
        CallAsync(
            method,
            path,
            JsonSerializer.SerializeToUtf8Bytes(body, ObjectReader.TypeOf<T>()),
            ApiLimits.ObjectBytes,
            ReadObject<T>,
            cancellationToken,
            contentType);

    private async Task<ApiOutcome<TAnswer>> CallAsync<TAnswer>(
        HttpMethod method,
        string? path,
        ReadOnlyMemory<byte>? body,
        int limit,
        Func<ArraySegment<byte>, ApiOutcome<TAnswer>> read,
        CancellationToken cancellationToken,
        string contentType = ApiRequest.Json)
    {
        if (path is null)
        {
            return new ApiOutcome<TAnswer>.Failed(ApiFailures.Rejected("no object of this kind can have such a name and namespace"));
        }

        using var deadline = new CancellationTokenSource(_timeout, _clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
        try
        {
            using var answer = await _connection.SendAsync(new ApiRequest(method, path, body, contentType), either.Token);
            if (!answer.IsSuccessStatusCode)
            {
                return new ApiOutcome<TAnswer>.Failed(await ApiFailures.ReadAsync(answer, _clock, either.Token));
            }

            await using var stream = await answer.Content.ReadAsStreamAsync(either.Token);
            return await BoundedReader.ReadAsync(stream, answer.Content.Headers.ContentLength, limit, either.Token) is { } content
                ? read(content)
                : new ApiOutcome<TAnswer>.Failed(ApiFailures.BadAnswer($"an answer of more than {limit} bytes"));
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            var waited = deadline.IsCancellationRequested ? _timeout : ApiLimits.ConnectTimeout;
            return new ApiOutcome<TAnswer>.Failed(ApiFailures.TimedOut(waited));
        }
        catch (Exception e) when (ApiFailures.OfException(e) is { } failure)
        {
            cancellationToken.ThrowIfCancellationRequested();
            return new ApiOutcome<TAnswer>.Failed(failure);
        }
    }

    private static ApiOutcome<T> ReadObject<T>(ArraySegment<byte> json)
        where T : class, IKubernetesResource<T> =>
        ObjectReader.TryRead<T>(json, out var value, out var fault)
            ? new ApiOutcome<T>.Done(value)
            : new ApiOutcome<T>.Failed(ApiFailures.BadAnswer(fault));

    private static ApiOutcome<KubernetesList<T>> ReadList<T>(ArraySegment<byte> json)
        where T : class, IKubernetesResource<T> =>
        ObjectReader.TryReadList<T>(json, out var list, out var fault)
            ? new ApiOutcome<KubernetesList<T>>.Done(list)
            : new ApiOutcome<KubernetesList<T>>.Failed(ApiFailures.BadAnswer(fault));
}
