using KubernetesClient.Models;

namespace KubernetesClient.Tests.LeaderElection;

/// <summary>One lease in memory.</summary>
internal sealed class FakeLeases
{
    private int _version;

    public V1Lease? Lease { get; set; }

    public List<string> Calls { get; } = [];

    public ApiOutcome<V1Lease> Store(V1Lease lease)
    {
        Lease = lease with { Metadata = lease.Metadata with { ResourceVersion = $"{++_version}", Uid = Lease?.Metadata.Uid ?? $"uid-{_version}" } };
        return new ApiOutcome<V1Lease>.Done(Lease);
    }
}

/// <summary>A candidate's own way to the lease; each call first asks the test what is to happen to it.</summary>
internal sealed class Link(FakeLeases leases) : IKubernetes
{
    /// <summary>Completes before a call takes effect; false: it has none and fails.</summary>
    public Func<CancellationToken, Task<bool>> Before { get; set; } = _ => Task.FromResult(true);

    /// <summary>Completes before a call's answer is given.</summary>
    public Func<CancellationToken, Task> After { get; set; } = _ => Task.CompletedTask;

    public Task<ApiOutcome<T>> ReadAsync<T>(string name, string? ns, CancellationToken cancellationToken)
        where T : class, IKubernetesResource<T> =>
        CallAsync<T>("read", () => leases.Lease is { } lease ? new ApiOutcome<V1Lease>.Done(lease) : Fail(ApiFailureKind.NotFound), cancellationToken);

    public Task<ApiOutcome<T>> CreateAsync<T>(T body, CancellationToken cancellationToken)
        where T : class, IKubernetesResource<T> =>
        CallAsync<T>("create", () => leases.Lease is not null ? Fail(ApiFailureKind.AlreadyExists) : leases.Store((V1Lease)(object)body), cancellationToken);

    public Task<ApiOutcome<T>> ReplaceAsync<T>(T body, string? subresource, CancellationToken cancellationToken)
        where T : class, IKubernetesResource<T> =>
        CallAsync<T>(
            "update",
            () => leases.Lease is not { } lease ? Fail(ApiFailureKind.NotFound)
                : lease.Metadata.ResourceVersion != body.Metadata.ResourceVersion ? Fail(ApiFailureKind.Conflict)
                : leases.Store((V1Lease)(object)body),
            cancellationToken);

    public Task<ApiOutcome<KubernetesList<T>>> ListAsync<T>(ListQuery query, CancellationToken cancellationToken)
        where T : class, IKubernetesResource<T> => throw new NotSupportedException();

    public Task<ApiOutcome<T>> CreateBelowAsync<T>(
        ResourceKind parent, string name, string? ns, string subresource, T body, CancellationToken cancellationToken)
        where T : class, IKubernetesResource<T> => throw new NotSupportedException();

    public Task<ApiOutcome<T>> ApplyAsync<T>(T body, ApplyOptions options, CancellationToken cancellationToken)
        where T : class, IKubernetesResource<T> => throw new NotSupportedException();

    public Task<ApiOutcome<T>> PatchAsync<T>(string name, string? ns, ReadOnlyMemory<byte> patch, CancellationToken cancellationToken)
        where T : class, IKubernetesResource<T> => throw new NotSupportedException();

    public Task<ApiOutcome<bool>> DeleteAsync<T>(string name, string? ns, CancellationToken cancellationToken)
        where T : class, IKubernetesResource<T> => throw new NotSupportedException();

    public IAsyncEnumerable<WatchEvent<T>> WatchAsync<T>(ListQuery query, string resourceVersion, CancellationToken cancellationToken)
        where T : class, IKubernetesResource<T> => throw new NotSupportedException();

    public Task<ApiOutcome<byte[]>> ReadDocumentAsync(string path, CancellationToken cancellationToken) => throw new NotSupportedException();

    private static ApiOutcome<V1Lease> Fail(ApiFailureKind kind) => new ApiOutcome<V1Lease>.Failed(new(kind, "made to fail"));

    private ApiOutcome<V1Lease> Answer(Func<ApiOutcome<V1Lease>> answer)
    {
        lock (leases)
        {
            return answer();
        }
    }

    private async Task<ApiOutcome<T>> CallAsync<T>(string call, Func<ApiOutcome<V1Lease>> answer, CancellationToken cancellationToken)
    {
        lock (leases)
        {
            leases.Calls.Add(call);
        }

        var outcome = await Before(cancellationToken) ? Answer(answer) : Fail(ApiFailureKind.Unreachable);
        await After(cancellationToken);
        return (ApiOutcome<T>)(object)outcome;
    }
}
