using MeshCA.Admin;
using Xunit;

namespace MeshCA.Tests.Admin.Policies;

public sealed class PolicyDiffVerbTests
{
    private const string Head =
        """{"context":{"workload":{"namespace":"shop","labels":{"app":"api"}}},"request":{"source_principal":"spiffe://cluster.local/ns/shop/sa/web","http":{"method":"HEAD","path":"/items"}}}""";

    [Fact]
    public async Task Resources_and_decisions_that_change_are_shown() =>
        PolicyCli.Matches("diff", (await DiffAsync("", "shop.yaml", "new")).Ends(ExitCode.Ok).Out);

    [Fact]
    public async Task Nothing_differs_from_itself() => Assert.StartsWith(
        "resources: none differs\ndecisions: none differs in ",
        (await DiffAsync("", "shop.yaml", "shop.yaml")).Ends(ExitCode.Ok).Out,
        StringComparison.Ordinal);

    [Fact]
    public async Task Requests_of_a_file_are_compared_too()
    {
        var json = (await DiffAsync($"{Head}\n\n{Head.Replace("HEAD", "PUT", StringComparison.Ordinal)}\n{Head}", "shop.yaml", "new", "--requests", "-", "-o", "json"))
            .Ends(ExitCode.Ok).Json();

        Assert.Equal([1, 4], json.GetProperty("requests").EnumerateArray().Select(request => request.GetProperty("line").GetInt32()));
        Assert.Equal("ns[shop]-policy[api]-rule[0]", json.GetProperty("requests")[0].GetProperty("after").GetProperty("policy").GetString());
        Assert.True(json.GetProperty("probes").GetInt64() > 0);
    }

    [Fact]
    public async Task Workloads_may_be_named()
    {
        var json = (await DiffAsync("", "shop.yaml", "new", "--workload", "shop/app=web", "-o", "json")).Ends(ExitCode.Ok).Json();

        Assert.All(json.GetProperty("decisions").EnumerateArray(), decision => Assert.Equal("shop/app=web (sidecar)", decision.GetProperty("workload").GetString()));
        Assert.NotEqual(0, json.GetProperty("decisions").GetArrayLength());
    }

    [Fact]
    public async Task A_line_that_is_no_request_ends_it() =>
        (await DiffAsync($"{Head}\n{{", "shop.yaml", "new", "--requests", "-")).Ends(ExitCode.Invalid).Says("line 2");

    [Fact]
    public async Task A_wrong_workload_is_refused() => (await DiffAsync("", "shop.yaml", "new", "--workload", "a/b")).Ends(ExitCode.Usage);

    private static Task<CliResult> DiffAsync(string input, string old, string current, params string[] arguments) =>
        PolicyCli.CallAsync(input, ["diff", PolicyCli.PathOf(old), PolicyCli.PathOf(current), .. arguments]);
}
