using System.IO;
using Grpc.Core;
using Grpc.Net.Client;
using MeshCA.IntegrationTests.Running;
using MeshCA.Rpc.Decisions;
using MeshCA.Wire.Decision.V1;
using TestSupport;
using Xunit;

namespace MeshCA.IntegrationTests.Deciding;

/// <summary>Our own protocol against the real service: over mutual TLS, and over the administrators' socket.</summary>
public sealed class PolicyDecisionPointTests
{
    private const string OnlyReads = """
        apiVersion: security.istio.io/v1
        kind: AuthorizationPolicy
        metadata: {name: readers, namespace: shop}
        spec:
          selector: {matchLabels: {app: cart}}
          rules: [{to: [{operation: {methods: [GET]}}]}]
        """;

    [Fact]
    public async Task A_proxy_decides_about_itself_and_an_administrator_about_every_workload()
    {
        await using var mesh = await StartAsync();
        using var proxy = (await mesh.EnrolAsync("cart")).Client;
        Assert.True((await proxy.Decisions.DecideAsync(Ask(null, "GET"))).Decision.Allowed);
        var refusal = await Assert.ThrowsAsync<RpcException>(async () => await proxy.Decisions.DecideAsync(Ask("shop/stock", "GET")));
        Assert.Equal(StatusCode.PermissionDenied, refusal.StatusCode);

        using var channel = Admin(mesh);
        var denied = (await Client(channel).DecideAsync(Ask("shop/cart", "POST"))).Decision;
        Assert.Equal((false, "no_allow_rule_matched", 1), (denied.Allowed, denied.Reason, denied.Revision));
        Assert.NotEmpty(denied.DecisionId);
    }

    [Fact]
    public async Task A_described_workload_is_decided_by_the_policies_that_select_it()
    {
        await using var mesh = await StartAsync();
        using var channel = Admin(mesh);
        var question = Ask(null, "POST");
        question.Workload = new()
        {
            Description = new() { Namespace = "shop", Labels = new() { Values = { { "app", "cart" } } }, Proxy = ProxyKind.Sidecar },
        };
        Assert.False((await Client(channel).DecideAsync(question)).Decision.Allowed);
        question.Workload.Description.Labels.Values["app"] = "other";
        Assert.True((await Client(channel).DecideAsync(question)).Decision.Allowed);
        question.Workload.Description.Labels = null;
        Assert.Equal(StatusCode.FailedPrecondition, await RefusalAsync(() => Client(channel).DecideAsync(question)));
    }

    [Fact]
    public async Task In_a_batch_each_question_is_answered_for_itself_and_in_order()
    {
        await using var mesh = await StartAsync();
        using var channel = Admin(mesh);
        var malformed = Ask("shop/cart", "GET");
        malformed.Request.SourceIp = "no address";
        var batch = new DecideBatchRequest { Requests = { Ask("shop/cart", "GET"), Ask("shop/nobody", "GET"), Ask("shop/cart", "PUT"), malformed } };
        var answers = (await Client(channel).DecideBatchAsync(batch)).Answers;
        Assert.True(answers[0].Decision.Allowed);
        Assert.Equal((int)StatusCode.FailedPrecondition, answers[1].Undecided.Code);
        Assert.False(answers[2].Decision.Allowed);
        Assert.Equal((int)StatusCode.InvalidArgument, answers[3].Undecided.Code);

        batch.Requests.Add(Enumerable.Repeat(Ask("shop/cart", "GET"), PolicyDecisionService.MaxBatch));
        Assert.Equal(StatusCode.InvalidArgument, await RefusalAsync(() => Client(channel).DecideBatchAsync(batch)));
    }

    [Fact]
    public async Task An_explanation_names_the_clause_that_failed_and_its_value()
    {
        await using var mesh = await StartAsync();
        using var channel = Admin(mesh);
        var answer = await Client(channel).ExplainAsync(Ask("shop/cart", "PUT"));
        Assert.False(answer.Decision.Allowed);
        Assert.Equal(("Permissive", ""), (answer.MutualTls, answer.MutualTlsPolicy));
        var policy = Assert.Single(answer.Policies);
        Assert.Equal(("AuthorizationPolicy/shop/readers", "Allow", "NoMatch"), (policy.Policy, policy.Action, policy.Rules[0].Outcome));
        var clause = Assert.Single(policy.Rules[0].Clauses);
        Assert.Equal(("spec.rules[0].to[0].operation.methods", "Fails"), (clause.Field, clause.Outcome));
        Assert.Equal(["PUT"], clause.Values);
    }

    [Fact]
    public async Task The_snapshot_tells_its_revision_sources_and_resources()
    {
        await using var mesh = await StartAsync();
        using var channel = Admin(mesh);
        var snapshot = await Client(channel).GetSnapshotAsync(new());
        Assert.Equal((1, 2), (snapshot.Revision, snapshot.Workloads));
        Assert.Equal(("test", false, 1), (snapshot.Sources[0].Name, snapshot.Sources[0].Failed, snapshot.Sources[0].Revision));
        Assert.Empty(snapshot.Resources);
        var all = await Client(channel).GetSnapshotAsync(new() { AllResources = true });
        Assert.Equal("AuthorizationPolicy/shop/readers", Assert.Single(all.Resources).Resource_);
    }

    [Fact]
    public async Task Explanations_and_snapshots_are_for_administrators_only()
    {
        await using var mesh = await StartAsync();
        using var proxy = (await mesh.EnrolAsync("cart")).Client;
        Assert.Equal(StatusCode.Unimplemented, await RefusalAsync(() => proxy.Decisions.ExplainAsync(Ask(null, "GET"))));
        Assert.Equal(StatusCode.Unimplemented, await RefusalAsync(() => proxy.Decisions.GetSnapshotAsync(new())));
        using var local = GrpcChannel.ForAddress(mesh.DecisionAddress!);
        Assert.Equal(StatusCode.Unimplemented, await RefusalAsync(() => Client(local).ExplainAsync(Ask("shop/cart", "GET"))));
    }

    [Fact]
    public async Task A_question_waits_for_the_revision_that_it_wants_and_no_longer_than_its_deadline()
    {
        await using var mesh = await StartAsync();
        using var channel = Admin(mesh);
        var question = Ask("shop/cart", "GET");
        question.MinRevision = 1;
        Assert.True((await Client(channel).DecideAsync(question)).Decision.Allowed);
        question.MinRevision = 2;
        var soon = DateTime.SpecifyKind(TimeProvider.System.GetUtcNow().DateTime, DateTimeKind.Utc).AddMilliseconds(200);
        Assert.Equal(StatusCode.DeadlineExceeded, await RefusalAsync(() => Client(channel).DecideAsync(question, deadline: soon)));
    }

    [Fact]
    public async Task Who_waits_for_a_revision_that_never_comes_takes_no_place_from_questions()
    {
        await using var mesh = await StartAsync(("Decisions:MaxConcurrent", "1"), ("Decisions:LongestCall", "00:01:00"));
        using var proxy = (await mesh.EnrolAsync("cart")).Client;
        var never = Ask(null, "GET");
        never.MinRevision = long.MaxValue;
        using var stop = new CancellationTokenSource();
        List<Task> waiting = [RefusalAsync(() => proxy.Decisions.DecideAsync(never, cancellationToken: stop.Token)), RefusalAsync(() => proxy.Decisions.DecideAsync(never, cancellationToken: stop.Token))];

        // One is above a bound, that of those who wait or, while the other is still on its way there, that of questions.
        var shed = (Task<StatusCode>)await Task.WhenAny(waiting);
        Assert.Equal(StatusCode.Unavailable, await shed);
        await Eventually.TrueAsync(() => IsAllowedAsync(proxy.Decisions), "a question beside one that waits");
        Assert.Equal(1, waiting.Count(task => !task.IsCompleted));

        await stop.CancelAsync();
        await Task.WhenAll(waiting);
    }

    private static Task<TestMesh> StartAsync(params (string, string)[] settings)
    {
        var directory = Directory.CreateTempSubdirectory("meshca-admin");
        return TestMesh.StartAsync(
            TestPolicies.Of(OnlyReads, "shop/cart", "shop/stock"),
            [("Decisions:PlaintextPort", "0"), ("Server:AdminSocket", Path.Combine(directory.FullName, "admin.sock")), .. settings]);
    }

    private static DecideRequest Ask(string? account, string method) => new()
    {
        Workload = account is null ? null : new() { Principal = TestPolicies.IdOf(account) },
        Request = new() { Http = new() { Method = method, Path = "/" } },
    };

    private static PolicyDecisionPoint.PolicyDecisionPointClient Client(GrpcChannel channel) => new(channel);

    private static GrpcChannel Admin(TestMesh mesh) => mesh.ConnectAdmin();

    private static async Task<bool> IsAllowedAsync(PolicyDecisionPoint.PolicyDecisionPointClient decisions)
    {
        try
        {
            return (await decisions.DecideAsync(Ask(null, "GET"))).Decision.Allowed;
        }
        catch (RpcException e) when (e.StatusCode == StatusCode.Unavailable)
        {
            return false;
        }
    }

    private static async Task<StatusCode> RefusalAsync<T>(Func<AsyncUnaryCall<T>> call) =>
        (await Assert.ThrowsAsync<RpcException>(async () => await call())).StatusCode;
}
