using System.Text.Json.Nodes;
using Grpc.Core;
using MeshCA.Authorities;
using MeshCA.Consumers;
using MeshCA.IntegrationTests.Running;
using MeshCA.Requesting;
using MeshCA.Rpc;
using MeshCA.Rpc.Bundles;
using MeshCA.Wire.Identity;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace MeshCA.IntegrationTests.Bundles;

/// <summary>The stream of the trust bundle, with the real service and a client of its contract.</summary>
public sealed class WatchTests(MeshServerFixture fixture) : IClassFixture<MeshServerFixture>
{
    private readonly TestMesh _mesh = fixture.Mesh;

    [Fact]
    public async Task A_client_with_a_token_gets_the_bundle_and_is_known_to_have_it_once_it_says_so()
    {
        using var client = _mesh.Connect();
        using var watch = await OpenAsync(client, _mesh.Home.Token("watch", Pod("pod-1")));
        var bundle = await FirstAsync(watch);
        var snapshot = _mesh.Part<IAuthoritySnapshots>().Current!;

        Assert.Equal((snapshot.BundleSequence, "cluster.local"), (bundle.Sequence, bundle.TrustDomain));
        Assert.Equal(snapshot.Roots.Select(root => root.ToArray()), bundle.X509Authorities.Select(root => root.ToByteArray()));
        Assert.Equal(0, Only(_mesh, "watch").Sequence);

        await watch.AcknowledgeAsync(bundle, TestContext.Current.CancellationToken);
        await Eventually.TrueAsync(() => Only(_mesh, "watch").Sequence == (long)bundle.Sequence, "the acknowledgement");
        var consumer = Only(_mesh, "watch");
        Assert.Equal(
            (ConsumerKind.Stream, "pod-1", "pod-1", "ipv4:127.0.0.1", true),
            (consumer.Kind, consumer.Instance, consumer.PodUid, consumer.Peer, consumer.IsConnected));
    }

    [Fact]
    public async Task A_client_certificate_proves_as_much()
    {
        var (client, _) = await _mesh.EnrolAsync("watch-by-certificate");
        using (client)
        {
            using var watch = await OpenAsync(client, token: null, "here");
            await FirstAsync(watch);

            Assert.Equal(("here", "0b0b"), (Only(_mesh, "watch-by-certificate").Instance, Only(_mesh, "watch-by-certificate").PodUid));
        }
    }

    [Fact]
    public async Task Whoever_proves_nothing_gets_nothing()
    {
        using var client = _mesh.Connect();

        Assert.Equal(GrpcStatus.Unauthenticated, await EndOfAsync(client, null, new() { Open = new() }));
        Assert.Equal(GrpcStatus.Unauthenticated, await EndOfAsync(client, "no token", new() { Open = new() }));
    }

    [Theory]
    [InlineData("naïve")]
    [InlineData("two\nlines")]
    [InlineData("256")]
    public async Task An_instance_name_that_cannot_be_shown_is_refused(string name)
    {
        using var client = _mesh.Connect();
        var open = new Open { Instance = name == "256" ? new string('i', 256) : name };

        Assert.Equal(
            GrpcStatus.Of(WatchRefusal.InstanceMalformed), await EndOfAsync(client, _mesh.Home.Token("opens-badly"), new() { Open = open }));
        Assert.Empty(Consumers(_mesh, "opens-badly"));
    }

    [Fact]
    public async Task A_stream_begins_with_its_opening()
    {
        using var client = _mesh.Connect();
        var notOpened = GrpcStatus.Of(WatchRefusal.NotOpened);

        Assert.Equal(notOpened, await EndOfAsync(client, _mesh.Home.Token("opens-not"), new()));
        Assert.Equal(notOpened, await EndOfAsync(client, _mesh.Home.Token("opens-not"), new() { Acknowledge = new() }));
        Assert.Empty(Consumers(_mesh, "opens-not"));
    }

    [Fact]
    public async Task The_longest_instance_name_is_taken()
    {
        using var client = _mesh.Connect();
        using var watch = await OpenAsync(client, _mesh.Home.Token("long-name"), new string('~', 255));
        await FirstAsync(watch);

        Assert.Equal(255, Only(_mesh, "long-name").Instance.Length);
    }

    [Theory]
    [InlineData(0UL, 0L)]
    [InlineData(1UL, 1L)]
    [InlineData(99UL, 0L)]
    [InlineData(ulong.MaxValue, 0L)]
    public async Task What_a_client_has_in_use_already_counts_if_it_was_ever_published(ulong said, long counted)
    {
        using var client = _mesh.Connect();
        var account = $"knows-{said}";
        using var watch = await OpenAsync(client, _mesh.Home.Token(account), sequenceInUse: said);
        await FirstAsync(watch);

        Assert.Equal(counted, Only(_mesh, account).Sequence);
    }

    [Fact]
    public async Task A_second_stream_of_one_instance_ends_the_first_and_others_stay()
    {
        using var client = _mesh.Connect();
        using var other = await OpenAsync(client, _mesh.Home.Token("twice"), "other");
        using var first = await OpenAsync(client, _mesh.Home.Token("twice"), "same");
        await FirstAsync(other);
        await FirstAsync(first);
        using var second = await OpenAsync(client, _mesh.Home.Token("twice"), "same");
        await FirstAsync(second);

        Assert.Equal(GrpcStatus.Of(WatchRefusal.Replaced), await EndOfAsync(first));
        Assert.Equal(["other", "same"], Consumers(_mesh, "twice").Where(c => c.IsConnected).Select(c => c.Instance).Order());
    }

    [Fact]
    public async Task A_client_that_goes_is_not_connected_any_more_and_one_that_says_so_ends_well()
    {
        using var client = _mesh.Connect();
        var watch = await OpenAsync(client, _mesh.Home.Token("goes"), "a");
        await FirstAsync(watch);
        watch.Dispose();
        await Eventually.TrueAsync(() => !Only(_mesh, "goes").IsConnected, "the end of the stream");

        using var done = await OpenAsync(client, _mesh.Home.Token("done"), "a");
        await FirstAsync(done);
        await done.CompleteAsync(TestContext.Current.CancellationToken);
        Assert.Equal(StatusCode.OK, (await EndOfAsync(done)).StatusCode);
    }

    [Fact]
    public async Task A_stop_ends_streams_at_once_and_tells_to_come_back()
    {
        var mesh = await TestMesh.StartAsync(("Server:ShutdownTimeout", "00:09:00"));
        await using (mesh)
        {
            using var client = mesh.Connect();
            using var watch = await OpenAsync(client, mesh.Home.Token("stops"));
            await FirstAsync(watch);
            var end = EndOfAsync(watch);
            await mesh.StopAsync().WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);

            // The client may learn of the connection's end before it has read the status; that is no other status.
            Assert.Equal(StatusCode.Unavailable, (await end).StatusCode);
        }
    }

    [Fact]
    public async Task A_token_that_expires_ends_the_stream_it_opened()
    {
        using var home = new MeshHome { Parts = parts => parts.AddSingleton(new WatchTimes { Authentication = TimeSpan.FromMilliseconds(100) }) };
        await using var mesh = await home.StartAsync();
        using var client = mesh.Connect();
        using var watch = await OpenAsync(client, home.Token("expires"));
        await FirstAsync(watch);
        await mesh.ShiftAsync(TimeSpan.FromDays(1));

        Assert.Equal(GrpcStatus.Unauthenticated, await EndOfAsync(watch));
    }

    [Fact]
    public async Task A_stream_that_is_not_opened_in_time_is_ended()
    {
        using var home = new MeshHome { Parts = parts => parts.AddSingleton(new WatchTimes { Opening = TimeSpan.FromMilliseconds(50) }) };
        await using var mesh = await home.StartAsync();
        using var client = mesh.Connect();
        using var call = client.Bundles.Watch(Headers(home.Token("late")), cancellationToken: TestContext.Current.CancellationToken);

        var end = await Assert.ThrowsAsync<RpcException>(() => call.ResponseStream.MoveNext(TestContext.Current.CancellationToken));
        Assert.Equal(GrpcStatus.Of(WatchRefusal.OpenedTooLate), end.Status);
    }

    private static Consumer Only(TestMesh mesh, string account) => Assert.Single(Consumers(mesh, account));

    private static IEnumerable<Consumer> Consumers(TestMesh mesh, string account) => mesh.Part<ConsumerRegistry>().Live()
        .Where(consumer => consumer.Identity == $"spiffe://cluster.local/ns/shop/sa/{account}");

    private static Action<JsonObject> Pod(string uid) => claims => claims["kubernetes.io"]!["pod"]!["uid"] = uid;

    private static Metadata Headers(string? token) => token is null ? [] : new() { { "authorization", $"Bearer {token}" } };

    private static Task<BundleWatch> OpenAsync(MeshClient client, string? token, string instance = "", ulong sequenceInUse = 0) =>
        BundleWatch.OpenAsync(
            client.Bundles,
            new() { Instance = instance, SequenceInUse = sequenceInUse },
            new CallOptions(Headers(token), cancellationToken: TestContext.Current.CancellationToken));

    private static async Task<TrustBundle> FirstAsync(BundleWatch watch)
    {
        await foreach (var message in watch.ReadAsync(TestContext.Current.CancellationToken))
        {
            return message.Bundle;
        }

        throw new InvalidOperationException("the stream ended without a bundle");
    }

    private static async Task<Status> EndOfAsync(BundleWatch watch)
    {
        try
        {
            await foreach (var _ in watch.ReadAsync(TestContext.Current.CancellationToken))
            {
            }

            return Status.DefaultSuccess;
        }
        catch (RpcException e)
        {
            return new(e.StatusCode, e.Status.Detail);
        }
    }

    private static async Task<Status> EndOfAsync(MeshClient client, string? token, WatchRequest first)
    {
        using var call = client.Bundles.Watch(Headers(token), cancellationToken: TestContext.Current.CancellationToken);
        try
        {
            await call.RequestStream.WriteAsync(first);
            while (await call.ResponseStream.MoveNext(TestContext.Current.CancellationToken))
            {
            }

            return Status.DefaultSuccess;
        }
        catch (RpcException e)
        {
            return new(e.StatusCode, e.Status.Detail);
        }
    }
}
