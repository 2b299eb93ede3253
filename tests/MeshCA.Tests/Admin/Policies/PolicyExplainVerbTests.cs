using MeshCA.Admin;
using Xunit;

namespace MeshCA.Tests.Admin.Policies;

public sealed class PolicyExplainVerbTests
{
    public static TheoryData<string, string[]> Requests() =>
    [
        new("explain-allowed", ["--workload", "shop/app=api", "--source", "spiffe://cluster.local/ns/shop/sa/web", "--method", "GET", "--path", "/items/1", "--port", "8080"]),
        new("explain-denied", ["--workload", "shop/app=api", "--source", "spiffe://cluster.local/ns/ops/sa/job", "--source-ip", "10.1.2.3", "--method", "PUT", "--path", "/items", "--host", "api.shop", "--header", "user-agent=a", "--header", "user-agent=robot", "--claims", """{"iss":"https://issuer.example","sub":"s","groups":["admins","guests"]}"""]),
        new("explain-plaintext", ["--workload", "shop", "--method", "GET", "--path", "/"]),
        new("explain-tcp", ["--workload", "shop/app=api", "--source", "spiffe://cluster.local/ns/shop/sa/web", "--port", "9000"]),
        new("explain-elsewhere", ["--workload", "other", "--method", "GET"]),
    ];

    [Theory, MemberData(nameof(Requests))]
    public async Task Each_clause_says_what_it_wants_and_what_the_request_has(string name, string[] request) =>
        PolicyCli.Matches(name, (await ExplainAsync("", request)).Ends(ExitCode.Ok).Out);

    [Fact]
    public async Task Json_says_the_same()
    {
        var json = (await ExplainAsync("", "--workload", "shop/app=api", "--method", "GET", "-o", "json")).Ends(ExitCode.Ok).Json();

        Assert.Equal("deny", json.GetProperty("decision").GetString());
        Assert.Equal("shop.yaml:32:1", json.GetProperty("location").GetString());
        var clause = json.GetProperty("policies")[0].GetProperty("rules")[0].GetProperty("clauses")[0];
        Assert.Equal("fails", clause.GetProperty("outcome").GetString());
        Assert.Equal("spiffe://cluster.local/ns/shop/sa/web", clause.GetProperty("wanted")[0].GetString());
        Assert.Equal(0, clause.GetProperty("values").GetArrayLength());
    }

    [Fact]
    public async Task What_the_command_line_says_stands_over_the_file()
    {
        var file = """{"context":{"workload":{"namespace":"other"}},"request":{"source_principal":"spiffe://x/","http":{"method":"PUT"}}}""";
        var text = (await ExplainAsync(file, "--request", "-", "--workload", "shop/app=api", "--method", "GET")).Ends(ExitCode.Ok).Out;

        Assert.Contains("workload  shop/app=api", text, StringComparison.Ordinal);
        Assert.Contains("the request has `GET`", text, StringComparison.Ordinal);
        Assert.Contains("the request has `spiffe://x/`", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--workload", "/app=api", "is no workload")]
    [InlineData("--header", "novalue", "is no header")]
    [InlineData("--claims", "{", "the request cannot be read")]
    [InlineData("--source-ip", "10", "request.source_ip")]
    [InlineData("--proxy", "router", "context.proxy")]
    public async Task A_request_that_cannot_be_read_is_refused(string option, string value, string complaint) =>
        (await ExplainAsync("", option, value)).Ends(ExitCode.Invalid).Says(complaint);

    private static Task<CliResult> ExplainAsync(string input, params string[] arguments) =>
        PolicyCli.CallAsync(input, ["explain", "--policies", PolicyCli.PathOf("shop.yaml"), .. arguments]);
}
