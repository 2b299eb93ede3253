using MeshCA.Authorities;
using MeshCA.Rotations;
using Xunit;

namespace MeshCA.Tests.Rotations;

public sealed class RotationForecastTests : IDisposable
{
    private readonly MeshModel _mesh = new();

    public void Dispose() => _mesh.Dispose();

    [Fact]
    public async Task A_dry_run_reckons_with_every_holder_since_none_can_have_the_bundle_to_come()
    {
        await _mesh.AdvanceAsync();
        var leaf = _mesh.Issue("stock agent", TimeSpan.FromHours(20));
        var now = _mesh.Clock.GetUtcNow();
        var phases = await PhasesAsync();
        Assert.Equal([RotationPhase.Distributing, RotationPhase.Draining], phases.Select(phase => phase.Phase));
        Assert.Equal((now + TimeSpan.FromHours(12), leaf.NotAfter), (phases[0].Expected, phases[0].Latest)); // it renews at half of 24 hours
        Assert.Equal(now + TimeSpan.FromHours(36), phases[1].Expected);
        Assert.Equal(leaf.NotAfter + MeshModel.Settings.MaxLeafLifetime, phases[1].Latest);
    }

    [Fact]
    public async Task Where_nobody_holds_a_leaf_only_time_is_waited_for()
    {
        await _mesh.AdvanceAsync();
        var now = _mesh.Clock.GetUtcNow();
        var phases = await PhasesAsync();
        Assert.Equal(now + MeshModel.Settings.PropagationWindow, phases[0].Expected);
        Assert.Equal(phases[0].Expected + MeshModel.Settings.SettleTime, phases[1].Expected);
    }

    [Fact]
    public async Task Once_it_is_under_way_those_that_have_the_bundle_are_waited_for_no_more()
    {
        await _mesh.AdvanceAsync();
        var begun = _mesh.Clock.GetUtcNow();
        await _mesh.Coordinator.BeginAsync(isManual: true, new(begun, "uid:0"), default);
        _mesh.Issue("prompt", TimeSpan.FromHours(20));
        Assert.Equal(begun + MeshModel.Settings.PropagationWindow, (await PhasesAsync())[0].Expected);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_phase_says_what_it_waits_for(bool isTakenBack)
    {
        await _mesh.AdvanceAsync();
        await OrderAsync(null);
        await OrderAsync(new AuthorityCommand.Activate());
        var leaf = _mesh.Issue("any", TimeSpan.FromHours(20));
        if (isTakenBack)
        {
            await OrderAsync(new AuthorityCommand.Rollback());
        }

        var report = await _mesh.Coordinator.ReportAsync(default);
        var phase = Assert.Single(report.Phases);
        Assert.Equal(report.Conditions.Select(condition => condition.Kind), phase.WaitsFor);
        Assert.Equal(isTakenBack ? leaf.NotAfter : _mesh.Clock.GetUtcNow() + MeshModel.Settings.SettleTime, phase.Expected);
    }

    private async Task<IReadOnlyList<PlannedPhase>> PhasesAsync() => (await _mesh.Coordinator.ReportAsync(default)).Phases;

    private async Task OrderAsync(AuthorityCommand? command)
    {
        var context = new CommandContext(_mesh.Clock.GetUtcNow(), "uid:0", "the test says so", IsForced: command is not null);
        Assert.IsType<RotationOutcome.Done>(command is null
            ? await _mesh.Coordinator.BeginAsync(isManual: true, context, default)
            : await _mesh.Coordinator.ExecuteAsync(command, context, default));
    }
}
