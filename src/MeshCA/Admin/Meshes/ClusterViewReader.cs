using System.IO;
using System.Text;
using System.Text.Json;
using AuthzEngine.Formats.Yaml;
using KubernetesClient;
using KubernetesClient.Models;
using MeshCA.ClusterAnalysis;

namespace MeshCA.Admin.Meshes;

/// <summary>Reads a cluster once, list by list, into what analyses look at. What cannot be read is a gap, not a failure.</summary>
/// <param name="api">The API server.</param>
/// <param name="name">The cluster's name.</param>
/// <param name="rootNamespace">Namespace of Istio's control plane.</param>
internal sealed class ClusterViewReader(IKubernetes api, string name, string rootNamespace)
{
    private const int PageSize = 500;
    private const int MaxObjects = 200_000;
    private const string RootConfigMap = "istio-ca-root-cert";
    private const string RootKey = "root-cert.pem";
    private const string MeshConfigMap = "istio";
    private const string ServingSecret = "istiod-tls";

    private readonly List<ViewGap> _gaps = [];

    /// <summary>What callers are told about TLS; filled by <see cref="ReadClientRulesAsync"/>.</summary>
    public IReadOnlyList<ClientTlsRule> ClientRules { get; private set; } = [];

    /// <summary>Reads all that a whole analysis looks at.</summary>
    public async Task<ClusterView> ReadAsync(CancellationToken cancellationToken)
    {
        var workloads = await ReadWorkloadsAsync(cancellationToken);
        var channels = new List<TrustChannel>();
        channels.AddRange(await ReadMapsAsync(cancellationToken));
        channels.AddRange(Webhooks(await ListAsync<V1MutatingWebhookConfiguration>(null, cancellationToken), configuration => configuration.Webhooks));
        channels.AddRange(Webhooks(await ListAsync<V1ValidatingWebhookConfiguration>(null, cancellationToken), configuration => configuration.Webhooks));
        return workloads with
        {
            Channels = channels,
            ServingCertificate = await ReadServingAsync(cancellationToken),
            Gaps = [.. _gaps],
        };
    }

    /// <summary>Reads namespaces, pods, services, policies and the mesh's settings: what looks at single workloads needs.</summary>
    public async Task<ClusterView> ReadWorkloadsAsync(CancellationToken cancellationToken)
    {
        var namespaces = await ListAsync<V1Namespace>(null, cancellationToken);
        var pods = await ListAsync<V1PodInFull>("status.phase!=Succeeded,status.phase!=Failed", cancellationToken);
        var services = await ListAsync<V1Service>(null, cancellationToken);
        IIstioPolicy[] policies =
        [
            .. await ListEitherAsync<V1AuthorizationPolicy, V1Beta1AuthorizationPolicy>(cancellationToken),
            .. await ListEitherAsync<V1PeerAuthentication, V1Beta1PeerAuthentication>(cancellationToken),
            .. await ListEitherAsync<V1RequestAuthentication, V1Beta1RequestAuthentication>(cancellationToken),
        ];
        return new ClusterView
        {
            Name = name,
            RootNamespace = rootNamespace,
            Namespaces = [.. namespaces.Select(ns => new ViewedNamespace(
                ns.Metadata.Name ?? "", ns.Metadata.Labels ?? Empty, ns.Status?.Phase == "Terminating"))],
            Pods = [.. pods.Select(Pod)],
            Services = [.. services.Select(Service)],
            Policies = [.. policies.Select(Text)],
            Conditions = [.. policies.SelectMany(Conditions)],
            MeshSettings = await ReadMeshSettingsAsync(cancellationToken),
            Gaps = [.. _gaps],
        };
    }

    /// <summary>Reads the DestinationRules; where the kind is not installed there are none.</summary>
    /// <param name="cluster">What was read before.</param>
    /// <param name="cancellationToken">Ends the calls.</param>
    /// <returns>The same, with the gap where they cannot be read.</returns>
    public async Task<ClusterView> ReadClientRulesAsync(ClusterView cluster, CancellationToken cancellationToken)
    {
        switch (await ListPagesAsync<V1DestinationRule>(null, cancellationToken))
        {
            case ApiOutcome<List<V1DestinationRule>>.Done(var rules):
                ClientRules = [.. rules.Select(rule => Rule(rule.Metadata, rule.Spec)).OfType<ClientTlsRule>()];
                break;
            case ApiOutcome<List<V1DestinationRule>>.Failed({ Kind: ApiFailureKind.NotFound }):
                var older = await ListIfThereAsync<V1Beta1DestinationRule>(cancellationToken);
                ClientRules = [.. older.Select(rule => Rule(rule.Metadata, rule.Spec)).OfType<ClientTlsRule>()];
                break;
            case ApiOutcome<List<V1DestinationRule>>.Failed(var failure):
                AddGap(V1DestinationRule.Resource.Plural, failure);
                break;
        }

        return cluster with { Gaps = [.. _gaps] };
    }

    private static IReadOnlyDictionary<string, string> Empty { get; } = new Dictionary<string, string>();

    private static ClientTlsRule? Rule(V1ObjectMeta metadata, JsonElement? spec) =>
        spec is { } written ? ClientTlsRule.Read(metadata.Namespace ?? "", metadata.Name ?? "", written) : null;

    private static ViewedPod Pod(V1PodInFull pod) => new()
    {
        Namespace = pod.Metadata.Namespace ?? "",
        Name = pod.Metadata.Name ?? "",
        Labels = pod.Metadata.Labels ?? Empty,
        Annotations = pod.Metadata.Annotations ?? Empty,
        ServiceAccount = pod.Spec?.ServiceAccountName is { Length: > 0 } account ? account : "default",
        IsOnHostNetwork = pod.Spec?.HostNetwork ?? false,
        Containers =
        [
            .. (pod.Spec?.InitContainers ?? []).Select(container => Container(container, isInit: true)),
            .. (pod.Spec?.Containers ?? []).Select(container => Container(container, isInit: false)),
        ],
    };

    private static ViewedContainer Container(V1ContainerInFull container, bool isInit) => new(
        container.Name ?? "",
        isInit,
        [
            .. (container.Ports ?? [])
                .Where(port => port.ContainerPort is > 0 and <= 65535)
                .Select(port => new ViewedPort(port.ContainerPort.GetValueOrDefault(), port.Name ?? "")),
        ],
        container.SecurityContext?.RunAsUser,
        IsOverNetwork(container.LivenessProbe) || IsOverNetwork(container.ReadinessProbe) || IsOverNetwork(container.StartupProbe));

    private static bool IsOverNetwork(V1ContainerInFullProbe? probe) => probe is not null && (probe.HttpGet ?? probe.TcpSocket ?? probe.Grpc) is not null;

    private static ViewedService Service(V1Service service) => new(
        service.Metadata.Namespace ?? "",
        service.Metadata.Name ?? "",
        service.Spec?.Selector ?? Empty,
        service.Spec?.Type is "LoadBalancer" or "NodePort");

    // The reader of files reads these too: JSON is YAML, and one reader judges both.
    private static PolicyText Text(IIstioPolicy policy)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("apiVersion", policy.ApiVersion);
            json.WriteString("kind", policy.Kind);
            json.WriteStartObject("metadata");
            json.WriteString("name", policy.Metadata.Name);
            json.WriteString("namespace", policy.Metadata.Namespace);
            if (policy.Metadata.CreationTimestamp is { } created)
            {
                json.WriteString("creationTimestamp", created);
            }

            WriteMap(json, "labels", policy.Metadata.Labels);
            WriteMap(json, "annotations", policy.Metadata.Annotations);
            json.WriteEndObject();
            if (policy.Spec is { } spec)
            {
                json.WritePropertyName("spec");
                spec.WriteTo(json);
            }

            json.WriteEndObject();
        }

        return new($"{policy.Kind}/{policy.Metadata.Namespace}/{policy.Metadata.Name}", buffer.ToArray());
    }

    private static void WriteMap(Utf8JsonWriter json, string name, IReadOnlyDictionary<string, string>? map)
    {
        if (map is not { Count: > 0 })
        {
            return;
        }

        json.WriteStartObject(name);
        foreach (var (key, value) in map)
        {
            json.WriteString(key, value);
        }

        json.WriteEndObject();
    }

    private static IEnumerable<ViewedCondition> Conditions(IIstioPolicy policy)
    {
        if (policy.Status is not { ValueKind: JsonValueKind.Object } status
            || !status.TryGetProperty("conditions", out var conditions) || conditions.ValueKind != JsonValueKind.Array)
        {
            yield break;
        }

        foreach (var condition in conditions.EnumerateArray().Take(64))
        {
            if (Member(condition, "status") == "False" && Member(condition, "type") is { } type)
            {
                yield return new(
                    $"{policy.Kind}/{policy.Metadata.Namespace}/{policy.Metadata.Name}", type, Member(condition, "message") ?? Member(condition, "reason") ?? "");
            }
        }
    }

    private static string? Member(JsonElement parent, string member) =>
        parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(member, out var value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;

    // istio-ca §4.7: those that are ours or istiod's; other webhooks have authorities of their own.
    private IEnumerable<TrustChannel> Webhooks<T>(IEnumerable<T> configurations, Func<T, IReadOnlyList<V1Webhook>?> webhooks)
        where T : class, IKubernetesResource<T> =>
        from configuration in configurations
        from webhook in webhooks(configuration) ?? []
        where IsOfMesh(webhook.ClientConfig?.Service)
        let pem = webhook.ClientConfig?.CaBundle is { } bundle && Ascii.IsValid(bundle) ? Encoding.ASCII.GetString(bundle) : ""
        select new TrustChannel(
            TrustChannelKind.Webhook, $"{T.Resource.Kind}/{configuration.Metadata.Name}/{webhook.Name}", "", ViewedCertificate.ReadPem(pem));

    private bool IsOfMesh(V1WebhookService? service) => service is { Name: { } target, Namespace: { } ns }
        && ((ns == rootNamespace && target.StartsWith("istiod", StringComparison.Ordinal)) || target.StartsWith("meshca", StringComparison.Ordinal));

    private async Task<IReadOnlyList<TrustChannel>> ReadMapsAsync(CancellationToken cancellationToken) =>
    [
        .. (await ListAsync<V1ConfigMap>($"metadata.name={RootConfigMap}", cancellationToken)).Select(map => new TrustChannel(
            TrustChannelKind.ConfigMap,
            $"ConfigMap/{map.Metadata.Namespace}/{map.Metadata.Name}",
            map.Metadata.Namespace ?? "",
            ViewedCertificate.ReadPem(map.Data?.GetValueOrDefault(RootKey) ?? ""))),
    ];

    private async Task<PolicyText?> ReadMeshSettingsAsync(CancellationToken cancellationToken) =>
        await ReadOneAsync<V1ConfigMap>(MeshConfigMap, "configmaps", cancellationToken) is { } map && map.Data?.GetValueOrDefault("mesh") is { } mesh
            ? new($"ConfigMap/{rootNamespace}/{MeshConfigMap}", Encoding.UTF8.GetBytes(mesh))
            : null;

    private async Task<TrustChannel?> ReadServingAsync(CancellationToken cancellationToken)
    {
        if (await ReadOneAsync<V1Secret>(ServingSecret, "secrets", cancellationToken) is not { } secret)
        {
            return null;
        }

        var pem = secret.Data?.GetValueOrDefault("tls.crt") is { } chain && Ascii.IsValid(chain) ? Encoding.ASCII.GetString(chain) : "";
        return new(TrustChannelKind.Secret, $"Secret/{rootNamespace}/{ServingSecret}", rootNamespace, ViewedCertificate.ReadPem(pem));
    }

    private async Task<T?> ReadOneAsync<T>(string item, string resource, CancellationToken cancellationToken)
        where T : class, IKubernetesResource<T>
    {
        switch (await api.ReadAsync<T>(item, rootNamespace, cancellationToken))
        {
            case ApiOutcome<T>.Done(var found):
                return found;
            case ApiOutcome<T>.Failed({ Kind: ApiFailureKind.NotFound }):
                return null;
            case ApiOutcome<T>.Failed(var failure):
                AddGap($"{resource}/{item}", failure);
                return null;
            default:
                throw new System.Diagnostics.UnreachableException();
        }
    }

    private async Task<IEnumerable<IIstioPolicy>> ListEitherAsync<TNew, TOld>(CancellationToken cancellationToken)
        where TNew : class, IKubernetesResource<TNew>, IIstioPolicy
        where TOld : class, IKubernetesResource<TOld>, IIstioPolicy
    {
        switch (await ListPagesAsync<TNew>(null, cancellationToken))
        {
            case ApiOutcome<List<TNew>>.Done(var found):
                return found;
            case ApiOutcome<List<TNew>>.Failed({ Kind: ApiFailureKind.NotFound }):
                return await ListIfThereAsync<TOld>(cancellationToken);
            case ApiOutcome<List<TNew>>.Failed(var failure):
                AddGap(TNew.Resource.Plural, failure);
                return [];
            default:
                throw new System.Diagnostics.UnreachableException();
        }
    }

    // Of a kind that is not installed there are no objects.
    private async Task<IReadOnlyList<T>> ListIfThereAsync<T>(CancellationToken cancellationToken)
        where T : class, IKubernetesResource<T>
    {
        switch (await ListPagesAsync<T>(null, cancellationToken))
        {
            case ApiOutcome<List<T>>.Done(var found):
                return found;
            case ApiOutcome<List<T>>.Failed({ Kind: ApiFailureKind.NotFound }):
                return [];
            case ApiOutcome<List<T>>.Failed(var failure):
                AddGap(T.Resource.Plural, failure);
                return [];
            default:
                throw new System.Diagnostics.UnreachableException();
        }
    }

    private async Task<List<T>> ListAsync<T>(string? fields, CancellationToken cancellationToken)
        where T : class, IKubernetesResource<T>
    {
        switch (await ListPagesAsync<T>(fields, cancellationToken))
        {
            case ApiOutcome<List<T>>.Done(var found):
                return found;
            case ApiOutcome<List<T>>.Failed(var failure):
                AddGap(T.Resource.Plural, failure);
                return [];
            default:
                throw new System.Diagnostics.UnreachableException();
        }
    }

    private async Task<ApiOutcome<List<T>>> ListPagesAsync<T>(string? fields, CancellationToken cancellationToken)
        where T : class, IKubernetesResource<T>
    {
        var found = new List<T>();
        var query = new ListQuery { FieldSelector = fields, Limit = PageSize };
        while (true)
        {
            switch (await api.ListAsync<T>(query, cancellationToken))
            {
                case ApiOutcome<KubernetesList<T>>.Done(var page):
                    found.AddRange(page.Items);
                    if (page.Continue is not { Length: > 0 } next)
                    {
                        return new ApiOutcome<List<T>>.Done(found);
                    }

                    if (found.Count >= MaxObjects)
                    {
                        return new ApiOutcome<List<T>>.Failed(new(ApiFailureKind.BadAnswer, $"more than {MaxObjects} of them"));
                    }

                    query = query with { Continue = next };
                    break;
                case ApiOutcome<KubernetesList<T>>.Failed(var failure):
                    return new ApiOutcome<List<T>>.Failed(failure);
                default:
                    throw new System.Diagnostics.UnreachableException();
            }
        }
    }

    private void AddGap(string resource, ApiFailure failure) =>
        _gaps.Add(new(resource, failure.Kind is ApiFailureKind.Forbidden or ApiFailureKind.Unauthenticated, $"{failure.Kind}: {failure.Message}"));
}
