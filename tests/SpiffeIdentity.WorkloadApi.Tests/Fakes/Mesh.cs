using Spiffe.Wire.Workload;
using TestSupport;

namespace SpiffeIdentity.WorkloadApi.Tests.Fakes;

/// <summary>Workloads of trust domains, each with its own Workload API.</summary>
internal sealed class Mesh : IAsyncDisposable
{
    private readonly Dictionary<string, (FakeWorkloadApi Api, X509Source Source, RecordingLogger Log)> _workloads = [];

    public TestDomain Domain { get; } = new();

    /// <summary>By which SVIDs are issued; the system's until it is set.</summary>
    public TimeProvider Clock
    {
        set => Domain.Clock = value;
    }

    public Func<IEnumerable<TestDomain>> Federated { get; set; } = () => [];

    public X509Source this[string path] => _workloads[path].Source;

    public RecordingLogger LogOf(string path) => _workloads[path].Log;

    /// <summary>Starts a workload's source with an SVID.</summary>
    public async Task<X509Source> AddAsync(string path, TimeProvider? clock = null, TestDomain? domain = null)
    {
        var api = await FakeWorkloadApi.StartAsync();
        api.X509Svids.Set(ResponseOf(path, domain));
        var log = new RecordingLogger();
        var source = await X509Source.CreateAsync(Options(api, clock, log));
        _workloads.Add(path, (api, source, log));
        return source;
    }

    /// <summary>Gives a workload a new SVID and the bundles of now, and waits until it has them.</summary>
    public async Task RenewAsync(string path, Action<X509SVIDResponse>? change = null, TestDomain? domain = null)
    {
        var (api, source, _) = _workloads[path];
        var changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        source.GetChangeToken().RegisterChangeCallback(_ => changed.TrySetResult(), null);
        var response = ResponseOf(path, domain);
        change?.Invoke(response);
        api.X509Svids.Set(response);
        await changed.Task;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var (api, source, _) in _workloads.Values)
        {
            await source.DisposeAsync();
            await api.DisposeAsync();
        }

        Domain.Dispose();
    }

    // A clock that leaps by hours is not to make the watch start over and over.
    private static X509SourceOptions Options(FakeWorkloadApi api, TimeProvider? clock, RecordingLogger log) => clock is null
        ? X509SourceTests.Options(api, log: log)
        : new() { Address = api.Address, Clock = clock, LoggerFactory = log, CallTimeout = TimeSpan.FromDays(20), MaxRetryDelay = TimeSpan.FromDays(20) };

    private X509SVIDResponse ResponseOf(string path, TestDomain? domain)
    {
        var response = (domain ?? Domain).Response(path);
        foreach (var other in Federated())
        {
            response.FederatedBundles[$"spiffe://{other.Name}"] = other.Bundle;
        }

        return response;
    }
}
