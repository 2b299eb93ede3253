using AuthzEngine.Requests;
using AuthzEngine.Tokens;
using Google.Protobuf;
using MeshCA.DecisionLog;
using MeshCA.Rpc.Authorization;
using MeshCA.Rpc.Decisions;
using MeshCA.Rpc.ExternalAuthorizations;
using MeshCA.Wire.Decision.V1;
using MeshCA.Wire.Envoy.Auth.V3;
using MeshCA.Wire.Envoy.Core.V3;
using Microsoft.Extensions.Primitives;
using Xunit;

namespace MeshCA.Tests.DecisionLog;

public sealed class RecordSizeTests
{
    private const int Length = 100_000;

    private static readonly string Text = new('a', Length);
    private readonly SampleDecisions _decisions = new();

    /// <summary>Each part that callers decide the length of.</summary>
    public static TheoryData<RequestAttributes> LongRequests() =>
    [
        new(new() { Path = Text }) { Label = "path" },
        new(new() { Host = Text }) { Label = "host" },
        new(new() { Method = Text }) { Label = "method" },
        new(new() { Sni = Text }) { Label = "server name" },
        new(new() { SourcePrincipal = Text }) { Label = "peer" },
        new(new() { Claims = Claim(new ClaimValue.Text(Text)) }) { Label = "claim" },
        new(new() { Claims = Claim(new ClaimValue.List([Claim(new ClaimValue.Text(Text))])) }) { Label = "claim in a list" },
        new(new() { FilterMetadata = Claim(new ClaimValue.Number(Text)) }) { Label = "metadata" },
        new(new() { Headers = new CheckHeaders(new() { Headers = { ["x-long"] = Text } }, joinedIsExact: true) }) { Label = "headers of Check" },
        new(new() { Headers = Raw(new() { Key = "x-long", Value = Text }) }) { Label = "header map" },
        new(new() { Headers = Raw(new() { Key = "x-long", RawValue = ByteString.CopyFrom(new byte[2 * Length]) }) }) { Label = "raw header" },
        new(new() { Headers = new QuestionHeaders([new Header { Name = "x-long", Value = Text }]) }) { Label = "headers of Decide" },
        new(new() { Headers = Forwarded }) { Label = "forwarded headers" },
        new(new() { Headers = new AuthenticatedHeaders(Forwarded, new Dictionary<string, string?>()) }) { Label = "headers after tokens" },
    ];

    private static ForwardedHeaders Forwarded => new(new Dictionary<string, StringValues> { ["x-long"] = new(["b", Text]) }, [], isWhole: true);

    [Theory]
    [MemberData(nameof(LongRequests))]
    public void Whatever_is_long_in_a_request_counts(RequestAttributes request)
    {
        var record = _decisions.Record(in request, default);
        var excess = RecordSize.Of(in record) - RecordSize.Of(_decisions.Record(default, default));

        Assert.InRange(excess, sizeof(char) * Length, (sizeof(char) * Length) + 1_000);
    }

    [Fact]
    public void What_tokens_put_into_headers_counts()
    {
        var record = _decisions.Record(default, default);
        var mutated = record with { Outcome = record.Outcome with { Mutations = [new("x-payload", Text), new("x-token", null)] } };

        Assert.True(RecordSize.Of(in mutated) > RecordSize.Of(in record) + (sizeof(char) * Length));
    }

    private static ClaimValue.Struct Claim(ClaimValue value) => new(new Dictionary<string, ClaimValue> { ["name"] = value });

    private static CheckHeaders Raw(HeaderValue header) =>
        new(new AttributeContext.Types.HttpRequest { HeaderMap = new HeaderMap { Headers = { header } } }, joinedIsExact: true);
}
