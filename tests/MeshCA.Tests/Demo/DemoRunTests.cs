using System.IO;
using MeshCA.Demo;
using TestSupport;
using Xunit;

namespace MeshCA.Tests.Demo;

public sealed class DemoRunTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Every_step_is_told_as_it_ends_and_passes()
    {
        var told = new List<DemoStep>();

        var steps = await new DemoRun(_directory.Path, TimeProvider.System, told.Add).RunAsync(TestContext.Current.CancellationToken);

        Assert.Equal(told, steps);
        Assert.Equal(9, steps.Count);
        Assert.All(steps, step => Assert.True(step.Passed, $"{step.Name}: {step.Detail}"));
        Assert.True(File.Exists(Path.Combine(_directory.Path, "frontend", "cert-chain.pem")));
    }

    [Fact]
    public async Task A_service_that_does_not_start_is_one_failed_step()
    {
        // A store's file that is none.
        Directory.CreateDirectory(_directory.File("store"));
        await File.WriteAllTextAsync(_directory.File("store/meshca.db"), new string('x', 4096), TestContext.Current.CancellationToken);

        var steps = await new DemoRun(_directory.Path, TimeProvider.System, _ => { }).RunAsync(TestContext.Current.CancellationToken);

        Assert.False(Assert.Single(steps).Passed);
    }
}
