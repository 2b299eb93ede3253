using AuthzEngine.Admission;
using KubernetesClient.Models;
using MeshCA.IntegrationTests.Running;
using MeshCA.PolicySources.Watched;
using TestSupport.Kubernetes;
using Xunit;

namespace MeshCA.IntegrationTests.PolicySources;

/// <summary>Policies of a cluster against the real service, asked over the real Check.</summary>
public sealed class ClusterPoliciesTests
{
    [Fact]
    public async Task A_policy_counts_once_it_is_applied_and_no_longer_once_it_is_deleted()
    {
        await using var cluster = await ClusterHome.CreateAsync();
        await using var mesh = await cluster.StartAsync();
        using var proxy = new Proxy(mesh);
        await proxy.IsToldAsync("allow");

        cluster.PutDeny("deny");
        await proxy.IsToldAsync("deny");
        await cluster.BecomesAsync("deny", "True", "True");

        cluster.Server.Remove<V1AuthorizationPolicy>("deny", "shop");
        await proxy.IsToldAsync("allow");
    }

    [Fact]
    public async Task A_server_that_serves_the_older_version_alone_is_watched_in_it()
    {
        await using var cluster = await ClusterHome.CreateAsync("v1beta1");
        cluster.PutDeny("deny", kind: V1Beta1AuthorizationPolicy.Resource);
        await using var mesh = await cluster.StartAsync();
        using var proxy = new Proxy(mesh);

        await proxy.IsToldAsync("deny");
        await cluster.BecomesAsync("deny", "True", "True");
        Assert.Contains(cluster.Server.Requests, request => request.Method == "PUT" && request.Path.Contains("/v1beta1/", StringComparison.Ordinal));
        Assert.DoesNotContain(cluster.Server.Requests, request => request.Path.StartsWith("/apis/security.istio.io/v1/", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_cluster_without_the_definitions_has_no_policies_until_it_has_them()
    {
        await using var cluster = await ClusterHome.CreateAsync("v1alpha1");
        await using var mesh = await cluster.StartAsync();
        using var proxy = new Proxy(mesh);
        await proxy.IsToldAsync("allow");
        Assert.Equal(200, await mesh.ReadinessCodeAsync());

        cluster.Define("v1");
        cluster.PutDeny("deny");
        await proxy.IsToldAsync("deny");
    }

    [Fact]
    public async Task Until_the_cluster_was_listed_nothing_is_decided()
    {
        await using var cluster = await ClusterHome.CreateAsync();
        cluster.PutDeny("deny");
        cluster.Server.IsDown = true;
        await using var mesh = await cluster.StartAsync();
        using var proxy = new Proxy(mesh);
        Assert.Equal("Unavailable", await proxy.AskAsync());
        Assert.Equal(503, await mesh.ReadinessCodeAsync());

        cluster.Server.IsDown = false;
        await proxy.IsToldAsync("deny");
    }

    [Fact]
    public async Task A_server_that_is_starting_and_does_not_know_the_kinds_yet_is_not_believed_that_there_are_none()
    {
        await using var cluster = await ClusterHome.CreateAsync();
        cluster.PutDeny("deny");
        var isStarting = true;
        cluster.Server.Fault = request => !Volatile.Read(ref isStarting) ? null
            : request.Path == "/readyz" ? new FakeApiFault.Error(500, "InternalError")
            : request.Path.StartsWith("/apis/security.istio.io", StringComparison.Ordinal) ? new FakeApiFault.Error(404, "NotFound")
            : null;
        await using var mesh = await cluster.StartAsync();
        using var proxy = new Proxy(mesh);
        await Eventually.TrueAsync(() => cluster.Server.Requests.Count(request => request.Path == "/readyz") >= 3, "each kind looked for");
        Assert.Equal("Unavailable", await proxy.AskAsync());
        Assert.Equal(503, await mesh.ReadinessCodeAsync());

        Volatile.Write(ref isStarting, false);
        await proxy.IsToldAsync("deny");
    }

    [Fact]
    public async Task While_the_server_is_down_its_last_state_stays_and_what_changed_meanwhile_comes_after()
    {
        await using var cluster = await ClusterHome.CreateAsync();
        cluster.PutDeny("deny");
        await using var mesh = await cluster.StartAsync();
        using var proxy = new Proxy(mesh);
        await proxy.IsToldAsync("deny");

        cluster.Server.IsDown = true;
        await Eventually.TrueAsync(() => mesh.Part<WatchedCluster>().Age > TimeSpan.Zero, "a view that ages");
        cluster.Server.Remove<V1AuthorizationPolicy>("deny", "shop");
        Assert.Equal("deny", await proxy.AskAsync());
        Assert.Contains("meshca_cluster_view_age_seconds", await mesh.GetAsync("/metrics"), StringComparison.Ordinal);

        cluster.Server.IsDown = false;
        await proxy.IsToldAsync("allow");
        await Eventually.TrueAsync(
            () =>
            {
                cluster.Server.SendBookmarks(); // as a server does every minute or so
                return mesh.Part<WatchedCluster>().Age == TimeSpan.Zero;
            },
            "a view that is kept up");
    }

    [Fact]
    public async Task An_invalid_policy_denies_whom_it_names_and_its_status_says_why()
    {
        await using var cluster = await ClusterHome.CreateAsync();
        cluster.PutPod("web-1", "web", ("app", "web"));
        cluster.PutDeny("broken", port: "no-port");
        await using var mesh = await cluster.StartAsync();
        using var proxy = new Proxy(mesh);

        await proxy.IsToldAsync("deny");
        Assert.Equal("allow", await proxy.AskAsync("shop/web"));
        await cluster.BecomesAsync("broken", "False", "Unknown");
        Assert.Equal("Quarantined", cluster.Condition("broken", PolicyConditions.Accepted, "reason"));
        Assert.Contains("spec.rules[0].to[0].operation.ports[0]", cluster.Condition("broken", PolicyConditions.Accepted, "message"), StringComparison.Ordinal);

        cluster.PutDeny("broken", port: "9999");
        await proxy.IsToldAsync("allow");
        await cluster.BecomesAsync("broken", "True", "True");
    }

    [Fact]
    public async Task A_pod_that_is_labelled_otherwise_gets_and_loses_a_policy()
    {
        await using var cluster = await ClusterHome.CreateAsync();
        cluster.PutDeny("deny", app: "locked");
        await using var mesh = await cluster.StartAsync();
        using var proxy = new Proxy(mesh);
        await proxy.IsToldAsync("allow");
        await cluster.BecomesAsync("deny", "True", "False");
        Assert.Equal(PolicyVerdicts.NoWorkload, cluster.Condition("deny", PolicyConditions.Effective, "reason"));

        cluster.PutPod("cart-1", "cart", ("app", "locked"));
        await proxy.IsToldAsync("deny");
        await cluster.BecomesAsync("deny", "True", "True");

        cluster.PutPod("cart-1", "cart", ("app", "cart"));
        await proxy.IsToldAsync("allow");
    }

    [Fact]
    public async Task Of_two_peer_authentications_the_older_counts()
    {
        // authorization-policy §7.1
        await using var cluster = await ClusterHome.CreateAsync();
        Put("z-older", "STRICT");
        cluster.ServerClock.Advance(TimeSpan.FromDays(1));
        Put("a-younger", "PERMISSIVE");
        await using var mesh = await cluster.StartAsync();
        await Eventually.TrueAsync(() => mesh.Snapshot() is { } snapshot && snapshot.Resources.InForce.Resources.Count == 2, "both");

        await Eventually.TrueAsync(() => Reason("a-younger") == PolicyVerdicts.Ignored, "the younger one ignored");
        await Eventually.TrueAsync(() => Reason("z-older") == PolicyVerdicts.Effective, "the older one in effect");

        string? Reason(string name) => cluster.Server.FindJson<V1PeerAuthentication>(name, "shop")?["status"]?["conditions"]?.AsArray()
            .FirstOrDefault(condition => condition!["type"]!.GetValue<string>() == PolicyConditions.Effective)?["reason"]?.GetValue<string>();
        void Put(string name, string mode) => cluster.Server.Put(
            V1PeerAuthentication.Resource,
            $$$$"""{"metadata":{"name":"{{{{name}}}}","namespace":"shop"},"spec":{"mtls":{"mode":"{{{{mode}}}}"}}}""");
    }

    [Fact]
    public async Task What_others_say_in_a_status_stays_and_a_watch_that_expires_loses_nothing()
    {
        await using var cluster = await ClusterHome.CreateAsync();
        cluster.Server.Put(V1AuthorizationPolicy.Resource, """
            {"metadata":{"name":"deny","namespace":"shop"},"spec":{"action":"DENY","rules":[{}]},
             "status":{"conditions":[{"type":"ZtunnelAccepted","status":"True"}]}}
            """);
        await using var mesh = await cluster.StartAsync();
        using var proxy = new Proxy(mesh);
        await proxy.IsToldAsync("deny");
        await cluster.BecomesAsync("deny", "True", "True");
        Assert.Equal("True", cluster.Condition("deny", "ZtunnelAccepted"));

        cluster.Server.Expire();
        cluster.Server.Remove<V1AuthorizationPolicy>("deny", "shop");
        await proxy.IsToldAsync("allow");
    }

    [Fact]
    public async Task Thousands_of_policies_are_read_at_the_start_and_one_change_reads_one()
    {
        const int count = 2_000;
        await using var cluster = await ClusterHome.CreateAsync("v1", ("Kubernetes:Policies:WriteStatus", "false"));
        for (var i = 0; i < count; i++)
        {
            cluster.PutDeny($"p{i}", app: $"app{i}");
        }

        var started = TimeProvider.System.GetTimestamp();
        await using var mesh = await cluster.StartAsync();
        using var proxy = new Proxy(mesh);
        await proxy.IsToldAsync("allow");
        TestContext.Current.TestOutputHelper?.WriteLine($"start with {count} policies: {TimeProvider.System.GetElapsedTime(started)}");
        Assert.Equal(count, mesh.Snapshot()!.Resources.InForce.Resources.Count);
        var before = mesh.Snapshot()!;

        started = TimeProvider.System.GetTimestamp();
        cluster.PutDeny("p7");
        await proxy.IsToldAsync("deny");
        TestContext.Current.TestOutputHelper?.WriteLine($"one change among them: {TimeProvider.System.GetElapsedTime(started)}");
        Assert.Equal(count - 1, mesh.Snapshot()!.Resources.InForce.Resources.Intersect(before.Resources.InForce.Resources).Count());
        Assert.All(mesh.Snapshot()!.Resources.Resources, resource => Assert.Equal(AdmissionStatus.Accepted, resource.Status));
    }
}
