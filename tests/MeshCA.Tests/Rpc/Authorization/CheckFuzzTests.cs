using AuthzEngine.Evaluation;
using AuthzEngine.Requests;
using FsCheck;
using FsCheck.Fluent;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using MeshCA.Configuration;
using MeshCA.Decisions;
using MeshCA.Rpc.Authorization;
using MeshCA.Wire.Envoy.Auth.V3;
using TestSupport;
using Xunit;

namespace MeshCA.Tests.Rpc.Authorization;

/// <summary>Whatever bytes come: no message, or an outcome, and never an exception of ours.</summary>
public sealed class CheckFuzzTests
{
    private const string ReadsEverything = """
        apiVersion: security.istio.io/v1
        kind: AuthorizationPolicy
        metadata: {name: all, namespace: shop}
        spec:
          action: DENY
          rules:
          - from: [{source: {notPrincipals: ["a/*"], notRemoteIpBlocks: ["10.0.0.0/8"], notIpBlocks: ["10.0.0.0/8"]}}]
            to: [{operation: {notPaths: ["/a/{*}", "/b*"], notHosts: ["*.x"], notPorts: ["80"]}}]
            when:
            - {key: "request.headers[x-a]", notValues: ["b"]}
            - {key: "request.auth.claims[a][b]", notValues: ["c"]}
            - {key: "experimental.envoy.filters.a.b[c]", notValues: ["d"]}
            - {key: "connection.sni", notValues: ["e"]}
        """;

    private static readonly DecisionOptions Options = new()
    {
        RemoteAddress = RemoteAddressSource.ForwardedFor,
        ProxiesSend = ProxyAttributes.TlsSession | ProxyAttributes.Metadata | ProxyAttributes.TokenPayload,
    };

    private static readonly DecisionPoint Point = new(
        TestPolicies.Of(ReadsEverything, "shop/cart"), Options.ToSettings(), new BanCheck(new TestRevocations(), true, TimeProvider.System), null, [], TimeProvider.System);

    private static readonly byte[] Whole = Question().ToByteArray();

    [Fact]
    public void The_unchanged_question_is_decided() => Assert.IsType<DecisionOutcome.Decided>(Answer(Whole));

    [Fact]
    public void Arbitrary_bytes_are_no_message_or_have_an_outcome() =>
        Prop.ForAll<byte[]>(bytes => IsSound(Answer(bytes))).QuickCheckThrowOnFailure();

    [Fact]
    public void A_changed_question_is_no_message_or_has_an_outcome() =>
        Prop.ForAll(Anywhere, ArbMap.Default.ArbFor<byte>(), Anywhere, (at, value, cut) =>
        {
            byte[] changed = [.. Whole];
            changed[at] = value;
            return IsSound(Answer(changed)) && IsSound(Answer(changed[..cut]));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(5_000));

    private static Arbitrary<int> Anywhere => Gen.Choose(0, Whole.Length - 1).ToArbitrary();

    // Nothing that had to be assumed is ever allowed.
    private static bool IsSound(DecisionOutcome? outcome) => outcome switch
    {
        DecisionOutcome.Decided(var decision, _, _) => decision.Verdict == Verdict.Deny || decision.Assumed == AttributeKinds.None,
        DecisionOutcome.Refused(_, var subject) => subject.Length <= 256,
        _ => true,
    };

    private static DecisionOutcome? Answer(byte[] bytes)
    {
        CheckRequest request;
        try
        {
            request = CheckRequest.Parser.ParseFrom(bytes);
        }
        catch (InvalidProtocolBufferException)
        {
            return null; // what the gRPC layer answers INTERNAL to
        }

        if (request.Attributes is not { } question || !CheckAttributes.TryReadWorkload(question, out var reference))
        {
            return new DecisionOutcome.Refused(DecisionRefusal.QuestionMalformed);
        }

        if (!Point.TryFind(DecisionCaller.Local, in reference, CheckAttributes.ReadSource(question), out var subject, out var refusal))
        {
            return refusal;
        }

        var attributes = new CheckAttributes(Options).Read(question, subject);
        var outcome = Point.Decide(subject, in attributes);
        if (outcome is DecisionOutcome.Decided decided)
        {
            _ = CheckAnswers.Of(decided, attributes.Protocol).ToByteArray();
        }

        return outcome;
    }

    private static CheckRequest Question() => new()
    {
        Attributes = new()
        {
            Source = new() { Principal = "spiffe://cluster.local/ns/a/sa/b", Address = new() { SocketAddress = new() { Address = "10.1.2.3", PortValue = 1 } } },
            Destination = new() { Principal = TestPolicies.IdOf("shop/cart"), Address = new() { SocketAddress = new() { Address = "::1", PortValue = 80 } } },
            Request = new()
            {
                Http = new()
                {
                    Method = "GET",
                    Path = "/c?d",
                    Host = "h",
                    Headers = { { "x-a", "c,d" }, { "x-forwarded-for", "1.2.3.4, 5.6.7.8" } },
                    HeaderMap = new() { Headers = { new Wire.Envoy.Core.V3.HeaderValue { Key = "x-a", RawValue = ByteString.CopyFromUtf8("é") } } },
                },
            },
            ContextExtensions = { { "other", "x" } },
            TlsSession = new() { Sni = "s" },
            MetadataContext = new()
            {
                FilterMetadata =
                {
                    { "envoy.filters.http.jwt_authn", Of("payload", Value.ForStruct(Of("a", Value.ForStruct(Of("b", Value.ForList(Value.ForString("c"))))))) },
                    { "envoy.filters.a.b", Of("c", Value.ForString("d")) },
                },
            },
        },
    };

    private static Struct Of(string key, Value value) => new() { Fields = { { key, value } } };
}
