using System.Collections.Concurrent;
using Grpc.Core;
using Kubernetes.Tests.Running;
using MeshCA.IntegrationTests.Running;
using Xunit;

namespace Kubernetes.Tests.Tokens;

/// <summary>An API server that is away makes callers come again, and nobody a stranger (istio-ca appendix B item 7).</summary>
[Trait("Category", "Long")]
public sealed class OutageTests(ITestOutputHelper output) : IAsyncLifetime
{
    private const int Accounts = 400;

    // New tokens are few: one each time that a pod starts.
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);
    private KubernetesCluster _cluster = null!; // set before each test

    private static CancellationToken Ends => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _cluster = await KubernetesCluster.StartAsync();
        await _cluster.CreateNamespaceAsync("shop");
        for (var i = 0; i < Accounts; i++)
        {
            await _cluster.CreateAccountAsync("shop", $"web-{i}");
        }
    }

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    [Fact]
    public async Task An_api_server_killed_and_started_again_under_load_makes_no_good_token_a_bad_one()
    {
        await using var service = await MeshService.StartAsync(_cluster, ("Limits:IdentityBurst", "1000000"));
        var known = await TokensAsync(0, 8);
        var fresh = await TokensAsync(8, Accounts);
        var codes = new ConcurrentDictionary<(bool Known, StatusCode Code), int>();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Ends);
        using var client = service.Connect();
        foreach (var token in known)
        {
            await Answers.AskAsync(client, Answers.Of(token));
        }

        var load = known.Select(RepeatAsync).Append(AskNewOnesAsync()).ToList();
        await Eventually.TrueAsync(() => codes.GetValueOrDefault((false, StatusCode.OK)) > 0, "new tokens accepted");
        await _cluster.KillServerAsync();
        var during = codes.GetValueOrDefault((false, StatusCode.Unavailable));
        await Eventually.TrueAsync(() => codes.GetValueOrDefault((false, StatusCode.Unavailable)) > during, "new tokens told to come again");
        var knownBefore = codes.GetValueOrDefault((true, StatusCode.OK));
        await Eventually.TrueAsync(() => codes.GetValueOrDefault((true, StatusCode.OK)) > knownBefore + 50, "known tokens served on");

        await _cluster.StartServerAsync();
        var ready = TimeProvider.System.GetTimestamp();
        var okBefore = codes.GetValueOrDefault((false, StatusCode.OK));
        await Eventually.TrueAsync(() => codes.GetValueOrDefault((false, StatusCode.OK)) > okBefore + 5, "new tokens accepted again");
        output.WriteLine($"new tokens accepted again {TimeProvider.System.GetElapsedTime(ready).TotalSeconds:F2} s after the API server was ready");
        await stop.CancelAsync();
        await Task.WhenAll(load);
        output.WriteLine(string.Join(", ", codes.OrderBy(pair => pair.Key).Select(pair => $"{(pair.Key.Known ? "known" : "new")} {pair.Key.Code}: {pair.Value}")));
        Assert.All(codes.Keys, key => Assert.Contains(key.Code, (StatusCode[])[StatusCode.OK, StatusCode.Unavailable]));

        async Task RepeatAsync(string token)
        {
            using var key = WorkloadKey.P256();
            var csr = key.Csr();
            while (!stop.IsCancellationRequested)
            {
                Count(known: true, await client.CodeOfAsync(csr, Answers.Of(token)));
            }
        }

        // Each is asked about until it is accepted; then comes the next, which the service does not know.
        async Task AskNewOnesAsync()
        {
            using var key = WorkloadKey.P256();
            var csr = key.Csr();
            var next = 0;
            while (!stop.IsCancellationRequested)
            {
                var code = await client.CodeOfAsync(csr, Answers.Of(fresh[next % fresh.Count]));
                Count(known: next >= fresh.Count, code);
                next += code == StatusCode.OK ? 1 : 0;
                await Task.Delay(Pause, Ends);
            }
        }

        void Count(bool known, StatusCode code) => codes.AddOrUpdate((known, code), 1, (_, count) => count + 1);
    }

    [Fact]
    public async Task New_tokens_are_judged_without_the_api_server_where_that_is_allowed()
    {
        await using var strict = await MeshService.StartAsync(_cluster);
        await using var offline = await MeshService.StartAsync(_cluster, ("Kubernetes:Clusters:0:Tokens:VerifyOffline", "true"));
        var tokens = await TokensAsync(0, 2);
        await _cluster.KillServerAsync();
        await strict.CannotTellAsync(Answers.Of(tokens[0]));
        Assert.Equal("spiffe://cluster.local/ns/shop/sa/web-0", await offline.IdentityAsync(Answers.Of(tokens[0])));

        // What no key of the cluster signed stays what it is.
        await offline.RefusesAsync(Answers.Of(tokens[1][..^8] + "AAAAAAAA"), "BadSignature");
    }

    [Fact]
    public async Task An_api_server_that_does_not_answer_costs_a_caller_a_bounded_time()
    {
        await using var service = await MeshService.StartAsync(_cluster, ("Kubernetes:Clusters:0:Tokens:ReviewTimeout", "00:00:00.5"));
        var token = (await TokensAsync(0, 1))[0];
        _cluster.FreezeServer();
        try
        {
            await service.CannotTellAsync(Answers.Of(token));
        }
        finally
        {
            _cluster.ThawServer();
        }

        using var client = service.Connect();
        using var key = WorkloadKey.P256();
        var csr = key.Csr();
        await Eventually.TrueAsync(async () => await client.CodeOfAsync(csr, Answers.Of(token)) == StatusCode.OK, "an answer after the pause");
    }

    private async Task<List<string>> TokensAsync(int from, int to)
    {
        var tokens = new List<string>();
        for (var i = from; i < to; i++)
        {
            tokens.Add(await _cluster.TokenAsync("shop", $"web-{i}", "istio-ca"));
        }

        return tokens;
    }
}
