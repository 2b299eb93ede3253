using MeshCA.Admin;
using Xunit;

namespace MeshCA.Tests.Admin.Policies;

public sealed class PolicyWhoCanVerbTests
{
    public static TheoryData<string, string[]> Operations() =>
    [
        new("who-can-read", ["GET", "/items/1", "on", "shop/app=api"]),
        new("who-can-administer", ["GET", "/items/x/../admin", "on", "shop/app=api", "--port", "8080"]),
        new("who-can-except", ["GET", "/items/admin", "on", "shop/app=api"]),
        new("who-can-write", ["PUT", "/", "on", "shop/app=api", "--host", "api.shop"]),
        new("who-can-elsewhere", ["GET", "/", "on", "other"]),
    ];

    [Theory, MemberData(nameof(Operations))]
    public async Task The_answer_is_made_of_the_rules(string name, string[] operation) =>
        PolicyCli.Matches(name, (await AskAsync(operation)).Ends(ExitCode.Ok).Out);

    [Fact]
    public async Task Json_says_the_same()
    {
        var json = (await AskAsync("GET", "/items/1", "on", "shop/app=api", "-o", "json")).Ends(ExitCode.Ok).Json();

        Assert.Equal("conditional", json.GetProperty("reach").GetString());
        var rule = json.GetProperty("allow")[0];
        Assert.Equal("shop.yaml:7:5", rule.GetProperty("location").GetString());
        Assert.Equal("source.principal", rule.GetProperty("from")[0][0].GetProperty("attribute").GetString());
    }

    [Theory]
    [InlineData("GET", "/", "at", "shop")]
    [InlineData("GET", "/", "on", "shop/app")]
    public async Task A_wrong_question_is_refused(params string[] question) => (await AskAsync(question)).Ends(ExitCode.Usage);

    [Fact]
    public async Task A_path_that_Envoy_refuses_is_refused() => (await AskAsync("GET", "/%00", "on", "shop")).Ends(ExitCode.Invalid);

    private static Task<CliResult> AskAsync(params string[] arguments) =>
        PolicyCli.CallAsync("", ["who-can", .. arguments, "--policies", PolicyCli.PathOf("shop.yaml")]);
}
