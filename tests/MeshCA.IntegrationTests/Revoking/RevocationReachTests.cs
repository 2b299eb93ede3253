using Grpc.Core;
using MeshCA.Admin;
using MeshCA.Consumers;
using MeshCA.IntegrationTests.Running;
using MeshCA.Requesting;
using MeshCA.Revocations;
using MeshCA.Wire.Admin;
using MeshCA.Wire.Identity;
using TestSupport;
using Xunit;

namespace MeshCA.IntegrationTests.Revoking;

/// <summary>How far a ban has got: what its command prints, and whom it waits for (issue 4 §4).</summary>
public sealed class RevocationReachTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Who_acknowledges_is_waited_for_and_named_while_it_lacks_the_state_and_older_clients_are_counted_apart()
    {
        using var home = new RevocationHome();
        await using var mesh = await home.StartAsync();
        using var client = mesh.Connect();
        using var quick = await FollowAsync(client, home, "quick", acknowledges: true);
        using var silent = await FollowAsync(client, home, "silent", acknowledges: false);
        var answering = quick.AnswerAsync();
        var (code, text) = await RunAsync(home, "ban", "add", TestPolicies.IdOf("web/shop"), "--reason", "stolen", "--wait", "00:00:30");
        Assert.True(code == ExitCode.Ok, text);
        Assert.Contains("in force at 1 of 1, last after", text, StringComparison.Ordinal);
        Assert.Contains("1 more do not acknowledge", text, StringComparison.Ordinal);

        using var late = await FollowAsync(client, home, "late", acknowledges: true);
        (code, text) = await RunAsync(home, "ban", "add", TestPolicies.IdOf("web/other"), "--reason", "stolen", "--wait", "00:00:01");
        Assert.True(code == ExitCode.Unavailable, text);
        Assert.Contains("of 2", text, StringComparison.Ordinal);
        Assert.Contains("late", text, StringComparison.Ordinal);

        // Without a wait the command tells how it stands, and is done.
        Assert.Equal(ExitCode.Ok, (await RunAsync(home, "ban", "remove", "2", "--reason", "found", "--wait", "00:00:00")).Code);
        late.Dispose();
        await Eventually.TrueAsync(() => mesh.Part<ConsumerRegistry>().Live().Count(consumer => consumer.IsConnected) == 2, "the end of its stream");
        (code, text) = await RunAsync(home, "ban", "remove", "1", "--reason", "found", "--wait", "00:00:30");
        Assert.True(code == ExitCode.Ok, text);
        Assert.Contains("in force at 1 of 2", text, StringComparison.Ordinal);
        Assert.Contains("1 not connected", text, StringComparison.Ordinal);
        Assert.Contains("away", text, StringComparison.Ordinal);
        quick.Dispose();
        await answering;
    }

    // A client that acknowledges nothing on purpose is got rid of by a ban.
    [Fact]
    public async Task Who_is_banned_itself_is_named_and_changes_neither_the_wait_nor_the_outcome_of_later_orders()
    {
        using var home = new RevocationHome();
        await using var mesh = await home.StartAsync();
        using var client = mesh.Connect();
        using var rogue = await FollowAsync(client, home, "rogue", acknowledges: true);
        var id = Assert.Single(mesh.Part<ConsumerRegistry>().Live()).Identity;
        var (code, text) = await RunAsync(home, "ban", "add", id, "--reason", "floods", "--wait", "00:00:01");
        Assert.True(code == ExitCode.Ok, text);
        Assert.Contains("in force at 0 of 1; 1 late that are banned themselves", text, StringComparison.Ordinal);
        Assert.Contains($"banned {id} rogue", text, StringComparison.Ordinal);

        using var root = new Revoker(home.Socket);
        var request = new AddBanRequest { SpiffeId = TestPolicies.IdOf("web/other"), Wait = new() { Seconds = 60 } };
        var reach = (await root.Client.AddBanAsync(request, new CallOptions(deadline: DateTime.UtcNow.AddMinutes(2), cancellationToken: Token))).Reach;
        Assert.Equal((1, 0, 0, 0, 1), (reach.Consumers, reach.InForce, reach.Late, reach.Away, reach.Banned));
        Assert.Equal((id, true), (Assert.Single(reach.Unreached).Identity, reach.Unreached[0].Banned));
    }

    [Fact]
    public async Task A_revoked_certificate_is_in_force_with_its_list_and_the_list_of_consumers_says_so()
    {
        using var home = new RevocationHome();
        await using var mesh = await home.StartAsync();
        var (client, answer) = await mesh.EnrolAsync();
        client.Dispose();
        using var connection = mesh.Connect();
        using var quick = await FollowAsync(connection, home, "quick", acknowledges: true);
        var answering = quick.AnswerAsync();
        var (code, text) = await RunAsync(home, "cert", "revoke", answer.Leaf.SerialNumber, "--reason", "lost", "--wait", "00:00:30");
        Assert.True(code == ExitCode.Ok, text);
        Assert.Contains("in force at 1 of 1, last after", text, StringComparison.Ordinal);

        using var admin = mesh.ConnectAdmin();
        var listed = await new MeshCA.Wire.Admin.Consumers.ConsumersClient(admin).ListAsync(new());
        Assert.Equal(mesh.Part<IRevocations>().Current.Revision, listed.RevocationsRevision);
        Assert.Equal(listed.RevocationsRevision, Assert.Single(listed.Consumers).RevocationsRevision);
        quick.Dispose();
        await answering;
    }

    [Fact]
    public async Task An_administrator_with_a_scope_is_told_numbers_and_no_names_of_others()
    {
        using var home = new RevocationHome(
            null,
            ("Admin:OnTlsPort", "true"),
            ("Admin:Grants:0:SpiffeId", TestPolicies.IdOf("shop/officer")),
            ("Admin:Grants:0:Role", "SecurityOfficer"),
            ("Admin:Grants:0:Scopes:0", "spiffe://cluster.local/ns/web"));
        await using var mesh = await home.StartAsync();
        using var client = mesh.Connect();
        using var late = await FollowAsync(client, home, "late", acknowledges: true);
        using var channel = await mesh.ConnectAdminAsync("officer");
        var reach = (await new MeshCA.Wire.Admin.Revocations.RevocationsClient(channel).AddBanAsync(new AddBanRequest
        {
            SpiffeId = "spiffe://cluster.local/ns/web/sa/shop",
            Wait = new(),
        })).Reach;
        Assert.Equal((1, 0, 1, 0), (reach.Consumers, reach.InForce, reach.Late, reach.Unreached.Count));

        using var root = new Revoker(home.Socket);
        var request = new AddBanRequest { SpiffeId = "spiffe://cluster.local/ns/web/sa/two", Wait = new() };
        var unreached = Assert.Single((await root.Client.AddBanAsync(request)).Reach.Unreached);
        Assert.Equal(("late", true, 0L), (unreached.Instance, unreached.Connected, unreached.Revision));
        Assert.Null((await root.BanAsync("web/three")).Reach); // an older command line asks nobody
        Assert.Equal(StatusCode.InvalidArgument, await Revoker.RefusalAsync(async () => await root.Client.AddBanAsync(
            new AddBanRequest { SpiffeId = "spiffe://cluster.local/ns/web/sa/four", Wait = new() { Seconds = -1 } })));
    }

    // ADR 0011: the reason is kept until the bundle is in use.
    [Fact]
    public async Task What_was_taken_back_is_shown_with_its_reason_after_the_stream_and_a_restart_until_it_is_acknowledged()
    {
        using var home = new RevocationHome();
        var mesh = await home.StartAsync();
        using (var client = mesh.Connect())
        using (var follower = await FollowAsync(client, home, "node", acknowledges: false))
        {
            await follower.SayAsync(new() { Acknowledge = new() { Sequence = follower.Sequence } });
            await follower.SayAsync(new()
            {
                Behind = new() { Sequence = follower.Sequence, Count = 2, Examples = { "a proxy" }, SequenceInUse = 0 },
            });
            await Eventually.TrueAsync(() => mesh.Part<ConsumerRegistry>().Live() is [{ Behind: not null }], "the word");
        }

        await Eventually.TrueAsync(() => mesh.Part<ConsumerRegistry>().Live() is [{ IsConnected: false }], "the end of the stream");
        await mesh.CloseAsync();
        await using var again = await home.StartAsync();
        using var admin = again.ConnectAdmin();
        var consumers = new MeshCA.Wire.Admin.Consumers.ConsumersClient(admin);
        var listed = Assert.Single((await consumers.ListAsync(new())).Consumers);
        Assert.Equal((0L, 2U, false), (listed.Sequence, listed.Behind, listed.Connected));
        Assert.Equal("a proxy", Assert.Single(listed.BehindExamples));
        Assert.True(listed.BehindSaid >= listed.BehindSince && listed.BehindSince.ToDateTimeOffset() > DateTimeOffset.UnixEpoch);

        var (code, text) = await RunAsync(home, "consumer", "list");
        Assert.True(code == ExitCode.Ok, text);
        Assert.Contains("node: 2 behind it, without sequence", text, StringComparison.Ordinal);
        Assert.Contains("before its stream ended: a proxy", text, StringComparison.Ordinal);

        using var connection = again.Connect();
        using var second = await FollowAsync(connection, home, "node", acknowledges: false);
        Assert.Equal(2U, Assert.Single((await consumers.ListAsync(new())).Consumers).Behind);
        await second.SayAsync(new() { Acknowledge = new() { Sequence = second.Sequence } });
        await Eventually.TrueAsync(() => again.Part<ConsumerRegistry>().Live() is [{ Behind: null }], "the acknowledgement");
    }

    // Long lines are broken where the terminal ends.
    private static async Task<(ExitCode Code, string Text)> RunAsync(RevocationHome home, params string[] arguments)
    {
        var (code, output) = await home.RunAsync(arguments);
        return (code, string.Join(' ', output.Split(default(char[]), StringSplitOptions.RemoveEmptyEntries)));
    }

    private static async Task<Follower> FollowAsync(MeshClient client, RevocationHome home, string instance, bool acknowledges)
    {
        var watch = await BundleWatch.OpenAsync(
            client.Bundles,
            new() { Instance = instance, Revocations = true, AcknowledgesRevocations = acknowledges },
            new CallOptions(new Metadata { { "authorization", $"Bearer {home.Home.Token("agent")}" } }, cancellationToken: Token));
        var follower = new Follower(watch);
        await follower.StartAsync();
        return follower;
    }

    // Reads the bundle and the first state, which it does not acknowledge.
    private sealed class Follower(BundleWatch watch) : IDisposable
    {
        private readonly IAsyncEnumerator<WatchResponse> _messages = watch.ReadAsync(Token).GetAsyncEnumerator(Token);

        public ulong Sequence { get; private set; }

        public async Task StartAsync()
        {
            Assert.True(await _messages.MoveNextAsync());
            Sequence = _messages.Current.Bundle.Sequence;
            Assert.True(await _messages.MoveNextAsync());
            Assert.NotNull(_messages.Current.Revocations);
        }

        public Task SayAsync(WatchRequest request) => watch.SayAsync(request, Token);

        // Until it is disposed of.
        public async Task AnswerAsync()
        {
            try
            {
                do
                {
                    if (_messages.Current.Revocations is { } state)
                    {
                        await SayAsync(new() { AcknowledgeRevocations = new() { Revision = state.Revision } });
                    }
                }
                while (await _messages.MoveNextAsync());
            }
            catch (Exception e) when (e is RpcException or OperationCanceledException or ObjectDisposedException or InvalidOperationException)
            {
                // The stream is over.
            }
        }

        public void Dispose() => watch.Dispose();
    }
}
