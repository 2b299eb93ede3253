using AuthzEngine.Formats.Words;
using AuthzEngine.Policies;

namespace AuthzEngine.Formats.Json;

/// <summary>What a request is decided in, besides the policies: the mesh and the workload.</summary>
/// <param name="Mesh">The mesh.</param>
/// <param name="Workload">The workload.</param>
public sealed record DecisionContext(MeshSettings Mesh, Workload Workload)
{
    private static readonly Dictionary<string, ExtensionProviderKind> ProviderKinds = new()
    {
        ["http"] = ExtensionProviderKind.Http,
        ["grpc"] = ExtensionProviderKind.Grpc,
    };

    private static readonly Dictionary<string, PathNormalization> Normalizations = new()
    {
        ["default"] = PathNormalization.Base,
        ["none"] = PathNormalization.None,
        ["base"] = PathNormalization.Base,
        ["merge_slashes"] = PathNormalization.MergeSlashes,
        ["decode_and_merge_slashes"] = PathNormalization.DecodeAndMergeSlashes,
    };

    private static readonly Dictionary<string, RepeatedHeaders> HeaderMatchings = new()
    {
        ["individually"] = RepeatedHeaders.Individually,
        ["joined"] = RepeatedHeaders.Joined,
    };

    private static readonly Dictionary<string, RequestPrincipalMatching> PrincipalMatchings = new()
    {
        ["issuer_and_subject"] = RequestPrincipalMatching.IssuerAndSubject,
        ["joined"] = RequestPrincipalMatching.Joined,
    };

    /// <summary>Reads a context.</summary>
    /// <param name="line">Its members <c>context</c> and <c>workload</c>, as <c>docs/policies.md</c> describes them; untrusted.</param>
    /// <param name="mesh">The mesh where the context does not say otherwise.</param>
    /// <param name="fault">Why it cannot be read; null: it can.</param>
    /// <returns>The context; of no use with a fault.</returns>
    public static DecisionContext Read(in DecisionLine line, MeshSettings mesh, out JsonFault? fault)
    {
        ArgumentNullException.ThrowIfNull(mesh);
        var (context, own) = (JsonMembers.Of(line.Context, "context"), JsonMembers.Of(line.Workload, "workload"));
        var workload = own.IsEmpty ? context.Object("workload") : own;
        var read = new DecisionContext(ReadMesh(context, own.Text("trust_domain"), mesh), ReadWorkload(context, workload));
        fault = context.Fault ?? own.Fault;
        return read;
    }

    private static MeshSettings ReadMesh(JsonMembers context, string? ownTrustDomain, MeshSettings mesh) => mesh with
    {
        TrustDomain = (context.Text("trust_domain") ?? ownTrustDomain) is { Length: > 0 } domain ? domain : mesh.TrustDomain,
        TrustDomainAliases = context.Texts("trust_domain_aliases") ?? mesh.TrustDomainAliases,
        RootNamespace = context.Text("root_namespace") is { Length: > 0 } root ? root : mesh.RootNamespace,
        ExtensionProviders = context.TryTake("extension_providers", out _)
            ? [.. context.Objects("extension_providers").Select(ReadProvider)]
            : mesh.ExtensionProviders,
        MultipleCustomProviders = context.Boolean("multiple_custom_providers_enabled") ?? mesh.MultipleCustomProviders,
        PathNormalization = context.Choice("path_normalization", Normalizations) ?? mesh.PathNormalization,
        SelectorBasedGatewayPolicy = context.Boolean("selector_based_gateway_policy") ?? mesh.SelectorBasedGatewayPolicy,
        RepeatedHeaders = context.Choice("repeated_headers", HeaderMatchings) ?? mesh.RepeatedHeaders,
        RequestPrincipals = context.Choice("request_principals", PrincipalMatchings) ?? mesh.RequestPrincipals,
    };

    // gRPC where nothing is said: such a provider is asked about TCP too, so no policy loses its force.
    private static ExtensionProvider ReadProvider(JsonMembers provider) => new(
        provider.Text("name") ?? "",
        provider.Choice("kind", ProviderKinds) ?? ExtensionProviderKind.Grpc,
        provider.Boolean("fail_open") ?? false,
        provider.Boolean("valid") ?? true);

    private static Workload ReadWorkload(JsonMembers context, JsonMembers? workload) => new()
    {
        Namespace = workload?.Text("namespace") ?? "default",
        Labels = ReadLabels(workload?.Object("labels")),
        ServiceAccount = workload?.Text("service_account"),
        Proxy = context.Choice("proxy", ProxyNames.ByName) ?? workload?.Choice("proxy", ProxyNames.ByName) ?? ProxyKind.Sidecar,
        Service = workload?.Object("service") is { } service ? ReadService(service) : null,
    };

    private static Dictionary<string, string> ReadLabels(JsonMembers? labels)
    {
        var read = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in labels?.All() ?? [])
        {
            read[name] = labels!.TextOf(name, value) ?? ""; // there are labels: one was just read
        }

        return read;
    }

    private static AddressedService ReadService(JsonMembers service) => new(
        service.Text("namespace") ?? "default",
        service.Text("name") ?? "",
        service.Choice("registry", RegistryNames.ByName) ?? ServiceRegistry.Kubernetes);
}
