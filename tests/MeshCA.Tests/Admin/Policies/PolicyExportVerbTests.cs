using MeshCA.Admin;
using Xunit;

namespace MeshCA.Tests.Admin.Policies;

public sealed class PolicyExportVerbTests
{
    [Theory]
    [InlineData("Http", "http_filters:")]
    [InlineData("Tcp", "filters:")]
    public async Task Filters_of_a_protocol_are_printed_as_yaml(string protocol, string start)
    {
        var text = (await ExportAsync("--workload", "shop/app=api", "--protocol", protocol)).Ends(ExitCode.Ok).Out;

        Assert.Contains($"\n{start}\n", text, StringComparison.Ordinal);
        Assert.Contains("ns[shop]-policy[no-admin]-rule[0]", text, StringComparison.Ordinal);
        Assert.Equal(protocol == "Http", text.Contains("ns[shop]-policy[api]-rule[0]", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Json_is_one_document() =>
        Assert.True((await ExportAsync("--workload", "shop/app=api", "-o", "json")).Ends(ExitCode.Ok).Json().TryGetProperty("http_filters", out _));

    [Fact]
    public async Task A_waypoint_finds_the_peer_in_filter_state() => Assert.Contains(
        "io.istio.peer_principal",
        (await ExportAsync("--workload", "shop/app=api", "--proxy", "Waypoint")).Ends(ExitCode.Ok).Out,
        StringComparison.Ordinal);

    [Fact]
    public async Task A_wrong_workload_is_refused() => (await ExportAsync("--workload", "/")).Ends(ExitCode.Usage);

    private static Task<CliResult> ExportAsync(params string[] arguments) =>
        PolicyCli.CallAsync("", ["export", "--policies", PolicyCli.PathOf("shop.yaml"), .. arguments]);
}
