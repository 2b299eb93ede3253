using System.Collections.Immutable;
using System.IO;
using System.Security.Cryptography;
using System.Text;
using Grpc.Core;
using MeshCA.Agent.Identities;
using MeshCA.Agent.Registration;
using MeshCA.IntegrationTests.Running;
using Spiffe.Wire.Workload;
using SpiffeIdentity.Bundles;
using SpiffeIdentity.Svids;
using SpiffeIdentity.WorkloadApi;
using TestSupport;
using Xunit;
using static MeshCA.IntegrationTests.Agents.WorkloadHome;

namespace MeshCA.IntegrationTests.Agents;

/// <summary>The Workload API over a real Unix socket (Workload API §4 to §6, spiffe.md §5).</summary>
public sealed class WorkloadApiTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(null)]
    [InlineData("false")]
    [InlineData("True")]
    [InlineData("")]
    [InlineData("true true")]
    public async Task S4_1_each_call_needs_the_security_header_exactly_once_and_learns_nothing_without(string? values)
    {
        await using var home = await new WorkloadHome().Hold().StartAsync();
        var metadata = new Metadata();
        Array.ForEach(values?.Split(' ') ?? [], value => metadata.Add("workload.spiffe.io", value));
        using var channel = home.Connect();
        var client = new SpiffeWorkloadAPI.SpiffeWorkloadAPIClient(channel);
        Func<Task>[] calls =
        [
            () => NextAsync(client.FetchX509SVID(new(), metadata, cancellationToken: Token).ResponseStream),
            () => NextAsync(client.FetchX509Bundles(new(), metadata, cancellationToken: Token).ResponseStream),
            () => NextAsync(client.FetchJWTBundles(new(), metadata, cancellationToken: Token).ResponseStream),
            async () => await client.FetchJWTSVIDAsync(new() { Audience = { "a" } }, metadata, cancellationToken: Token),
            async () => await client.ValidateJWTSVIDAsync(new() { Audience = "a", Svid = "b" }, metadata, cancellationToken: Token),
            () => NextAsync(new MeshCA.Wire.Workload.BundleAcknowledgements.BundleAcknowledgementsClient(channel)
                .Follow(metadata, cancellationToken: Token).ResponseStream),
        ];
        foreach (var call in calls)
        {
            Assert.Equal((StatusCode.InvalidArgument, "security header missing from request"), Pair(await StatusAsync(call)));
        }
    }

    [Theory]
    [InlineData(1024, 1)]
    [InlineData(5 * 1024 * 1024, 0)]
    public async Task S5_4_revocation_lists_never_make_a_message_larger_than_clients_take(int size, int lists)
    {
        await using var home = new WorkloadHome().Hold();
        home.States.Publish(state => state with { RevocationLists = [new byte[size]] });
        await home.StartAsync();
        using var channel = home.Connect();
        using var call = Client(channel).FetchX509SVID(new(), Header, cancellationToken: Token);
        using var bundles = Client(channel).FetchX509Bundles(new(), Header, cancellationToken: Token);
        var response = await NextAsync(call.ResponseStream);

        Assert.Equal((1, lists), (response.Svids.Count, response.Crl.Count));
        Assert.Equal(lists, (await NextAsync(bundles.ResponseStream)).Crl.Count);
    }

    [Fact]
    public async Task S5_4_federated_bundles_never_make_a_message_larger_than_clients_take_and_status_tells_what_is_left_out()
    {
        await using var home = new WorkloadHome().Hold();
        home.Federate([.. Enumerable.Range(0, 60).Select(i => SampleIdentities.Large($"d{i:d2}.example", 100_000))]);
        await home.StartAsync();
        using var channel = home.Connect();
        using var call = Client(channel).FetchX509SVID(new(), Header, cancellationToken: Token);
        using var bundles = Client(channel).FetchX509Bundles(new(), Header, cancellationToken: Token);
        var (svids, x509) = (await NextAsync(call.ResponseStream), await NextAsync(bundles.ResponseStream));

        Assert.InRange(svids.CalculateSize(), 2 * 1024 * 1024, 7 * 512 * 1024);
        Assert.Equal(Web, Assert.Single(svids.Svids).SpiffeId);
        Assert.InRange(svids.FederatedBundles.Count, 1, 59);
        Assert.Equal(svids.FederatedBundles.Keys.Append("spiffe://cluster.local").Order(StringComparer.Ordinal), x509.Bundles.Keys.Order(StringComparer.Ordinal));
        var status = home.Agent.Part<MeshCA.Agent.Statuses.AgentStatusReader>().Read();
        Assert.Equal((60, 60 - svids.FederatedBundles.Count), (status.Bundle.FederatedDomains, status.Bundle.FederatedLeftOut));
    }

    [Fact]
    public async Task S5_4_more_identities_than_clients_take_in_one_message_leave_the_first_ones_and_are_told_everywhere()
    {
        await using var home = new WorkloadHome { Entries = [.. Enumerable.Range(0, 700).Select(i => SampleIdentities.Entry($"e{i:d3}", i < 699 ? null : Cart))] };
        var (web, cart) = (home.Own.Hold(home.Entries[0], Web), home.Own.Hold(home.Entries[^1], Cart));
        home.States.Publish(state => state with
        {
            Svids = [.. home.Entries.Select((entry, i) => i < 699 ? web with { Entry = entry } : cart)],
            Bundle = home.Own.Bundle,
        });
        await home.StartAsync();
        using var channel = home.Connect();
        using var call = Client(channel).FetchX509SVID(new(), Header, cancellationToken: Token);
        var svids = await NextAsync(call.ResponseStream);

        Assert.Equal((624, Web), (svids.Svids.Count, svids.Svids[0].SpiffeId));
        using var admin = MeshCA.Admin.AdminChannel.Open(home.AdminSocket);
        var explained = await new MeshCA.Wire.Agent.Workloads.WorkloadsClient(admin).ExplainAsync(
            new() { Credentials = new() { UserId = UserId, GroupId = UserId } }, cancellationToken: Token);
        Assert.Equal(Enumerable.Range(624, 76).Select(i => $"e{i}"), explained.Entries.Where(entry => entry.LeftOut).Select(entry => entry.Name));
        var status = home.Agent.Part<MeshCA.Agent.Statuses.AgentStatusReader>().Read();
        Assert.Equal(new("everybody", 700, 76), status.Fullest);

        // Our own client takes what the agent sends.
        await using var source = await X509Source.CreateAsync(new X509SourceOptions { Address = "unix://" + home.Socket });
        Assert.Equal((624, Web), (source.Context.Credentials.Count, source.GetCredential().Id.ToString()));

        // By its name it is there all the same.
        var secrets = new MeshCA.Wire.Envoy.Secrets.V3.SecretDiscoveryService.SecretDiscoveryServiceClient(channel);
        Assert.Single((await secrets.FetchSecretsAsync(new() { ResourceNames = { Cart } }, cancellationToken: Token)).Resources);
    }

    [Fact]
    public async Task Workloads_that_hold_every_connection_do_not_shut_out_probes()
    {
        await using var home = await new WorkloadHome(("Workloads:MaxConnections", "1"), ("Workloads:MaxConnectionsPerProcess", "1")).Hold().StartAsync();
        using var channel = home.Connect();
        using var call = Client(channel).FetchX509SVID(new(), Header, cancellationToken: Token);
        await NextAsync(call.ResponseStream);

        Assert.Equal("ok\n", await home.Agent.Http.GetStringAsync(new Uri("/healthz/live", UriKind.Relative), Token));
    }

    [Fact]
    public async Task S5_2_an_svid_comes_at_once_with_its_key_as_pkcs8_and_all_that_it_is_verified_by()
    {
        using var foreign = new SampleIdentities("other.example");
        await using var home = new WorkloadHome { Entries = [SampleIdentities.Entry("web", Web) with { Hint = "internal" }] };
        home.Hold().Federate(foreign.Bundle);
        await home.StartAsync();
        using var channel = home.Connect();
        using var call = Client(channel).FetchX509SVID(new(), Header, cancellationToken: Token);
        var svid = Assert.Single((await NextAsync(call.ResponseStream)).Svids);

        Assert.Equal((Web, "internal"), (svid.SpiffeId, svid.Hint));
        Assert.Equal(home.Own.Root, svid.Bundle);
        Assert.Equal(foreign.Root, call.ResponseStream.Current.FederatedBundles["spiffe://other.example"].ToByteArray());
        Assert.DoesNotContain("spiffe://cluster.local", call.ResponseStream.Current.FederatedBundles.Keys);
        Assert.True(X509Svid.TryParse(Divide(svid.X509Svid.ToByteArray()), out var parsed, out _));
        Assert.Equal(X509SvidError.None, parsed.Verify(home.Own.Bundle.X509, TimeProvider.System.GetUtcNow()));
        using var key = ECDsa.Create();
        key.ImportPkcs8PrivateKey(svid.X509SvidKey.Span, out var read);
        Assert.Equal(svid.X509SvidKey.Length, read);
        Assert.Equal(parsed.SubjectPublicKeyInfo.ToArray(), key.ExportSubjectPublicKeyInfo());
    }

    [Fact]
    public async Task S5_3_each_message_is_whole_and_none_comes_without_a_change()
    {
        await using var home = await new WorkloadHome().Hold().StartAsync();
        using var channel = home.Connect();
        using var call = Client(channel).FetchX509SVID(new(), Header, cancellationToken: Token);
        using var bundles = Client(channel).FetchX509Bundles(new(), Header, cancellationToken: Token);
        var first = await NextAsync(call.ResponseStream);
        await NextAsync(bundles.ResponseStream);

        // The bundle did not change: of the two streams only one has something to say, and the next message of the other is the one after.
        home.Hold();
        var second = await NextAsync(call.ResponseStream);
        Assert.NotEqual(first.Svids[0].X509Svid, second.Svids[0].X509Svid);
        using var foreign = new SampleIdentities("other.example");
        home.Federate(foreign.Bundle);
        Assert.Equal(2, (await NextAsync(bundles.ResponseStream)).Bundles.Count);
        Assert.Single((await NextAsync(call.ResponseStream)).FederatedBundles);
    }

    [Fact]
    public async Task S5_3_a_stop_of_the_agent_ends_streams_with_unavailable_and_never_with_ok()
    {
        await using var home = await new WorkloadHome().Hold().StartAsync();
        using var channel = home.Connect();
        using var call = Client(channel).FetchX509SVID(new(), Header, cancellationToken: Token);
        using var bundles = Client(channel).FetchJWTBundles(new(), Header, cancellationToken: Token);
        await NextAsync(call.ResponseStream);
        await NextAsync(bundles.ResponseStream);
        var ends = new[] { StatusAsync(() => NextAsync(call.ResponseStream)), StatusAsync(() => NextAsync(bundles.ResponseStream)) };
        await home.StopAsync();

        Assert.All(await Task.WhenAll(ends), end => Assert.Equal(StatusCode.Unavailable, end.StatusCode));
    }

    [Fact]
    public async Task S5_3_an_identity_that_expired_ends_its_stream_with_unavailable_and_one_that_was_taken_away_with_permission_denied()
    {
        await using var home = await new WorkloadHome().Hold().StartAsync();
        using var channel = home.Connect();
        using var call = Client(channel).FetchX509SVID(new(), Header, cancellationToken: Token);
        await NextAsync(call.ResponseStream);
        home.States.Publish(state => state with { Svids = [] });

        Assert.Equal(
            (StatusCode.Unavailable, "the identity is not available at the moment"), Pair(await StatusAsync(() => NextAsync(call.ResponseStream))));
    }

    [Fact]
    public async Task Callers_have_the_entries_whose_selectors_hold_for_the_user_that_the_kernel_names()
    {
        await using var home = new WorkloadHome
        {
            Entries =
            [
                SampleIdentities.Entry("stranger", Cart, new Selector.UserId(UserId + 1)),
                SampleIdentities.Entry("own", Web, new Selector.UserId(UserId)),
                SampleIdentities.Entry("wrong-group", Cart, new Selector.UserId(UserId), new Selector.GroupId(4_000_000)),
            ],
        };
        await home.Hold().StartAsync();
        using var channel = home.Connect();
        using var call = Client(channel).FetchX509SVID(new(), Header, cancellationToken: Token);

        Assert.Equal([Web], (await NextAsync(call.ResponseStream)).Svids.Select(svid => svid.SpiffeId));
    }

    [Fact]
    public async Task Who_has_no_entry_is_told_so_and_gets_bundles_only_where_everybody_does()
    {
        await using var home = new WorkloadHome { Entries = [SampleIdentities.Entry("stranger", Cart, new Selector.UserId(UserId + 1))] };
        await home.Hold().StartAsync();
        using (var channel = home.Connect())
        {
            var client = Client(channel);
            var denied = (StatusCode.PermissionDenied, "no identity issued");
            Assert.Equal(denied, Pair(await StatusAsync(() => NextAsync(client.FetchX509SVID(new(), Header).ResponseStream))));
            Assert.Equal(denied, Pair(await StatusAsync(() => NextAsync(client.FetchX509Bundles(new(), Header).ResponseStream))));
            Assert.Equal(denied, Pair(await StatusAsync(() => NextAsync(client.FetchJWTBundles(new(), Header).ResponseStream))));
            Assert.Equal(denied, Pair(await StatusAsync(async () => await client.FetchJWTSVIDAsync(new() { Audience = { "a" } }, Header))));
        }

        await home.StopAsync();
        home.Files.Set(("Workloads:BundlesForEverybody", "true"));
        await home.StartAsync();
        using var again = home.Connect();
        Assert.Single((await NextAsync(Client(again).FetchX509Bundles(new(), Header).ResponseStream)).Bundles);
        Assert.Single((await NextAsync(Client(again).FetchJWTBundles(new(), Header).ResponseStream)).Bundles);
    }

    [Fact]
    public async Task A_call_before_the_first_svid_is_held_and_then_answered()
    {
        await using var home = new WorkloadHome(("Workloads:LongestWait", "00:00:30"));
        await home.StartAsync();
        using var channel = home.Connect();
        using var call = Client(channel).FetchX509SVID(new(), Header, cancellationToken: Token);
        var first = NextAsync(call.ResponseStream);
        await home.UntilOpenAsync(1);
        Assert.False(first.IsCompleted);
        home.Hold();

        Assert.Single((await first).Svids);
    }

    [Fact]
    public async Task Without_an_svid_in_time_a_call_is_told_to_come_back()
    {
        await using var home = await new WorkloadHome().StartAsync();
        using var channel = home.Connect();
        Assert.Equal(StatusCode.Unavailable, (await StatusAsync(() => NextAsync(Client(channel).FetchX509SVID(new(), Header).ResponseStream))).StatusCode);
    }

    [Fact]
    public async Task The_registration_file_is_read_again_and_open_streams_follow_it()
    {
        await using var home = new WorkloadHome();
        home.Register($"entries: [{{name: web, spiffeId: '{Web}', selectors: ['unix:uid:{UserId}']}}]\n");
        await home.Hold().StartAsync();
        using var channel = home.Connect();
        using var call = Client(channel).FetchX509SVID(new(), Header, cancellationToken: Token);
        await NextAsync(call.ResponseStream);

        home.Files.Write("registration.yaml", $"entries: [{{name: web, spiffeId: '{Web}', selectors: ['unix:uid:{UserId}'], hint: new}}]\n");
        Assert.Equal("new", (await NextAsync(call.ResponseStream)).Svids[0].Hint);

        // Wrong: nothing changes. Then nobody has anything.
        home.Files.Write("registration.yaml", "entries: [{name: web}]\n");
        await Eventually.TrueAsync(() => home.Agent.Part<FileRegistrations>().Faults.Count > 0, "a fault");
        home.Files.Write("registration.yaml", "entries: []\n");
        Assert.Equal((StatusCode.PermissionDenied, "no identity issued"), Pair(await StatusAsync(() => NextAsync(call.ResponseStream))));
    }

    [Fact]
    public async Task A_registration_file_that_is_wrong_at_the_start_is_refused_with_every_fault()
    {
        await using var home = new WorkloadHome();
        home.Register("entries: [{name: a}, {name: a, everybody: true}]\n");
        var refused = Assert.IsType<MeshCA.Agent.Hosting.AgentStart.Refused>(await home.Files.TryStartAsync());
        Assert.Equal(2, refused.Faults.Count);
    }

    [Fact]
    public async Task Tokens_come_for_each_identity_the_default_first_or_for_the_one_named()
    {
        await using var home = new WorkloadHome
        {
            Entries = [SampleIdentities.Entry("web", Web) with { Hint = "w" }, SampleIdentities.Entry("cart", Cart)],
            Tokens = new EchoTokens(),
        };
        await home.Hold().StartAsync();
        using var channel = home.Connect();
        var client = Client(channel);

        var all = await client.FetchJWTSVIDAsync(new() { Audience = { "b", "a", "b" } }, Header, cancellationToken: Token);
        Assert.Equal([$"{Web} web:b,a w", $"{Cart} cart:b,a "], all.Svids.Select(svid => $"{svid.SpiffeId} {svid.Svid} {svid.Hint}"));
        var one = await client.FetchJWTSVIDAsync(new() { Audience = { "a" }, SpiffeId = Cart }, Header, cancellationToken: Token);
        Assert.Equal("cart:a", Assert.Single(one.Svids).Svid);
    }

    public static TheoryData<string[], string, StatusCode> Questions() =>
    [
        new(["a"], "spiffe://cluster.local/ns/other/sa/x", StatusCode.PermissionDenied) { Label = "another's identity" },
        new(["a"], "web", StatusCode.InvalidArgument) { Label = "no SPIFFE ID" },
        new([], "", StatusCode.InvalidArgument) { Label = "no audience" },
        new([""], "", StatusCode.InvalidArgument) { Label = "an empty audience" },
        new([new string('a', 255)], "", StatusCode.OK) { Label = "the longest audience" },
        new([new string('a', 256)], "", StatusCode.InvalidArgument) { Label = "a longer one" },
        new([.. Enumerable.Range(0, 16).Select(i => $"a{i}")], "", StatusCode.OK) { Label = "the most audiences" },
        new([.. Enumerable.Range(0, 17).Select(i => $"a{i}")], "", StatusCode.InvalidArgument) { Label = "one more" },
        new(["refused"], "", StatusCode.ResourceExhausted) { Label = "what the CA refuses, as it does" },
    ];

    [Theory, MemberData(nameof(Questions))]
    public async Task Questions_for_tokens_have_limits(string[] audiences, string id, StatusCode status)
    {
        await using var home = new WorkloadHome { Tokens = new EchoTokens() };
        await home.Hold().StartAsync();
        using var channel = home.Connect();
        Assert.Equal(
            status,
            (await StatusAsync(async () => await Client(channel).FetchJWTSVIDAsync(
                new() { Audience = { audiences }, SpiffeId = id }, Header, cancellationToken: Token))).StatusCode);
    }

    [Fact]
    public async Task A_token_is_judged_by_the_bundle_of_its_own_trust_domain()
    {
        using var own = new TokenSigner("cluster.local");
        using var foreign = new TokenSigner("other.example");
        await using var home = new WorkloadHome();
        home.Hold();
        home.States.Publish(state => state with { Bundle = home.Own.Bundle with { Jwt = own.Bundle } });
        using var sample = new SampleIdentities("other.example");
        home.Federate(sample.Bundle with { Jwt = foreign.Bundle });
        await home.StartAsync();
        using var channel = home.Connect();
        var client = Client(channel);

        var mine = await client.ValidateJWTSVIDAsync(new() { Audience = "api", Svid = own.Mint(Web, "api", "\"color\":\"red\",\"n\":1.5") }, Header);
        Assert.Equal(Web, mine.SpiffeId);
        Assert.Equal("red", mine.Claims.Fields["color"].StringValue);
        Assert.Equal("api", Assert.Single(mine.Claims.Fields["aud"].ListValue.Values).StringValue);

        // What claims of others mean is not known here.
        var other = await client.ValidateJWTSVIDAsync(new() { Audience = "api", Svid = foreign.Mint("spiffe://other.example/x", "api", "\"color\":\"red\"") }, Header);
        Assert.DoesNotContain("color", other.Claims.Fields.Keys);

        string[] bad =
        [
            foreign.Mint(Web, "api", "\"a\":1"), own.Mint(Web, "other", "\"a\":1"), own.Mint(Web, "api", "\"a\":1")[..^2], "x.y.z", new string('a', 20_000), "",
            own.Mint(Web, "api", "\"a\":" + new string('[', 200) + new string(']', 200)),
        ];
        foreach (var token in bad)
        {
            var status = await StatusAsync(async () => await client.ValidateJWTSVIDAsync(new() { Audience = "api", Svid = token }, Header));
            Assert.Equal(StatusCode.InvalidArgument, status.StatusCode);
            Assert.DoesNotContain("red", status.Detail, StringComparison.Ordinal);
        }

        Assert.Equal(
            StatusCode.InvalidArgument,
            (await StatusAsync(async () => await client.ValidateJWTSVIDAsync(new() { Svid = own.Mint(Web, "api", "\"a\":1") }, Header))).StatusCode);

        var keys = Encoding.UTF8.GetString((await NextAsync(client.FetchJWTBundles(new(), Header).ResponseStream)).Bundles["spiffe://other.example"].Span);
        Assert.Contains("\"kid\"", keys, StringComparison.Ordinal);
        Assert.DoesNotContain("x5c", keys, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_process_has_so_many_streams_and_others_have_theirs()
    {
        await using var home = new WorkloadHome(("Workloads:MaxStreamsPerProcess", "3"));
        await home.Hold().StartAsync();
        using var channel = home.Connect();
        var calls = Enumerable.Range(0, 3).Select(_ => Client(channel).FetchX509SVID(new(), Header, cancellationToken: Token)).ToList();
        foreach (var call in calls)
        {
            await NextAsync(call.ResponseStream);
        }

        using var second = home.Connect();
        Assert.Equal(StatusCode.ResourceExhausted, (await StatusAsync(() => NextAsync(Client(second).FetchX509SVID(new(), Header).ResponseStream))).StatusCode);
        calls.ForEach(call => call.Dispose());
        await home.UntilOpenAsync(0);
        await NextAsync(Client(second).FetchX509SVID(new(), Header).ResponseStream);
    }

    [Fact]
    public async Task A_user_has_so_many_streams_whatever_its_processes_may_have()
    {
        await using var home = new WorkloadHome(("Workloads:MaxStreamsPerUser", "2"));
        await home.Hold().StartAsync();
        using var channel = home.Connect();
        using var first = Client(channel).FetchX509SVID(new(), Header, cancellationToken: Token);
        using var second = Client(channel).FetchX509Bundles(new(), Header, cancellationToken: Token);
        await NextAsync(first.ResponseStream);
        await NextAsync(second.ResponseStream);

        Assert.Equal(StatusCode.ResourceExhausted, (await StatusAsync(() => NextAsync(Client(channel).FetchJWTBundles(new(), Header).ResponseStream))).StatusCode);
        second.Dispose();
        await home.UntilOpenAsync(1);
        await NextAsync(Client(channel).FetchJWTBundles(new(), Header).ResponseStream);
    }

    [Fact]
    public async Task Two_sockets_serve_the_same_and_stale_ones_are_replaced()
    {
        await using var home = new WorkloadHome();
        var second = home.Files.File("workload-spiffe-uds/socket");
        home.Files.Set(("Workloads:SecondSocket", "unix://" + second));
        await home.Hold().StartAsync();
        using (var channel = MeshCA.Admin.AdminChannel.Open(second))
        {
            await NextAsync(Client(channel).FetchX509SVID(new(), Header).ResponseStream);
        }

        Assert.Equal(Convert.ToInt32("666", 8), (int)File.GetUnixFileMode(second));
        Assert.Equal(Convert.ToInt32("755", 8), (int)File.GetUnixFileMode(Path.GetDirectoryName(second)!));
        await home.StopAsync();
        await home.StartAsync();
        using var again = MeshCA.Admin.AdminChannel.Open(second);
        await NextAsync(Client(again).FetchX509SVID(new(), Header).ResponseStream);
    }

    [Theory]
    [InlineData("false", false)]
    [InlineData("true", true)]
    public async Task A_directory_in_which_others_write_must_be_allowed(string allowed, bool starts)
    {
        await using var home = new WorkloadHome(("Workloads:SharedDirectory", allowed));
        var directory = Path.GetDirectoryName(home.Socket)!;
        Directory.CreateDirectory(directory);
        File.SetUnixFileMode(directory, (UnixFileMode)Convert.ToInt32("777", 8));
        var started = await home.Files.TryStartAsync();
        Assert.Equal(starts, started is MeshCA.Agent.Hosting.AgentStart.Started);
        if (started is MeshCA.Agent.Hosting.AgentStart.Started(var host))
        {
            await host.DisposeAsync();
        }
    }

    private static (StatusCode, string) Pair(Status status) => (status.StatusCode, status.Detail);

    private static SpiffeWorkloadAPI.SpiffeWorkloadAPIClient Client(ChannelBase channel) => new(channel);

    private static List<ReadOnlyMemory<byte>> Divide(byte[] concatenated)
    {
        var found = new List<ReadOnlyMemory<byte>>();
        for (var rest = concatenated.AsMemory(); rest.Length > 0;)
        {
            var length = new System.Formats.Asn1.AsnReader(rest, System.Formats.Asn1.AsnEncodingRules.DER).PeekEncodedValue().Length;
            found.Add(rest[..length]);
            rest = rest[length..];
        }

        return found;
    }

    private sealed class EchoTokens : IJwtSvids
    {
        public Task<JwtSvidOutcome> FetchAsync(RegistrationEntry entry, ImmutableArray<string> audiences, CancellationToken cancellationToken) =>
            Task.FromResult<JwtSvidOutcome>(audiences is ["refused"]
                ? new JwtSvidOutcome.Refused(new Status(StatusCode.ResourceExhausted, "later"))
                : new JwtSvidOutcome.Fetched($"{entry.Name}:{string.Join(',', audiences)}", DateTimeOffset.MaxValue));
    }

    // A token with any claims, by the platform alone.
    private sealed class TokenSigner(string trustDomain) : IDisposable
    {
        private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

        public JwtBundle Bundle => JwtBundle.TryCreate(
            SpiffeIdentity.TrustDomain.Parse(trustDomain), [new("k1", _key.ExportSubjectPublicKeyInfo())], out var bundle, out _)
                ? bundle
                : throw new InvalidOperationException("the sample is no bundle");

        public string Mint(string subject, string audience, string more)
        {
            var exp = TimeProvider.System.GetUtcNow().AddMinutes(5).ToUnixTimeSeconds();
            var signed = $"{Encode("{\"alg\":\"ES256\",\"kid\":\"k1\"}")}.{Encode($"{{\"sub\":\"{subject}\",\"aud\":\"{audience}\",\"exp\":{exp},{more}}}")}";
            return $"{signed}.{System.Buffers.Text.Base64Url.EncodeToString(_key.SignData(Encoding.ASCII.GetBytes(signed), HashAlgorithmName.SHA256))}";
        }

        public void Dispose() => _key.Dispose();

        private static string Encode(string json) => System.Buffers.Text.Base64Url.EncodeToString(Encoding.UTF8.GetBytes(json));
    }
}
