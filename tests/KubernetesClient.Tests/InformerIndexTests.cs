using KubernetesClient.Models;
using Xunit;

namespace KubernetesClient.Tests;

public sealed class InformerIndexTests
{
    [Fact]
    public void It_follows_the_copy()
    {
        var told = new Told();
        using var index = new InformerIndex<V1Pod, string>(told, pod => pod.Status?.PodIPs?.Select(ip => ip.Ip!) ?? []);
        var web = Pod("web", "10.0.0.1", "fd00::1");
        var host = Pod("host", "10.0.0.1");
        told.Change(null, web);
        told.Change(null, host);
        Assert.Equal([web, host], index.Find("10.0.0.1"));
        Assert.Equal([web], index.Find("fd00::1"));
        var moved = Pod("web", "10.0.0.2", "fd00::1");
        told.Change(web, moved);
        Assert.Equal([host], index.Find("10.0.0.1"));
        Assert.Equal([moved], index.Find("10.0.0.2"));
        Assert.Same(moved, Assert.Single(index.Find("fd00::1")));
        told.Change(moved, null);
        Assert.Empty(index.Find("10.0.0.2"));
        Assert.Empty(index.Find("fd00::1"));
    }

    [Fact]
    public void It_follows_no_longer_when_disposed()
    {
        var told = new Told();
        using (new InformerIndex<V1Pod, string>(told, _ => []))
        {
            Assert.NotNull(told.Change);
        }

        Assert.True(told.IsEnded);
    }

    private static V1Pod Pod(string name, params string[] addresses) => new()
    {
        Metadata = new() { Name = name, Namespace = "shop" },
        Status = new() { PodIPs = [.. addresses.Select(address => new V1PodIP { Ip = address })] },
    };

    private sealed class Told : IInformer<V1Pod>, IDisposable
    {
        public Action<V1Pod?, V1Pod?> Change { get; private set; } = (_, _) => { };

        public bool IsEnded { get; private set; }

        public bool HasSynced => true;

        public DateTimeOffset? LastContact => null;

        public IReadOnlyCollection<V1Pod> Items => [];

        public Task WaitForSyncAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public bool TryGet(string name, string? ns, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out V1Pod? found) => (found = null) is not null;

        public IDisposable Subscribe(Action<V1Pod?, V1Pod?> onChange)
        {
            Change = onChange;
            return this;
        }

        public void Dispose() => IsEnded = true;
    }
}
