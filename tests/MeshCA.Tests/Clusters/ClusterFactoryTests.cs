using System.IO;
using MeshCA.Clusters;
using MeshCA.Configuration;
using Microsoft.Extensions.Logging.Abstractions;
using TestSupport;
using Xunit;

namespace MeshCA.Tests.Clusters;

public sealed class ClusterFactoryTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Clusters_come_in_the_order_of_the_settings()
    {
        var options = new KubernetesOptions
        {
            Clusters = [Cluster("east", "token: t", "east-old"), Cluster("west", "token: t")],
        };
        Assert.Empty(Create(options, out var clusters));
        await using (clusters)
        {
            Assert.Equal("east", clusters.Home!.Id);
            Assert.Same(clusters.Home, clusters.Find(""));
            Assert.Same(clusters.Home, clusters.Find("east-old"));
            Assert.Equal("west", clusters.Find("west")!.Id);
            Assert.Null(clusters.Find("East"));
        }
    }

    [Fact]
    public void Faults_of_all_clusters_are_told_with_their_names()
    {
        var options = new KubernetesOptions { Clusters = [Cluster("east", "exec: {command: x}"), new ClusterOptions { Id = "pod" }] };
        var faults = Create(options, out var clusters);
        Assert.Empty(clusters.All);
        Assert.Contains(faults, fault => fault.StartsWith("cluster `east`: ", StringComparison.Ordinal) && fault.Contains("exec: ", StringComparison.Ordinal));
        Assert.Contains(faults, fault => fault.StartsWith("cluster `pod`: not in a cluster", StringComparison.Ordinal));
    }

    [Fact]
    public void No_clusters_are_no_fault()
    {
        Assert.Empty(Create(new KubernetesOptions(), out var clusters));
        Assert.Null(clusters.Home);
        Assert.Null(clusters.Find(""));
    }

    private static IReadOnlyList<string> Create(KubernetesOptions options, out ClusterDirectory clusters) => ClusterFactory.TryCreate(
        options, new PodEnvironment(null, null), TimeProvider.System, NullLoggerFactory.Instance, out clusters);

    private ClusterOptions Cluster(string id, string user, params string[] aliases)
    {
        File.WriteAllText(
            _directory.File(id),
            $$$"""
            current-context: a
            contexts: [{name: a, context: {cluster: a, user: a}}]
            clusters: [{name: a, cluster: {server: "http://127.0.0.1:1"}}]
            users: [{name: a, user: {{{{user}}}}}]
            """);
        return new ClusterOptions { Id = id, Aliases = [.. aliases], Kubeconfig = _directory.File(id) };
    }
}
