using System.IO;
using System.Text.Json.Nodes;
using Kubernetes.Tests.Running;
using Xunit;

namespace Kubernetes.Tests.Deploying;

/// <summary>The API server takes what <c>deploy/</c> holds.</summary>
[Trait("Category", "Long")]
public sealed class ManifestTests(SharedCluster shared)
{
    [Fact]
    public async Task Base_and_definitions_are_taken_and_applying_again_changes_nothing()
    {
        await using var cluster = await KubernetesCluster.StartAsync();
        foreach (var directory in (string[])["crds", "base"])
        {
            await Installation.ApplyAsync(cluster, directory);
            var before = await VersionsAsync();
            await Installation.ApplyAsync(cluster, directory);
            Assert.Equal(before, await VersionsAsync());

            async Task<string> VersionsAsync() => await cluster.KubectlAsync(
                Installation.ForThisVersion(await cluster.KubectlAsync("", "kustomize", Installation.Directory(directory))),
                "get", "-f", "-", "-o", "jsonpath={range .items[*]}{.kind} {.metadata.name} {.metadata.resourceVersion}{\"\\n\"}{end}");
        }
    }

    [Theory]
    [InlineData("overlays/dev/statefulset.yaml", "statefulset")]
    [InlineData("overlays/ha/statefulset.yaml", "statefulset")]
    [InlineData("overlays/ha/poddisruptionbudget.yaml", "poddisruptionbudget")]
    [InlineData("components/certificate-signing/statefulset.yaml", "statefulset")]
    [InlineData("components/root-import/statefulset.yaml", "statefulset")]
    [InlineData("components/authority-plugin/statefulset.yaml", "statefulset")]
    public async Task A_patch_of_an_overlay_makes_an_object_that_is_taken(string patch, string file)
    {
        // kubectl's own kustomize is too old for overlays with components; it merges patches all the same.
        var cluster = await shared.StartedAsync();
        await Installation.EnsureAsync(cluster);
        var copy = cluster.File("to-be-patched.yaml");
        var text = await File.ReadAllTextAsync(Installation.Directory($"base/{file}.yaml"), TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(copy, Installation.ForThisVersion(text), TestContext.Current.CancellationToken);
        var merged = await cluster.KubectlAsync(
            "",
            "patch", "--local", "-o", "json", "-f", copy,
            "--patch", Installation.ForThisVersion(await File.ReadAllTextAsync(Installation.Directory(patch), TestContext.Current.CancellationToken)));
        var json = JsonNode.Parse(merged[merged.IndexOf('{', StringComparison.Ordinal)..])!;
        json["metadata"]!["name"] = shared.NewName("merged");
        await cluster.KubectlAsync(json.ToJsonString(), "create", "--dry-run=server", "-f", "-");
    }
}
