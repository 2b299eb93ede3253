namespace KubernetesClient;

/// <summary>Lists whole.</summary>
public static class ListQueries
{
    private const int MaxRestarts = 3;

    /// <summary>Lists all pages. Where the server forgets the list between two pages, it begins anew.</summary>
    /// <param name="api">The server.</param>
    /// <param name="query">Which objects; no limit in it means pages of <see cref="ApiLimits.PageSize"/>.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static async Task<ApiOutcome<KubernetesList<T>>> ListAllAsync<T>(
        this IKubernetes api, ListQuery query, CancellationToken cancellationToken)
        where T : class, IKubernetesResource<T>
    {
        ArgumentNullException.ThrowIfNull(api);
        ArgumentNullException.ThrowIfNull(query);
        var first = query with { Limit = query.Limit > 0 ? query.Limit : ApiLimits.PageSize, Continue = null };
        for (var restarts = 0; ; restarts++)
        {
            var outcome = await ListPagesAsync<T>(api, first, cancellationToken);
            if (restarts == MaxRestarts || outcome is not ApiOutcome<KubernetesList<T>>.Failed { Failure.Kind: ApiFailureKind.Expired })
            {
                return outcome;
            }
        }
    }

    private static async Task<ApiOutcome<KubernetesList<T>>> ListPagesAsync<T>(IKubernetes api, ListQuery first, CancellationToken cancellationToken)
        where T : class, IKubernetesResource<T>
    {
        var items = new List<T>();
        var query = first;
        for (var page = 0; page < ApiLimits.Pages; page++)
        {
            var outcome = await api.ListAsync<T>(query, cancellationToken);
            if (outcome is not ApiOutcome<KubernetesList<T>>.Done(var list))
            {
                return outcome;
            }

            items.AddRange(list.Items);
            if (list.Continue is null)
            {
                return new ApiOutcome<KubernetesList<T>>.Done(list with { Items = items });
            }

            query = first with { Continue = list.Continue };
        }

        return new ApiOutcome<KubernetesList<T>>.Failed(new(ApiFailureKind.BadAnswer, $"a list of more than {ApiLimits.Pages} pages"));
    }
}
