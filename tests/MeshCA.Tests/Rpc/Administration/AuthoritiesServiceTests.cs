using Grpc.Core;
using MeshCA.Admin;
using MeshCA.Authorities;
using MeshCA.Authorities.JwtKeys;
using MeshCA.Registration;
using MeshCA.Rotations;
using MeshCA.Rpc.Administration;
using MeshCA.Tests.Admin;
using MeshCA.Tests.Rotations;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using TestSupport;
using Xunit;

namespace MeshCA.Tests.Rpc.Administration;

/// <summary>What an administrator is answered whose order is durable though what follows it fails (issue 4 §3).</summary>
public sealed class AuthoritiesServiceTests : IAsyncLifetime
{
    private readonly ManualTimeProvider _clock = new();
    private readonly MemoryStore _store = new();
    private readonly RecordingLogger _log = new();
    private readonly MeshModel _mesh = new();
    private readonly AuthorityRotator _rotator;
    private AdministrationHost _host = null!;
    private bool _isClockBehind;

    public AuthoritiesServiceTests() => _rotator = new(_store, MeshAuthority.Settings, _clock, NullLogger<AuthorityRotator>.Instance)
    {
        JwtKeys = new JwtKeyKeeper(_store, MeshAuthority.JwtKeys),
    };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await _rotator.AdvanceAsync(Token);
        var fleet = new Fleet(_mesh, new ReportingFleet(_clock));
        _host = await AdministrationHost.StartAsync(new AuthoritiesService(
            _store,
            PermittedTrustDomains.Only(MeshAuthority.TrustDomain),
            new JwtKeyCoordinator(_store, _rotator, fleet, MeshAuthority.JwtKeys, _clock) { ClockIsBehind = () => _isClockBehind },
            _clock,
            new Logger<AuthoritiesService>(_log),
            new RotationCoordinator(_rotator, fleet, () => new(0, 0), MeshModel.Settings, _clock) { ClockIsBehind = () => _isClockBehind }));
    }

    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync();
        _rotator.Dispose();
        _mesh.Dispose();
    }

    [Fact]
    public async Task A_rotation_that_is_durable_is_answered_as_begun_and_marked_unmeasured()
    {
        _store.ChangeApplied = () => _store.Fails = true;
        using var channel = _host.Connect();
        var answer = await new Wire.Admin.Authorities.AuthoritiesClient(channel).BeginRotationAsync(new() { Reason = "a drill" }, cancellationToken: Token);
        Assert.True(answer.Unmeasured);
        Assert.Null(answer.Refusal);
        Assert.Equal((1UL, "distributing"), (answer.Rotation.Record.Number, answer.Rotation.Record.Phase));
        Assert.Equal(_store.Present.BundleSequence, answer.Rotation.BundleSequence);
        Assert.NotNull(answer.Rotation.Fleet); // an older command reads it
        Assert.Contains(_log.Entries, entry => entry.EventId == 9502);
    }

    [Fact]
    public async Task A_jwt_key_that_signs_from_now_on_is_answered_so_and_marked_unmeasured()
    {
        var next = _rotator.Current!.Jwt.Published[1].Id;
        _store.ChangeApplied = () => _store.Fails = true;
        using var channel = _host.Connect();
        var answer = await new Wire.Admin.Authorities.AuthoritiesClient(channel).RotateJwtKeyAsync(new() { Reason = "a drill", Force = true }, cancellationToken: Token);
        Assert.True(answer.Unmeasured);
        Assert.Equal((next, 1), (answer.JwtKeys.Active.Id, answer.JwtKeys.Leaving.Count));
        Assert.NotNull(answer.Rotation.Fleet);
    }

    // By such a clock what signs from now on would count as older than it is (docs/operations.md, faults).
    [Fact]
    public async Task While_the_clock_is_behind_no_other_key_signs_unless_it_is_forced_and_compromised_ones_can_be_declared_so()
    {
        using var channel = _host.Connect();
        var client = new Wire.Admin.Authorities.AuthoritiesClient(channel);
        await client.BeginRotationAsync(new() { Reason = "a drill" }, cancellationToken: Token);
        _isClockBehind = true;
        foreach (var call in (Func<Task>[])
        [
            () => client.RotateJwtKeyAsync(new() { Reason = "a drill" }, cancellationToken: Token).ResponseAsync,
            () => client.ActivateAsync(new() { Reason = "a drill" }, cancellationToken: Token).ResponseAsync,
            () => client.RollbackAsync(new() { Reason = "a drill" }, cancellationToken: Token).ResponseAsync,
        ])
        {
            var status = (await Assert.ThrowsAsync<RpcException>(call)).Status;
            Assert.Equal(StatusCode.Unavailable, status.StatusCode);
            Assert.StartsWith("the clock is behind the newest record", status.Detail, StringComparison.Ordinal);
        }

        var (old, key) = (_store.Present.Rotation!.OldRoot, _rotator.Current!.Jwt.Signer!.Id);
        Assert.Null((await client.ActivateAsync(new() { Reason = "a drill", Force = true }, cancellationToken: Token)).Refusal);
        Assert.Null((await client.TaintAsync(new() { Id = old, Reason = "stolen" }, cancellationToken: Token)).Refusal);
        Assert.Null((await client.RotateJwtKeyAsync(new() { Reason = "a drill", Force = true }, cancellationToken: Token)).Refusal);
        Assert.NotEqual(key, _rotator.Current.Jwt.Signer!.Id);
    }

    // An order that was not carried out is one that failed.
    [Fact]
    public async Task Where_the_store_fails_before_the_order_it_is_unavailable()
    {
        _store.Fails = true;
        using var channel = _host.Connect();
        var client = new Wire.Admin.Authorities.AuthoritiesClient(channel);
        foreach (var call in (Func<Task>[])
        [
            () => client.RotateJwtKeyAsync(new() { Reason = "a drill", Force = true }, cancellationToken: Token).ResponseAsync,
            () => client.BeginRotationAsync(new(), cancellationToken: Token).ResponseAsync,
        ])
        {
            Assert.Equal(StatusCode.Unavailable, (await Assert.ThrowsAsync<RpcException>(call)).StatusCode);
        }

        Assert.DoesNotContain(_log.Entries, entry => entry.EventId == 9502);
    }

    [Theory]
    [InlineData("it is done, but how things stand", "root", "rotate", "--reason", "a drill")]
    [InlineData("signs from now on", "jwt", "rotate", "--force", "--reason", "a drill")]
    public async Task The_command_ends_well_and_says_what_it_does_not_know(string says, params string[] command)
    {
        _store.ChangeApplied = () => _store.Fails = true;
        var result = await Cli.CallAsync([.. command, "--socket", _host.Socket]);
        Assert.Contains(says, result.Ends(ExitCode.Ok).Out, StringComparison.Ordinal);
        Assert.Contains("could not be measured", result.Out, StringComparison.Ordinal);
    }

    private sealed class Fleet(MeshModel mesh, ReportingFleet reporting) : MeshCA.Consumers.IFleetSource
    {
        public ValueTask<MeshCA.Consumers.FleetReport> MeasureAsync(long targetSequence, CancellationToken cancellationToken) =>
            mesh.MeasureAsync(targetSequence, cancellationToken);

        public ValueTask<MeshCA.Consumers.FleetReport> MeasureConsumersAsync(long targetSequence, CancellationToken cancellationToken) =>
            reporting.MeasureConsumersAsync(targetSequence, cancellationToken);
    }
}
