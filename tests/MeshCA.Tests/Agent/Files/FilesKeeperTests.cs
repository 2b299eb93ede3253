using System.IO;
using MeshCA.Agent.Files;
using MeshCA.Agent.Identities;
using MeshCA.Agent.Registration;
using MeshCA.Configuration;
using MeshCA.Telemetry;
using Microsoft.Extensions.Logging.Abstractions;
using TestSupport;
using Xunit;

namespace MeshCA.Tests.Agent.Files;

/// <summary>What a directory's files wait for, and what is said to be in use only once it is.</summary>
public sealed class FilesKeeperTests : IAsyncDisposable
{
    private const string Web = "spiffe://cluster.local/ns/shop/sa/web";

    // Only so that a broken build fails instead of hanging.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly RegistrationEntry Entry = SampleIdentities.Entry("web", Web);

    private readonly TemporaryDirectory _directory = new();
    private readonly SampleIdentities _own = new();
    private readonly SampleIdentities _next = new(name: "next");
    private readonly AgentStateStore _states = new();
    private readonly AppliedStates _applied = new();
    private readonly ManualTimeProvider _clock = new(TimeProvider.System.GetUtcNow());
    private readonly TestMeterFactory _meters = new();
    private readonly CancellationTokenSource _end = new();
    private readonly AgentFilesOptions _options;
    private FilesKeeper? _keeper;
    private Task _running = Task.CompletedTask;

    public FilesKeeperTests() => _options = new AgentFilesOptions { Directory = _directory.File("out"), OldVersionGrace = TimeSpan.FromMinutes(1) };

    [Fact]
    public async Task Nothing_is_in_use_before_there_is_anything_to_write()
    {
        Publish(_own.State(1));
        Start();
        var applied = AppliedAsync();
        await UntilAsync(() => _clock.TimerCount > 0);
        Assert.False(applied.IsCompleted);

        Publish(_own.State(1, _own.Hold(Entry, Web)));
        await AppliedAsync();
        Assert.True(File.Exists(Path.Combine(_options.Directory, "root-cert.pem")));
    }

    [Fact]
    public async Task New_files_are_in_use_only_once_the_program_was_told_and_it_is_told_until_it_listens()
    {
        _options.ReloadCommand = ["/bin/sh", "-c", $"test -e {_directory.File("listens")}"];
        Publish(_own.State(1, _own.Hold(Entry, Web)));
        Start();
        var applied = AppliedAsync();
        await UntilAsync(() => _keeper!.Status.Fault is not null);
        Assert.True(File.Exists(Path.Combine(_options.Directory, "key.pem")));
        Assert.False(applied.IsCompleted);

        await File.WriteAllTextAsync(_directory.File("listens"), "", TestContext.Current.CancellationToken);
        await UntilAsync(() => applied.IsCompleted, TimeSpan.FromSeconds(1));
        Assert.Null(_keeper!.Status.Fault);
    }

    [Fact]
    public async Task Each_change_of_svid_or_roots_is_written_and_told_and_what_says_the_same_is_not()
    {
        _options.ReloadCommand = ["/bin/sh", "-c", $"echo told >> {_directory.File("log")}"];
        var svid = _own.Hold(Entry, Web);
        Publish(_own.State(1, svid));
        Start();
        await AppliedAsync();
        Assert.Equal(1, Told);

        _states.Publish(state => state with { RevocationLists = [new byte[1]] });
        await AppliedAsync();
        Assert.Equal(1, Told);

        var both = _own.Bundle with { X509 = Both() };
        _states.Publish(state => state with { Bundle = both });
        await AppliedAsync();
        Assert.Equal(2, Told);
        Assert.Equal(both.X509.ToPem(), await File.ReadAllTextAsync(Path.Combine(_options.Directory, "root-cert.pem"), TestContext.Current.CancellationToken));

        Publish(_own.State(1, _own.Hold(Entry, Web)));
        await AppliedAsync();
        Assert.Equal(3, Told);
    }

    [Fact]
    public async Task Files_that_cannot_be_written_are_not_in_use_and_are_tried_again()
    {
        await File.WriteAllTextAsync(_options.Directory, "in the way", TestContext.Current.CancellationToken);
        Publish(_own.State(1, _own.Hold(Entry, Web)));
        Start();
        var applied = AppliedAsync();
        await UntilAsync(() => _keeper!.Status.Fault is not null);
        Assert.False(applied.IsCompleted);
        Assert.Null(_keeper!.Status.Serial);

        File.Delete(_options.Directory);
        await UntilAsync(() => applied.IsCompleted, TimeSpan.FromSeconds(1));
        Assert.True(File.Exists(Path.Combine(_options.Directory, "key.pem")));
    }

    [Fact]
    public async Task The_set_before_stays_for_those_who_are_reading_it_and_goes_after_the_grace()
    {
        Publish(_own.State(1, _own.Hold(Entry, Web)));
        Start();
        await AppliedAsync();
        Publish(_own.State(1, _own.Hold(Entry, Web)));
        await AppliedAsync();
        await UntilAsync(() => _clock.TimerCount > 0);
        Assert.Equal(2, Sets);

        _clock.Advance(TimeSpan.FromSeconds(59));
        Publish(_states.Current with { RevocationLists = [new byte[1]] });
        await AppliedAsync();
        await UntilAsync(() => _clock.TimerCount > 0);
        Assert.Equal(2, Sets);
        await UntilAsync(() => Sets == 1, TimeSpan.FromSeconds(1));
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _running);
        _end.Dispose();
        _meters.Dispose();
        _next.Dispose();
        _own.Dispose();
        _directory.Dispose();
    }

    private int Told => File.ReadAllLines(_directory.File("log")).Length;

    private int Sets => Directory.GetDirectories(_options.Directory, "..set_*").Length;

    private SpiffeIdentity.Bundles.X509Bundle Both() =>
        SpiffeIdentity.Bundles.X509Bundle.TryCreate(_own.Domain, [_own.Root, _next.Root], out var bundle, out var error)
            ? bundle
            : throw new InvalidOperationException($"{error}");

    private void Publish(AgentState next) => _states.Publish(_ => next with { });

    private async Task AppliedAsync()
    {
        var revision = _states.Current.Revision;
        for (var (lacking, changed) = _applied.Look(revision); lacking.Count > 0; (lacking, changed) = _applied.Look(revision))
        {
            await changed.WaitAsync(TestContext.Current.CancellationToken);
        }
    }

    private void Start()
    {
        _keeper = new FilesKeeper(
            _options,
            new RenewalSettings(0.5, 0, TimeSpan.Zero, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1)),
            _states,
            new FixedRegistrations(Entry),
            _applied.Add("files"),
            new AgentMetrics(_meters),
            _clock,
            NullLogger.Instance);
        _running = Task.Run(() => _keeper.RunAsync(_end.Token));
    }

    private async Task UntilAsync(Func<bool> holds, TimeSpan step = default)
    {
        var start = TimeProvider.System.GetTimestamp();
        while (!holds())
        {
            TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
            if (TimeProvider.System.GetElapsedTime(start) > Patience)
            {
                throw new TimeoutException("what was waited for did not come about");
            }

            _clock.Advance(step);
            await Task.Yield();
        }
    }
}
