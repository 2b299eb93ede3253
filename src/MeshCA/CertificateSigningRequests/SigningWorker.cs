using System.Threading.Channels;
using KubernetesClient;
using KubernetesClient.Models;
using MeshCA.Telemetry;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace MeshCA.CertificateSigningRequests;

/// <summary>Watches the requests of one cluster, and has them signed while this replica leads.</summary>
/// <param name="informer">The requests.</param>
/// <param name="signer">Who signs.</param>
/// <param name="leads">Whether this replica leads.</param>
/// <param name="clock">The time.</param>
/// <param name="logger">The log.</param>
internal sealed class SigningWorker(
    IInformer<V1CertificateSigningRequest> informer,
    RequestSigner signer,
    Func<bool> leads,
    TimeProvider clock,
    ILogger<SigningWorker> logger) : BackgroundService
{
    // How long it may take until a replica that has just become the leader begins.
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(2);

    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var changes = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
        using var subscription = informer.Subscribe((_, _) => changes.Writer.TryWrite(true));
        while (!stoppingToken.IsCancellationRequested)
        {
            var next = await RunAsync(stoppingToken);
            var wait = next is { } due && due - clock.GetUtcNow() is var left && left < LongestWait ? left : LongestWait;
            await WaitAsync(changes.Reader, wait > TimeSpan.Zero ? wait : TimeSpan.FromMilliseconds(1), stoppingToken);
        }
    }

    private async Task<DateTimeOffset?> RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            return leads() ? await signer.RunAsync(informer.Items, cancellationToken) : null;
        }

        // The loop's outermost frame: what fails now is due again.
        catch (Exception e) when (e is not OperationCanceledException)
        {
            Log.SigningFault(logger, e);
            return null;
        }
    }

    private async Task WaitAsync(ChannelReader<bool> changes, TimeSpan wait, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(wait, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeout.Token);
        try
        {
            await changes.ReadAsync(either.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // Nothing changed: it is time to look again.
        }
    }
}
