using Grpc.Core;
using Grpc.Net.Client;
using MeshCA.IntegrationTests.Running;
using MeshCA.Rpc.Decisions;
using MeshCA.Wire.Envoy.Auth.V3;
using TestSupport;
using Xunit;
using HttpCode = MeshCA.Wire.Envoy.Types.V3.StatusCode;

namespace MeshCA.IntegrationTests.Deciding;

/// <summary>Envoy's Check against the real service, over both of its ports.</summary>
public sealed class CheckTests
{
    private const string OnlyReads = """
        apiVersion: security.istio.io/v1
        kind: AuthorizationPolicy
        metadata: {name: readers, namespace: shop}
        spec:
          selector: {matchLabels: {app: cart}}
          rules:
          - from: [{source: {principals: ["cluster.local/ns/web/sa/shop"]}}]
            to: [{operation: {methods: [GET], ports: ["8080"]}}]
        """;

    private static readonly (string, string) Plaintext = ("Decisions:PlaintextPort", "0");

    [Fact]
    public async Task A_proxy_asks_about_itself_over_mutual_tls_and_is_told_allow_or_deny()
    {
        await using var mesh = await TestMesh.StartAsync(TestPolicies.Of(OnlyReads, "shop/cart"));
        using var proxy = (await mesh.EnrolAsync("cart")).Client;

        var allowed = await CheckAsync(proxy, Question.Http("shop/cart"));
        Assert.Equal(0, allowed.Status.Code);
        Assert.NotNull(allowed.OkResponse);
        var denied = await CheckAsync(proxy, Question.Http("shop/cart", "DELETE"));
        Assert.Equal((int)StatusCode.PermissionDenied, denied.Status.Code);
        Assert.Equal(HttpCode.Forbidden, denied.DeniedResponse.Status.Code);
        Assert.Equal("RBAC: access denied", denied.DeniedResponse.Body);
        var own = allowed.DynamicMetadata.Fields["meshca"].StructValue.Fields;
        Assert.Equal("ns[shop]-policy[readers]-rule[0]", own["rule"].StringValue);
        Assert.Equal(1, own["revision"].NumberValue);
    }

    [Fact]
    public async Task A_proxy_without_a_certificate_of_its_own_to_report_asks_about_its_identity()
    {
        await using var mesh = await TestMesh.StartAsync(TestPolicies.Of(OnlyReads, "shop/cart"));
        using var proxy = (await mesh.EnrolAsync("cart")).Client;
        Assert.Equal(0, (await CheckAsync(proxy, Question.Http(null))).Status.Code);
    }

    [Fact]
    public async Task A_proxy_that_asks_about_another_workload_is_refused_unless_it_is_trusted()
    {
        await using var mesh = await TestMesh.StartAsync(
            TestPolicies.Of(OnlyReads, "shop/cart"), ("Decisions:TrustedCallers:0", TestPolicies.IdOf("shop/gateway")));
        using var stranger = (await mesh.EnrolAsync("other")).Client;
        using var gateway = (await mesh.EnrolAsync("gateway")).Client;
        Assert.Equal(StatusCode.PermissionDenied, await RefusalAsync(stranger, Question.Http("shop/cart")));
        Assert.Equal(0, (await CheckAsync(gateway, Question.Http("shop/cart"))).Status.Code);
    }

    [Fact]
    public async Task Without_a_client_certificate_nothing_is_decided()
    {
        await using var mesh = await TestMesh.StartAsync(TestPolicies.Of(OnlyReads, "shop/cart"));
        using var stranger = mesh.Connect();
        Assert.Equal(StatusCode.Unauthenticated, await RefusalAsync(stranger, Question.Http("shop/cart")));
    }

    [Fact]
    public async Task A_workload_that_nobody_knows_is_an_error_and_not_a_workload_without_policies()
    {
        await using var mesh = await TestMesh.StartAsync(TestPolicies.Of(OnlyReads, "shop/cart"), Plaintext);
        using var channel = Local(mesh);
        Assert.Equal(StatusCode.FailedPrecondition, await RefusalAsync(channel, Question.Http("shop/unheard-of")));
        Assert.Equal(StatusCode.InvalidArgument, await RefusalAsync(channel, Question.Http(null)));
        Assert.Equal(StatusCode.InvalidArgument, await RefusalAsync(channel, new CheckRequest()));
    }

    [Fact]
    public async Task Connections_are_decided_by_the_rules_for_tcp()
    {
        // A rule with a method is no rule for TCP: nothing allows.
        await using var mesh = await TestMesh.StartAsync(TestPolicies.Of(OnlyReads, "shop/cart", "shop/stock"), Plaintext);
        using var channel = Local(mesh);
        var denied = await CheckAsync(channel, Question.Tcp("shop/cart"));
        Assert.Equal((int)StatusCode.PermissionDenied, denied.Status.Code);
        Assert.Null(denied.DeniedResponse);
        Assert.Equal(0, (await CheckAsync(channel, Question.Tcp("shop/stock"))).Status.Code);
    }

    [Fact]
    public async Task Before_the_first_snapshot_nothing_is_decided_and_the_service_is_unready()
    {
        var policies = new TestPolicies();
        await using var mesh = await TestMesh.StartAsync(policies, Plaintext);
        using var channel = Local(mesh);
        Assert.Equal(StatusCode.Unavailable, await RefusalAsync(channel, Question.Http("shop/cart")));
        Assert.Equal(503, await mesh.ReadinessCodeAsync());
        policies.Publish(7, OnlyReads, new(), "shop/cart");
        Assert.Equal(0, (await CheckAsync(channel, Question.Http("shop/cart"))).Status.Code);
        Assert.Equal(200, await mesh.ReadinessCodeAsync());
    }

    [Fact]
    public async Task Above_the_bound_questions_are_shed_with_unavailable_and_afterwards_decided()
    {
        await using var mesh = await TestMesh.StartAsync(
            TestPolicies.Of(OnlyReads, "shop/cart"), Plaintext, ("Decisions:MaxConcurrent", "1"));
        using var channel = Local(mesh);
        Assert.True(mesh.Part<DecisionGate>().TryEnter());
        Assert.Equal(StatusCode.Unavailable, await RefusalAsync(channel, Question.Http("shop/cart")));
        mesh.Part<DecisionGate>().Leave();
        Assert.Equal(0, (await CheckAsync(channel, Question.Http("shop/cart"))).Status.Code);
    }

    [Theory]
    [InlineData(200_000, StatusCode.OK)]
    [InlineData(2_000_000, StatusCode.ResourceExhausted)]
    public async Task A_question_may_have_large_headers_up_to_the_limit(int length, StatusCode expected)
    {
        await using var mesh = await TestMesh.StartAsync(TestPolicies.Of(OnlyReads, "shop/cart"), Plaintext);
        using var channel = Local(mesh);
        var question = Question.Http("shop/cart");
        question.Attributes.Request.Http.Headers["cookie"] = new string('x', length);
        var status = expected == StatusCode.OK ? (StatusCode)(await CheckAsync(channel, question)).Status.Code : await RefusalAsync(channel, question);
        Assert.Equal(expected, status);
    }

    [Fact]
    public async Task Bytes_that_are_no_question_are_refused()
    {
        await using var mesh = await TestMesh.StartAsync(TestPolicies.Of(OnlyReads, "shop/cart"), Plaintext);
        using var channel = Local(mesh);
        var method = new Method<byte[], byte[]>(
            MethodType.Unary, "envoy.service.auth.v3.Authorization", "Check", Marshallers.Create(bytes => bytes, bytes => bytes), Marshallers.Create(bytes => bytes, bytes => bytes));

        // A principal that is no UTF-8 is nobody's; a message that ends too early is none.
        Assert.Equal(StatusCode.FailedPrecondition, await RefusalAsync([0x0a, 0x06, 0x12, 0x04, 0x22, 0x02, 0xff, 0xfe]));
        Assert.Equal(StatusCode.Internal, await RefusalAsync([0x0a, 0x7f]));

        async Task<StatusCode> RefusalAsync(byte[] message)
        {
            var call = channel.CreateCallInvoker().AsyncUnaryCall(method, null, default, message);
            return (await Assert.ThrowsAsync<RpcException>(async () => await call)).StatusCode;
        }
    }

    [Fact]
    public async Task The_plaintext_port_is_closed_by_default_and_open_on_loopback_only()
    {
        await using var closed = await TestMesh.StartAsync(TestPolicies.Of(OnlyReads, "shop/cart"));
        Assert.Null(closed.DecisionAddress);
        await using var open = await TestMesh.StartAsync(TestPolicies.Of(OnlyReads, "shop/cart"), Plaintext, ("Server:Address", "0.0.0.0"));
        Assert.Equal("127.0.0.1", open.DecisionAddress!.Host);
    }

    [Fact]
    public async Task The_plaintext_port_serves_no_certificates()
    {
        await using var mesh = await TestMesh.StartAsync(TestPolicies.Of(OnlyReads, "shop/cart"), Plaintext);
        using var channel = Local(mesh);
        var csr = new Wire.Istio.IstioCertificateService.IstioCertificateServiceClient(channel);
        var refusal = await Assert.ThrowsAsync<RpcException>(async () => await csr.CreateCertificateAsync(new()));
        Assert.Equal(StatusCode.Unimplemented, refusal.StatusCode);
    }

    [Fact]
    public async Task Without_a_source_of_policies_nothing_is_decided()
    {
        await using var mesh = await TestMesh.StartAsync(Plaintext);
        using var channel = Local(mesh);
        Assert.Equal(StatusCode.FailedPrecondition, await RefusalAsync(channel, Question.Http("shop/cart")));
    }

    private static GrpcChannel Local(TestMesh mesh) => GrpcChannel.ForAddress(mesh.DecisionAddress!);

    private static Task<CheckResponse> CheckAsync(MeshClient proxy, CheckRequest question) => CheckAsync(proxy.Authorization, question);

    private static Task<CheckResponse> CheckAsync(GrpcChannel channel, CheckRequest question) =>
        CheckAsync(new Authorization.AuthorizationClient(channel), question);

    private static async Task<CheckResponse> CheckAsync(Authorization.AuthorizationClient client, CheckRequest question) =>
        await client.CheckAsync(question, cancellationToken: TestContext.Current.CancellationToken);

    private static async Task<StatusCode> RefusalAsync(MeshClient proxy, CheckRequest question) =>
        (await Assert.ThrowsAsync<RpcException>(() => CheckAsync(proxy, question))).StatusCode;

    private static async Task<StatusCode> RefusalAsync(GrpcChannel channel, CheckRequest question) =>
        (await Assert.ThrowsAsync<RpcException>(() => CheckAsync(channel, question))).StatusCode;
}
