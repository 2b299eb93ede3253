using KubernetesClient;
using KubernetesClient.Configuration;
using Xunit;

namespace Kubernetes.Tests.Running;

/// <summary>The client under test, as somebody.</summary>
internal static class ClusterClients
{
    /// <summary>As the administrator.</summary>
    /// <param name="cluster">The cluster.</param>
    /// <param name="address">Another way to its API server; null for the direct one.</param>
    public static KubernetesApi Connect(this KubernetesCluster cluster, Uri? address = null) => Connect(cluster, address, new ClientSettings
    {
        CertificateAuthority = CredentialContent.In(cluster.Keys.AuthorityFile),
        ClientCertificate = CredentialContent.In(cluster.Keys.AdminFile),
        ClientKey = CredentialContent.In(cluster.Keys.AdminKeyFile),
    });

    /// <summary>With a bearer token.</summary>
    public static KubernetesApi ConnectWith(this KubernetesCluster cluster, CredentialContent token, Uri? address = null) => Connect(cluster, address, new ClientSettings
    {
        CertificateAuthority = CredentialContent.In(cluster.Keys.AuthorityFile),
        AccessToken = token,
    });

    /// <summary>The answer of a call that must succeed.</summary>
    public static async Task<T> MustAsync<T>(this Task<ApiOutcome<T>> call) => await call switch
    {
        ApiOutcome<T>.Done(var value) => value,
        ApiOutcome<T>.Failed(var failure) => throw new Xunit.Sdk.XunitException($"{failure}"),
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    /// <summary>Why a call failed; it must.</summary>
    public static async Task<ApiFailureKind> FailureAsync<T>(this Task<ApiOutcome<T>> call) =>
        Assert.IsType<ApiOutcome<T>.Failed>(await call).Failure.Kind;

    private static KubernetesApi Connect(KubernetesCluster cluster, Uri? address, ClientSettings settings) =>
        new(
            Assert.IsType<ConfigurationOutcome.Loaded>(KubernetesClientConfiguration.Create((address ?? cluster.Address).ToString(), settings)).Configuration,
            TimeProvider.System);
}
