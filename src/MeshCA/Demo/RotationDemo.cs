using Grpc.Core;
using MeshCA.Authentication.Development;
using MeshCA.Authorities;
using MeshCA.Configuration;
using MeshCA.Hosting;
using MeshCA.Rotations;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace MeshCA.Demo;

/// <summary>A mesh with certificates of seconds, whose workloads talk on while its root changes.</summary>
/// <param name="directory">An empty directory for the store.</param>
/// <param name="clock">The clock.</param>
internal sealed class RotationDemo(string directory, TimeProvider clock)
{
    private const int Workloads = 6;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    /// <summary>Rotates once.</summary>
    /// <returns>What came of it.</returns>
    public async Task<DemoStep> RunAsync(CancellationToken cancellationToken)
    {
        const string Step = "rotate the root while workloads talk";
        using var issuer = DevTokenIssuer.OpenOrCreate(directory, clock);
        var start = await MeshServer.StartAsync(
            Gather(directory), new ServerSetUp { Clock = clock, MoreIssuers = [DevTokenIssuer.ToOptions(directory)] }, cancellationToken);
        if (start is not ServerStart.Started(var server))
        {
            return new DemoStep(Step, false, string.Join("; ", ((ServerStart.Refused)start).Faults));
        }

        await using (server)
        {
            try
            {
                var step = await RotateAsync(Step, server, issuer, cancellationToken);
                await server.StopAsync(cancellationToken);
                return step;
            }
            catch (RpcException e)
            {
                return new DemoStep(Step, false, e.Message);
            }
        }
    }

    private static IConfiguration Gather(string data)
    {
        var settings = new Dictionary<string, string?>
        {
            ["Storage:DirectoryPath"] = data,
            ["Storage:CreateKeyEncryptionKey"] = "true",
            ["Server:Address"] = "127.0.0.1",
            ["Server:Port"] = "0",
            ["Server:HttpAddress"] = "127.0.0.1",
            ["Server:HttpPort"] = "0",
            ["Authorities:IntermediateLifetime"] = "00:10:00",
            ["Authorities:RootLifetime"] = "01:00:00",
            ["Issuance:DefaultLifetime"] = "00:00:04",
            ["Issuance:MaxLifetime"] = "00:00:10",
            ["Issuance:AuthorityFloor"] = "00:00:01",
            ["Rotation:PropagationWindow"] = "00:00:01",
            ["Rotation:SettleTime"] = "00:00:01",
            ["Rotation:CheckInterval"] = "00:00:00.1",
            ["Rotation:RootExpiryAlarm"] = "00:00:00",
            ["Authorities:ExpiryAlarm"] = "00:00:01",
            ["Logging:LogLevel:Default"] = "Critical",
        };
        return Settings.TryGather(settings, null, [], out var gathered, out var fault) ? gathered : throw new InvalidOperationException(fault);
    }

    private async Task<DemoStep> RotateAsync(string step, MeshServer server, DevTokenIssuer issuer, CancellationToken cancellationToken)
    {
        var rotations = server.Services.GetRequiredService<RotationCoordinator>();
        var workloads = new List<DemoWorkload>();
        using var talk = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        try
        {
            for (var i = 0; i < Workloads; i++)
            {
                workloads.Add(await DemoWorkload.StartAsync($"web-{i}", server, issuer, clock, cancellationToken));
            }

            var talking = workloads.Select(workload => workload.TalkAsync(workloads, talk.Token)).ToList();
            await rotations.BeginAsync(isManual: false, new CommandContext(clock.GetUtcNow(), "demo", "shown"), cancellationToken);
            var end = await FollowAsync(rotations, cancellationToken);
            await talk.CancelAsync();
            await Task.WhenAll(talking);
            return Judge(step, end, workloads);
        }
        finally
        {
            foreach (var workload in workloads)
            {
                await workload.DisposeAsync();
            }
        }
    }

    private async Task<RotationRecord> FollowAsync(RotationCoordinator rotations, CancellationToken cancellationToken)
    {
        var started = clock.GetTimestamp();
        while (true)
        {
            var rotation = (await rotations.ReportAsync(cancellationToken)).Authorities.Rotation!; // begun above
            if (!rotation.IsUnderWay || rotation.Hold is not null || clock.GetElapsedTime(started) > Patience)
            {
                return rotation;
            }

            await Task.Delay(Pause, clock, cancellationToken);
        }
    }

    private static DemoStep Judge(string step, RotationRecord end, List<DemoWorkload> workloads)
    {
        var (made, failed) = (workloads.Sum(workload => workload.Handshakes), workloads.Sum(workload => workload.Faults.Count));
        var detail = end.Phase == RotationPhase.Completed
            ? $"{made} mutual TLS handshakes of {workloads.Count} workloads, {failed} failed; root {end.OldRoot[..8]} is out, {end.NewRoot[..8]} signs"
            : $"the rotation is in phase {end.Phase}{(end.Hold is { } hold ? $", halted: {hold.Reason}" : "")}";
        var fault = workloads.SelectMany(workload => workload.Faults).FirstOrDefault();
        return new DemoStep(
            step, end.Phase == RotationPhase.Completed && failed == 0 && made > 0, fault is null ? detail : $"{detail}; the first fault: {fault}");
    }
}
