using Grpc.Core;
using MeshCA.Admin;
using MeshCA.IntegrationTests.Running;
using MeshCA.Requesting;
using MeshCA.Revocations;
using MeshCA.Revocations.Lists;
using MeshCA.Wire.Identity;
using TestSupport;
using Xunit;

namespace MeshCA.IntegrationTests.Revoking;

/// <summary>Bans and lists on the streams of agents.</summary>
public sealed class RevocationPushTests
{
    [Fact]
    public async Task What_is_ordered_reaches_an_open_stream_at_once()
    {
        using var home = new RevocationHome();
        await using var mesh = await home.StartAsync();
        var (client, answer) = await mesh.EnrolAsync();
        client.Dispose();
        using var agent = mesh.Connect();
        using var watch = await OpenAsync(agent, home);
        await using var messages = watch.ReadAsync(TestContext.Current.CancellationToken).GetAsyncEnumerator(TestContext.Current.CancellationToken);
        Assert.NotNull((await NextAsync(messages)).Bundle);
        var first = (await NextAsync(messages)).Revocations;
        Assert.Empty(first.Bans);
        Assert.Equal((2, true), (first.Lists.Count, first.ListsComplete)); // root and intermediate, both empty

        Assert.Equal(ExitCode.Ok, (await home.RunAsync("ban", "add", TestPolicies.IdOf("web/shop"), "--reason", "stolen", "--for", "01:00:00")).Code);
        var banned = (await NextAsync(messages)).Revocations;
        var ban = Assert.Single(banned.Bans);
        Assert.Equal((TestPolicies.IdOf("web/shop"), false), (ban.SpiffeId, ban.Prefix));
        Assert.True(ban.ExpiresAt.ToDateTimeOffset() > DateTimeOffset.UnixEpoch);
        Assert.True(banned.Revision > first.Revision);

        Assert.Equal(ExitCode.Ok, (await home.RunAsync("cert", "revoke", answer.Leaf.SerialNumber, "--reason", "lost")).Code);
        var named = await UntilAsync(messages, state => state.Lists.Any(list => PublishedList.Of(list.Authority, list.Der.Memory)!.Serials.Count == 1));
        Assert.Single(named.Bans); // whole, each time

        Assert.Equal(ExitCode.Ok, (await home.RunAsync("ban", "remove", "1", "--reason", "found")).Code);
        await UntilAsync(messages, state => state.Bans.Count == 0);
    }

    [Fact]
    public async Task A_stream_opened_after_a_restart_has_what_was_ordered_before()
    {
        using var home = new RevocationHome();
        var mesh = await home.StartAsync();
        Assert.Equal(ExitCode.Ok, (await home.RunAsync("ban", "add", "spiffe://elsewhere", "--prefix", "--reason", "unknown")).Code);
        var revision = mesh.Part<IRevocationFeed>().Current.Revision;
        await mesh.CloseAsync();
        await using var again = await home.StartAsync();
        using var client = again.Connect();
        using var watch = await OpenAsync(client, home);
        await using var messages = watch.ReadAsync(TestContext.Current.CancellationToken).GetAsyncEnumerator(TestContext.Current.CancellationToken);
        await NextAsync(messages);
        var state = (await NextAsync(messages)).Revocations;

        Assert.Equal(("spiffe://elsewhere", true), (Assert.Single(state.Bans).SpiffeId, state.Bans[0].Prefix));
        Assert.True(state.Revision >= revision);
    }

    private static Task<BundleWatch> OpenAsync(MeshClient client, RevocationHome home) => BundleWatch.OpenAsync(
        client.Bundles,
        new() { Revocations = true },
        new CallOptions(new Metadata { { "authorization", $"Bearer {home.Home.Token("agent")}" } }, cancellationToken: TestContext.Current.CancellationToken));

    private static async Task<WatchResponse> NextAsync(IAsyncEnumerator<WatchResponse> messages) =>
        await messages.MoveNextAsync() ? messages.Current : throw new InvalidOperationException("the stream ended");

    private static async Task<RevocationState> UntilAsync(IAsyncEnumerator<WatchResponse> messages, Predicate<RevocationState> holds)
    {
        while (true)
        {
            if ((await NextAsync(messages)).Revocations is { } state && holds(state))
            {
                return state;
            }
        }
    }
}
