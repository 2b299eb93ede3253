using Kubernetes.Tests.Running;
using Xunit;

namespace Kubernetes.Tests.Policies;

/// <summary>Policies while the API server is away, and with no more than the rights of docs/kubernetes.md (issue 5, "Policies").</summary>
[Trait("Category", "Long")]
public sealed class PolicyOutageTests
{
    private const string User = $"system:serviceaccount:{Installation.Namespace}:{Installation.Account}";

    [Fact]
    public async Task An_outage_of_the_server_changes_no_decision_and_afterwards_changes_arrive()
    {
        await using var mesh = await PolicyCluster.StartAsync();
        await mesh.ApplyAsync(PolicyCluster.Deny("deny"));
        await mesh.Proxy.IsToldAsync("deny");

        // Before the outage: a server that has just started refuses everybody until it has read its roles.
        Assert.DoesNotContain(Audit(mesh), entry => entry.Code == 403);
        await mesh.Cluster.KillServerAsync();
        Assert.Equal("deny", await mesh.Proxy.AskAsync());
        await mesh.Cluster.StartServerAsync();
        Assert.Equal("deny", await mesh.Proxy.AskAsync());
        await mesh.Cluster.CompactAsync();
        await mesh.DeleteAsync("deny");
        await mesh.Proxy.IsToldAsync("allow");

        var audit = Audit(mesh);
        Assert.All(audit.Where(entry => entry.Verb == "update"), entry => Assert.EndsWith("/status", entry.Resource, StringComparison.Ordinal));
        Assert.Empty(audit.Select(entry => entry.Verb).Except(["list", "update", "watch"]));
    }

    private static List<AuditEntry> Audit(PolicyCluster mesh) =>
        [.. mesh.Cluster.Audit.Read(User).Where(entry => entry.Group == "security.istio.io")];
}
