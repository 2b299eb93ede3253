using MeshCA.Admin;
using Xunit;

namespace MeshCA.Tests.Admin;

public sealed class DemoVerbTests
{
    [Fact]
    public async Task The_demo_passes_every_step_and_leaves_nothing_behind()
    {
        var demo = (await Cli.CallAsync("demo", "--output", "json")).Ends(ExitCode.Ok);

        var report = demo.Json();
        Assert.Equal(["passed", "steps", "directory"], CliResult.Members(report));
        Assert.True(report.GetProperty("passed").GetBoolean());
        Assert.Equal(9, report.GetProperty("steps").GetArrayLength());
        Assert.Equal(System.Text.Json.JsonValueKind.Null, report.GetProperty("directory").ValueKind);
        Assert.DoesNotContain("PRIVATE KEY", demo.All, StringComparison.Ordinal);
        Assert.DoesNotContain("eyJ", demo.All, StringComparison.Ordinal);
    }
}
