using MeshCA.Authorities;
using MeshCA.Configuration;
using MeshCA.Serving;
using MeshCA.Storage;
using MeshCA.Telemetry;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace MeshCA.Hosting;

/// <summary>The running service: started whole, or refused with every fault at once and nothing left open.</summary>
internal sealed class MeshServer : IAsyncDisposable
{
    // How Kestrel prints the address of a Unix socket; only its administrators need to know it.
    private const string UnixAddress = "http://unix:";

    private readonly WebApplication _app;
    private readonly SqliteStore _store;

    private MeshServer(WebApplication app, SqliteStore store)
    {
        _app = app;
        _store = store;
        var bound = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>();

        // In the order in which they were opened; a Unix socket is no address of a host.
        Uri[] open = [.. (bound?.Addresses ?? []).Where(address => !address.StartsWith(UnixAddress, StringComparison.Ordinal)).Select(Reachable)];
        var secure = new Queue<Uri>(Array.FindAll(open, uri => uri.Scheme == Uri.UriSchemeHttps));
        MeshAddress = secure.TryDequeue(out var mesh) ? mesh : MeshAddress;
        WebhookAddress = app.Services.GetRequiredService<IOptions<KubernetesOptions>>().Value.Webhook.Port is not null && secure.TryDequeue(out var asked)
            ? asked
            : null;
        var endpoint = app.Services.GetRequiredService<IOptions<BundleEndpointOptions>>().Value;
        SpiffeBundleAddress = endpoint.SpiffePort is not null && secure.TryDequeue(out var spiffe) ? spiffe : null;
        WebBundleAddress = endpoint.WebPort is not null && secure.TryDequeue(out var web) ? web : null;
        var plain = new Queue<Uri>(Array.FindAll(open, uri => uri.Scheme == Uri.UriSchemeHttp));
        var decisions = app.Services.GetRequiredService<IOptions<DecisionOptions>>().Value;
        HttpAddress = plain.TryDequeue(out var http) ? http : HttpAddress;
        DecisionAddress = decisions.PlaintextPort is not null && plain.TryDequeue(out var answering) ? answering : null;
        DecisionHttpAddress = decisions.HttpPort is not null && plain.TryDequeue(out var forwarded) ? forwarded : null;
    }

    /// <summary>Where the TLS port can be reached from this machine.</summary>
    public Uri MeshAddress { get; } = new("https://localhost");

    /// <summary>Where the HTTP port can be reached from this machine.</summary>
    public Uri HttpAddress { get; } = new("http://localhost");

    /// <summary>The TLS port of the admission webhook; null while it is closed.</summary>
    public Uri? WebhookAddress { get; }

    /// <summary>The bundle endpoint under <c>https_spiffe</c>; null while it is closed.</summary>
    public Uri? SpiffeBundleAddress { get; }

    /// <summary>The bundle endpoint under <c>https_web</c>; null while it is closed.</summary>
    public Uri? WebBundleAddress { get; }

    /// <summary>The plaintext port for decisions; null while it is closed.</summary>
    public Uri? DecisionAddress { get; }

    /// <summary>The plain HTTP port for decisions; null while it is closed.</summary>
    public Uri? DecisionHttpAddress { get; }

    /// <summary>The service's own parts.</summary>
    public IServiceProvider Services => _app.Services;

    /// <summary>Starts the service.</summary>
    /// <param name="configuration">All settings.</param>
    /// <param name="setUp">Adds to or replaces parts: the dev issuer, a test's clock.</param>
    /// <param name="cancellationToken">Gives the start up.</param>
    public static async Task<ServerStart> StartAsync(
        IConfiguration configuration, ServerSetUp setUp, CancellationToken cancellationToken)
    {
        var holder = new StoreHolder();
        if (ServerComposition.FindFaults(configuration, setUp) is { Count: > 0 } faults)
        {
            return new ServerStart.Refused(ServerStartError.Configuration, faults);
        }

        var app = ServerComposition.Build(configuration, setUp, holder);
        var loggers = app.Services.GetRequiredService<ILoggerFactory>();
        var options = app.Services.GetRequiredService<IOptions<StorageOptions>>().Value;
        switch (await SqliteStore.OpenAsync(options, setUp.Clock, loggers, app.Services.GetRequiredService<CertificateMetrics>(), cancellationToken))
        {
            case StoreOpenOutcome.Refused(var error, var message):
                await app.DisposeAsync();
                return new ServerStart.Refused(
                    error == StoreOpenError.InUse ? ServerStartError.StoreInUse : ServerStartError.Store, [message]);
            case StoreOpenOutcome.Opened(var store):
                holder.Open(store);
                return await StartAsync(app, store, setUp, cancellationToken);
            default:
                throw new System.Diagnostics.UnreachableException();
        }
    }

    /// <summary>Waits until a signal or <see cref="StopAsync"/> ends the service.</summary>
    public Task WaitForShutdownAsync(CancellationToken cancellationToken) => _app.WaitForShutdownAsync(cancellationToken);

    /// <summary>Drains and stops.</summary>
    public Task StopAsync(CancellationToken cancellationToken) => _app.StopAsync(cancellationToken);

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        // Disposing alone would cut the background services off in the middle; stopping twice does nothing.
        await _app.StopAsync(new CancellationToken(canceled: false));
        await _app.DisposeAsync();

        // Last, so that whatever the service still wrote is under the final checkpoint.
        await _store.DisposeAsync();
    }

    private static Uri Reachable(string address) =>
        new(address.Replace("[::]", "[::1]", StringComparison.Ordinal).Replace("0.0.0.0", "127.0.0.1", StringComparison.Ordinal));

    private static async Task<ServerStart> StartAsync(
        WebApplication app, SqliteStore store, ServerSetUp setUp, CancellationToken cancellationToken)
    {
        var (starting, started) = (false, false);
        try
        {
            // Before the host starts, which would report a fault of theirs with a stack trace of its own.
            setUp.StoreOpened();
            await app.Services.CountOnAsync(cancellationToken);
            await app.Services.LoadRevocationsAsync(cancellationToken);
            await app.Services.LoadFederationAsync(cancellationToken);
            await app.Services.GetRequiredService<IAuthoritySource>().AdvanceAsync(cancellationToken);
            await app.Services.PublishListsAsync(cancellationToken);
            await app.Services.GetRequiredService<ServingCertificate>().AdvanceAsync(cancellationToken);

            // A host that lacks a worker cannot be stopped either, which would be reported beside why it lacks it.
            _ = app.Services.GetServices<IHostedService>().Count();
            starting = true;
            await app.StartAsync(cancellationToken);
            started = true;
            return new ServerStart.Started(new MeshServer(app, store));
        }
        catch (Exception e) when (StartFaults.Of(e) is { } fault)
        {
            return fault;
        }
        finally
        {
            if (!started)
            {
                await UndoAsync(app, store, starting);
            }
        }
    }

    // A fault in here must not take the place of the one that the caller is to hear of.
    private static async Task UndoAsync(WebApplication app, SqliteStore store, bool isStarting)
    {
        var logger = app.Services.GetRequiredService<ILogger<MeshServer>>();
        try
        {
            if (isStarting)
            {
                // Workers that run already end as at any stop; disposing alone would look like a crash of theirs.
                await app.StopAsync(new CancellationToken(canceled: false));
            }
        }
        catch (Exception e)
        {
            Log.StartNotUndone(logger, e);
        }

        try
        {
            await app.DisposeAsync();
        }
        catch (Exception e)
        {
            Log.StartNotUndone(logger, e);
        }

        await store.DisposeAsync();
    }
}

/// <summary>What a caller of <see cref="MeshServer"/> adds to the settings.</summary>
internal sealed record ServerSetUp
{
    /// <summary>The clock.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>Runs once the store is ours: what must not be written by a process that is refused the store.</summary>
    public Action StoreOpened { get; init; } = () => { };

    /// <summary>Adds to or replaces parts of the service.</summary>
    public Action<IServiceCollection> Services { get; init; } = _ => { };

    /// <summary>Issuers beside the configured ones.</summary>
    public IReadOnlyList<TokenIssuerOptions> MoreIssuers { get; init; } = [];
}

/// <summary>The outcome of a start.</summary>
internal abstract record ServerStart
{
    private ServerStart()
    {
    }

    /// <summary>The service runs; the caller stops and disposes it.</summary>
    internal sealed record Started(MeshServer Server) : ServerStart;

    /// <summary>It does not run.</summary>
    /// <param name="Error">What kind of fault.</param>
    /// <param name="Faults">All of them, for people.</param>
    internal sealed record Refused(ServerStartError Error, IReadOnlyList<string> Faults) : ServerStart;
}

/// <summary>What kept the service from starting.</summary>
internal enum ServerStartError
{
    /// <summary>Settings are wrong.</summary>
    Configuration,

    /// <summary>Another process serves on the store.</summary>
    StoreInUse,

    /// <summary>The store cannot be opened: key, disk, damage.</summary>
    Store,

    /// <summary>The authorities cannot be opened or made.</summary>
    Authorities,

    /// <summary>A port cannot be opened.</summary>
    Port,
}
