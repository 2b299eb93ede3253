using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Google.Protobuf;
using Grpc.Core;
using MeshCA.Agent.Identities;
using MeshCA.Agent.Registration;
using MeshCA.Agent.Trust;
using MeshCA.IntegrationTests.Running;
using MeshCA.Wire.Identity;
using MeshCA.Wire.Istio;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using SpiffeIdentity.Pem;
using TestSupport;
using Xunit;

namespace MeshCA.IntegrationTests.Agents;

/// <summary>The agent against a CA that breaks rules: nothing of it is served, nothing ends the agent, and a good answer is taken after it.</summary>
public sealed class HostileCaTests
{
    public static TheoryData<string> BrokenAnswers() =>
        ["nothing", "one element", "seventeen elements", "no certificate", "other key", "other trust domain", "no identity", "other root", "expired", "clients only", "no bundle", "a megabyte"];

    [Theory, MemberData(nameof(BrokenAnswers))]
    public async Task An_answer_that_breaks_a_rule_is_not_served(string fault)
    {
        await using var ca = await FakeCa.StartAsync();
        using var other = FakeCa.NewRoot("another");
        ca.Answer = request => Broken(fault, request, ca, other);
        using var home = new AgentHome();
        ca.Lead(home);
        await using var agent = await home.StartAsync();

        await Eventually.TrueAsync(() => agent.Part<IdentityWorker>().Statuses is [{ Failures: > 1 }], "refusals");
        Assert.Equal(FailureCause.Answer, agent.Part<IdentityWorker>().Statuses[0].LastFailure!.Cause);
        Assert.Empty(agent.State.Svids);

        ca.Answer = null;
        await agent.StateAsync(state => state is { Svids.Length: 1, Bundle: not null }, "a good answer");
    }

    [Fact]
    public async Task An_svid_of_a_root_that_the_stream_does_not_have_is_not_served()
    {
        await using var ca = await FakeCa.StartAsync();
        using var other = FakeCa.NewRoot("another");
        ca.HasStream = true;
        ca.Publish(1);
        using var gate = new ManualResetEventSlim();
        var token = TestContext.Current.CancellationToken;
        ca.Answer = request =>
        {
            gate.Wait(token);
            return FakeCa.Good(request, other, shape => shape);
        };
        using var home = new AgentHome();
        ca.Lead(home);
        await using var agent = await home.StartAsync();
        await Eventually.TrueAsync(() => ca.Acknowledged.Contains(1UL), "the bundle");
        gate.Set();
        await Eventually.TrueAsync(
            () => agent.Part<IdentityWorker>().Statuses is [{ Failures: > 1, LastFailure.Cause: FailureCause.Answer }], "refusals");
        Assert.Empty(agent.State.Svids);

        ca.Answer = null;
        await agent.StateAsync(state => state.Svids.Length == 1, "a good answer");
    }

    // A service of before ends the stream of whoever sends it what it does not know.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Bans_are_in_force_and_are_acknowledged_only_where_the_ca_takes_that(bool takes)
    {
        await using var ca = await FakeCa.StartAsync();
        (ca.HasStream, ca.TakesRevocations) = (true, takes);
        ca.Publish(1);
        ca.Stream.Writer.TryWrite(new() { Revocations = new() { Revision = 5, Bans = { new Ban { Number = 2, SpiffeId = FakeCa.Id } } } });
        ca.Stream.Writer.TryWrite(new()
        {
            Revocations = new() { Revision = 6, Bans = { new Ban { SpiffeId = "nobody" }, new Ban { Number = 3, SpiffeId = FakeCa.Id } } },
        });
        ca.Publish(2);
        using var home = new AgentHome();
        ca.Lead(home);
        await using var agent = await home.StartAsync();
        await Eventually.TrueAsync(() => ca.Acknowledged.Contains(2UL), "the second bundle");
        Assert.Equal((6, 3), (agent.State.Bans.Revision, Assert.Single(agent.State.Bans.Entries).Number));

        // What it says goes out in the order in which it came; of the second state not all is in force.
        Assert.Equal(takes ? [5L] : [], ca.Enforced);
        Assert.True(ca.Opened.TryPeek(out var open) && open is { Revocations: true, AcknowledgesRevocations: true });
    }

    // Fail closed: with more than there is room for nobody would be banned.
    [Fact]
    public async Task Bans_without_end_leave_the_last_ones_in_force_and_are_not_acknowledged()
    {
        await using var ca = await FakeCa.StartAsync();
        (ca.HasStream, ca.TakesRevocations) = (true, true);
        ca.Publish(1);
        ca.Stream.Writer.TryWrite(new() { Revocations = new() { Revision = 5, Bans = { new Ban { Number = 3, SpiffeId = FakeCa.Id } } } });
        var part = new RevocationState { Revision = 6, More = true };
        part.Bans.AddRange(Enumerable.Range(0, 1_800).Select(i => new Ban { Number = i, SpiffeId = $"spiffe://td/{new string('x', 2_000)}/{i}" }));
        for (var parts = 0; parts < 10; parts++)
        {
            ca.Stream.Writer.TryWrite(new() { Revocations = part });
        }

        ca.Stream.Writer.TryWrite(new() { Revocations = new() { Revision = 6 } });
        ca.Publish(2);
        using var home = new AgentHome();
        ca.Lead(home);
        await using var agent = await home.StartAsync();
        await Eventually.TrueAsync(() => ca.Acknowledged.Contains(2UL), "the second bundle");
        Assert.Equal((5, 3), (agent.State.Bans.Revision, Assert.Single(agent.State.Bans.Entries).Number));
        Assert.Equal([5L], ca.Enforced);
    }

    // Without lists Envoy would refuse nobody.
    [Fact]
    public async Task Lists_without_end_leave_the_last_ones_held_and_are_not_acknowledged_while_the_bans_beside_them_are_in_force()
    {
        await using var ca = await FakeCa.StartAsync();
        (ca.HasStream, ca.TakesRevocations) = (true, true);
        ca.Publish(1);
        var list = ByteString.CopyFrom(new byte[100]);
        ca.Stream.Writer.TryWrite(new() { Revocations = new() { Revision = 5, Lists = { new RevocationList { Authority = "a", Der = list } } } });
        var part = new RevocationState { Revision = 6, More = true, Lists = { new RevocationList { Authority = "a", Der = ByteString.CopyFrom(new byte[3_500_000]) } } };
        for (var parts = 0; parts < 5; parts++)
        {
            ca.Stream.Writer.TryWrite(new() { Revocations = part });
        }

        ca.Stream.Writer.TryWrite(new() { Revocations = new() { Revision = 6, Bans = { new Ban { Number = 3, SpiffeId = FakeCa.Id } } } });
        ca.Publish(2);
        using var home = new AgentHome();
        ca.Lead(home);
        await using var agent = await home.StartAsync();
        await Eventually.TrueAsync(() => ca.Acknowledged.Contains(2UL), "the second bundle");
        Assert.Equal((6, 3), (agent.State.Bans.Revision, Assert.Single(agent.State.Bans.Entries).Number));
        Assert.Equal(100, Assert.Single(agent.State.RevocationLists).Length);
        Assert.Equal([5L], ca.Enforced);
    }

    [Fact]
    public async Task The_svid_that_is_held_outlives_bad_answers()
    {
        await using var ca = await FakeCa.StartAsync();
        ca.Answer = request => FakeCa.Good(request, ca.Root, shape => shape with { NotAfter = TimeProvider.System.GetUtcNow().AddSeconds(4) });
        using var home = new AgentHome();
        ca.Lead(home);
        await using var agent = await home.StartAsync();
        var first = (await agent.StateAsync(state => state.Svids.Length == 1, "an SVID")).Svids[0];
        ca.Answer = _ => new();
        await Eventually.TrueAsync(() => agent.Part<IdentityWorker>().Statuses is [{ Failures: > 0 }], "a refusal");

        Assert.Same(first, agent.State.Svids[0]);
        await agent.StateAsync(state => state.Svids.Length == 0, "its end");
    }

    [Fact]
    public async Task A_ca_without_a_stream_gives_its_bundle_with_each_svid()
    {
        await using var ca = await FakeCa.StartAsync();
        using var home = new AgentHome();
        ca.Lead(home);
        await using var agent = await home.StartAsync();
        var state = await agent.StateAsync(each => each is { Svids.Length: 1, Bundle: not null }, "an SVID");

        Assert.Null(state.Bundle!.Sequence);
        Assert.Equal([ca.Root.Certificate], state.Bundle.X509.Authorities.Select(der => der.ToArray()));
        await Eventually.TrueAsync(
            () => agent.Part<BundleFollower>().Status.LastEnd.Contains("UNIMPLEMENTED", StringComparison.Ordinal), "the end of the stream");
    }

    public static TheoryData<string> BrokenBundles() => ["no roots", "other trust domain", "no certificate", "two keys of one name"];

    [Theory, MemberData(nameof(BrokenBundles))]
    public async Task A_bundle_that_breaks_a_rule_is_neither_used_nor_acknowledged(string fault)
    {
        await using var ca = await FakeCa.StartAsync();
        ca.HasStream = true;
        ca.Publish(7);
        using var home = new AgentHome();
        ca.Lead(home);
        await using var agent = await home.StartAsync();
        await Eventually.TrueAsync(() => ca.Acknowledged.Contains(7UL), "the first acknowledgement");
        ca.Publish(8, bundle => Break(fault, bundle));
        await Eventually.TrueAsync(
            async () => (await agent.Http.GetStringAsync("/metrics")).Contains("meshca_agent_bundles_refused_total 1", StringComparison.Ordinal), "the refusal");
        ca.Publish(9);
        await Eventually.TrueAsync(() => ca.Acknowledged.Contains(9UL), "the last acknowledgement");

        Assert.DoesNotContain(8UL, ca.Acknowledged);
        Assert.Equal([ca.Root.Certificate], agent.State.Bundle!.X509.Authorities.Select(der => der.ToArray()));
    }

    [Fact]
    public async Task A_compromised_key_renews_at_once_and_a_ca_that_goes_on_signing_with_it_is_not_stormed()
    {
        await using var ca = await FakeCa.StartAsync();
        ca.HasStream = true;
        ca.Publish(1);
        using var home = new AgentHome(("Agent:FirstRetry", "00:00:00.5"), ("Agent:LongestRetry", "00:10:00"));
        ca.Lead(home);
        await using var agent = await home.StartAsync();
        var first = (await agent.StateAsync(state => state is { Svids.Length: 1, Bundle: not null }, "an SVID")).Svids[0];
        using var root = X509CertificateLoader.LoadCertificate(ca.Root.Certificate);
        ca.Publish(2, bundle => bundle.TaintedKeyIds.Add(
            root.Extensions.OfType<X509SubjectKeyIdentifierExtension>().Single().SubjectKeyIdentifier!.ToLowerInvariant()));
        await agent.StateAsync(state => state.Svids is [{ } svid] && svid != first, "another SVID");

        await Eventually.TrueAsync(() => agent.Part<IdentityWorker>().Statuses is [{ Failures: > 0 }], "that it is asked for again");
        Assert.True(ca.Requests.Count < 8, $"{ca.Requests.Count} requests");
        Assert.InRange(agent.Part<IdentityWorker>().Statuses[0].Next - TimeProvider.System.GetUtcNow(), TimeSpan.MinValue, TimeSpan.FromMinutes(10));
    }

    [Fact]
    public async Task A_stream_that_ends_is_opened_again_with_what_is_in_use()
    {
        await using var ca = await FakeCa.StartAsync();
        ca.HasStream = true;
        ca.Publish(3);
        using var home = new AgentHome(("Agent:Instance", "here"));
        ca.Lead(home);
        await using var agent = await home.StartAsync();
        await Eventually.TrueAsync(() => ca.Acknowledged.Contains(3UL), "an acknowledgement");
        ca.Stream.Writer.Complete();
        await Eventually.TrueAsync(() => ca.Opened.Count > 1, "another stream");

        Assert.Equal(("here", 0UL, true, true), (ca.Opened.First().Instance, ca.Opened.First().SequenceInUse, ca.Opened.First().Revocations, ca.Opened.First().Federated));
        Assert.Equal(3UL, ca.Opened.Last().SequenceInUse);
        Assert.NotNull(agent.State.Bundle);
    }

    [Fact]
    public async Task An_identity_of_another_is_asked_for_by_metadata_and_pilot_headers_travel()
    {
        await using var ca = await FakeCa.StartAsync();
        using var home = new AgentHome(("Agent:CertSigner", "mine"), ("Agent:Headers:x-team", "blue"), ("Agent:SpiffeId", FakeCa.Id), ("Agent:ClusterId", "c1"));
        ca.Lead(home);
        await using var agent = await home.StartAsync();
        await agent.StateAsync(state => state.Svids.Length == 1, "an SVID");
        Assert.True(ca.Requests.TryPeek(out var asked));

        Assert.Equal(("mine", 1), (asked.Request.Metadata.Fields["CertSigner"].StringValue, asked.Request.Metadata.Fields.Count));
        Assert.Equal(("Bearer any.token.does", "c1", "blue"), (asked.Headers.GetValue("authorization"), asked.Headers.GetValue("clusterid"), asked.Headers.GetValue("x-team")));
        Assert.Equal(86_400, asked.Request.ValidityDuration);
        var csr = CertificateRequest.LoadSigningRequestPem(asked.Request.Csr, HashAlgorithmName.SHA256, CertificateRequestLoadOptions.UnsafeLoadCertificateExtensions);
        Assert.Equal("", csr.SubjectName.Name);
        Assert.Single(csr.CertificateExtensions);
    }

    [Fact]
    public async Task A_busy_ca_is_left_alone_as_long_as_it_asks()
    {
        await using var ca = await FakeCa.StartAsync();
        ca.Answer = _ => throw new RpcException(
            new Status(StatusCode.ResourceExhausted, "busy"), new Metadata { { "grpc-retry-pushback-ms", "120000" } });
        using var home = new AgentHome();
        ca.Lead(home);
        await using var agent = await home.StartAsync();
        await Eventually.TrueAsync(() => agent.Part<IdentityWorker>().Statuses is [{ Failures: > 0 }], "a refusal");
        var status = agent.Part<IdentityWorker>().Statuses[0];

        Assert.Equal(FailureCause.Busy, status.LastFailure!.Cause);
        Assert.True(status.Next > TimeProvider.System.GetUtcNow().AddSeconds(60));
        Assert.Single(ca.Requests);
    }

    [Fact]
    public async Task An_entry_that_goes_while_the_ca_does_not_answer_for_it_ends_nothing_else()
    {
        await using var ca = await FakeCa.StartAsync();
        using var gate = new ManualResetEventSlim();
        var token = TestContext.Current.CancellationToken;
        ca.Answer = request =>
        {
            if (ca.Requests.Count == 1)
            {
                gate.Wait(token);
            }

            return ca.Good(request);
        };
        using var home = new AgentHome(("Agent:RequestTimeout", "00:02:00"));
        home.Write("registration.yaml", "entries: [{name: a, everybody: true}]");
        home.Set(("Workloads:RegistrationFile", home.File("registration.yaml")));
        ca.Lead(home);
        await using var agent = await home.StartAsync();
        try
        {
            await Eventually.TrueAsync(() => ca.Requests.Count == 1, "a request");
            home.Write("registration.yaml", "entries: [{name: b, everybody: true}]");

            await agent.StateAsync(state => state.Svids is [{ Entry.Name: "b" }], "the other entry's SVID");
        }
        finally
        {
            gate.Set();
        }
    }

    [Fact]
    public async Task Streams_that_end_as_soon_as_they_are_there_are_opened_ever_more_rarely()
    {
        await using var ca = await FakeCa.StartAsync();
        ca.HasStream = true;
        ca.Brings = () => new() { Bundle = ca.Bundle(1) };
        var clock = new ManualTimeProvider(TimeProvider.System.GetUtcNow());
        var log = new RecordingLogger();
        using var home = new AgentHome(("Agent:FirstRetry", "00:00:01"), ("Agent:LongestRetry", "00:10:00"))
        {
            Clock = clock,
            Parts = services => services.AddSingleton<ILogger<BundleFollower>>(new Logger<BundleFollower>(log)),
        };
        ca.Lead(home);
        await using var agent = await home.StartAsync();
        await AdvanceUntilAsync(clock, () => Pauses().Count >= 5, TimeSpan.FromSeconds(0.25));

        Assert.All(Pauses().Take(5), (pause, number) => Assert.InRange(pause, TimeSpan.FromSeconds(0.5 * (1 << number)), TimeSpan.FromSeconds(1 << number)));

        List<TimeSpan> Pauses() =>
            [.. log.Entries.Where(entry => entry.EventId == 9407).Select(entry => TimeSpan.Parse(entry.Values["Pause"]!, CultureInfo.InvariantCulture))];
    }

    [Fact]
    public async Task A_ca_that_lost_its_stream_gives_its_roots_with_each_svid_again()
    {
        await using var ca = await FakeCa.StartAsync();
        using var next = FakeCa.NewRoot("the next root");
        ca.HasStream = true;
        ca.Publish(1);
        ca.Answer = request => FakeCa.Good(request, ca.Root, shape => shape with { NotAfter = TimeProvider.System.GetUtcNow().AddSeconds(6) });
        using var home = new AgentHome();
        ca.Lead(home);
        await using var agent = await home.StartAsync();
        await Eventually.TrueAsync(() => ca.Acknowledged.Contains(1UL), "the bundle");
        ca.HasStream = false;
        ca.Answer = request => FakeCa.Good(request, next, shape => shape);
        await ca.EndStreamAsync();

        await agent.StateAsync(state => state.Bundle!.X509.Contains(next.Certificate), "the next root");
        Assert.True(agent.State.Bundle!.X509.Contains(ca.Root.Certificate));
        Assert.Null(agent.State.Bundle.Sequence);
    }

    [Fact]
    public async Task Where_the_certificate_is_refused_the_token_asks_for_svids_and_for_the_stream()
    {
        await using var ca = await FakeCa.StartAsync();
        ca.HasStream = true;
        ca.Publish(1);
        ca.Admit = NeedsToken;
        ca.Answer = request =>
        {
            NeedsToken(ca.Requests.Last().Headers);
            return ca.Good(request);
        };
        var clock = new ManualTimeProvider(TimeProvider.System.GetUtcNow());
        using var home = new AgentHome(("Agent:RenewWithSvid", "true")) { Clock = clock };
        ca.Lead(home);
        await using var agent = await home.StartAsync();
        var first = (await agent.StateAsync(state => state.Svids.Length == 1, "an SVID")).Svids[0].Svid;
        await AdvanceUntilAsync(clock, () => agent.Part<IdentityWorker>().Statuses is [{ Renewals: > 1 }], TimeSpan.FromSeconds(20));
        Assert.True(clock.GetUtcNow() < first.NotAfter, "the token was asked only when there was no certificate any more");
        Assert.Contains(ca.Requests, asked => asked.Headers.GetValue("authorization") is null);

        await ca.EndStreamAsync();
        ca.Publish(2);
        await AdvanceUntilAsync(clock, () => ca.Acknowledged.Contains(2UL), TimeSpan.FromSeconds(0.1));

        static void NeedsToken(Metadata headers)
        {
            if (headers.GetValue("authorization") is null)
            {
                throw new RpcException(new Status(StatusCode.Unauthenticated, "no certificate is wanted here"));
            }
        }
    }

    [Fact]
    public async Task Near_its_end_an_svid_is_worth_more_requests_than_the_back_off_would_make()
    {
        await using var ca = await FakeCa.StartAsync();
        var clock = new ManualTimeProvider(TimeProvider.System.GetUtcNow());
        using var home = new AgentHome(("Agent:FirstRetry", "00:00:01"), ("Agent:LongestRetry", "01:00:00")) { Clock = clock };
        ca.Lead(home);
        await using var agent = await home.StartAsync();
        var svid = (await agent.StateAsync(state => state.Svids.Length == 1, "an SVID")).Svids[0].Svid;
        ca.Answer = _ => throw new RpcException(new Status(StatusCode.Unavailable, "away"));
        await AdvanceUntilAsync(clock, () => Status().Failures >= 9, TimeSpan.FromSeconds(20));

        // By then a wait would be over 4 minutes.
        clock.Set(svid.NotAfter.AddMinutes(-5));
        var before = Status().Failures;
        await AdvanceUntilAsync(clock, () => Status().Failures > before, TimeSpan.FromSeconds(1));
        Assert.InRange(Status().Next - clock.GetUtcNow(), TimeSpan.Zero, TimeSpan.FromMinutes(5) / 8);

        EntryStatus Status() => agent.Part<IdentityWorker>().Statuses[0];
    }

    [Fact]
    public async Task An_svid_ends_at_its_end_also_where_the_ca_asked_to_be_left_alone_for_longer()
    {
        await using var ca = await FakeCa.StartAsync();
        var clock = new ManualTimeProvider(TimeProvider.System.GetUtcNow());
        ca.Answer = request => FakeCa.Good(request, ca.Root, shape => shape with { NotAfter = clock.GetUtcNow().AddSeconds(200) });
        using var home = new AgentHome { Clock = clock };
        ca.Lead(home);
        await using var agent = await home.StartAsync();
        var svid = (await agent.StateAsync(state => state.Svids.Length == 1, "an SVID")).Svids[0].Svid;
        ca.Answer = _ => throw new RpcException(
            new Status(StatusCode.ResourceExhausted, "busy"), new Metadata { { "grpc-retry-pushback-ms", "250000" } });
        await AdvanceUntilAsync(clock, () => ca.Requests.Count == 2, TimeSpan.FromSeconds(2));
        await Eventually.TrueAsync(() => agent.Part<IdentityWorker>().Statuses is [{ Failures: 1 }], "the refusal");

        clock.Advance(svid.NotAfter - clock.GetUtcNow());
        Assert.Single(agent.State.Svids); // the last second counts as valid
        clock.Advance(TimeSpan.FromSeconds(1));
        await agent.StateAsync(state => state.Svids.IsEmpty, "its end");
    }

    [Fact]
    public async Task A_ca_whose_clock_is_behind_is_not_asked_as_fast_as_it_answers()
    {
        await using var ca = await FakeCa.StartAsync();
        var end = new DateTimeOffset(TimeProvider.System.GetUtcNow().AddMinutes(10).Ticks / TimeSpan.TicksPerSecond * TimeSpan.TicksPerSecond, TimeSpan.Zero);
        var clock = new ManualTimeProvider(end.AddMilliseconds(-20));
        ca.Answer = request => FakeCa.Good(request, ca.Root, shape => shape with { NotAfter = end });
        using var home = new AgentHome { Clock = clock };
        ca.Lead(home);
        await using var agent = await home.StartAsync();
        await agent.StateAsync(state => state.Svids.Length == 1, "an SVID");

        Assert.Equal(clock.GetUtcNow().AddMilliseconds(100), agent.Part<IdentityWorker>().Statuses[0].Next);
    }

    [Fact]
    public async Task An_entry_that_asks_for_something_else_by_now_keeps_nothing_of_before()
    {
        await using var ca = await FakeCa.StartAsync();
        using var home = new AgentHome(("Agent:LongestRetry", "00:10:00"), ("Agent:FirstRetry", "00:01:00"));
        home.Write("registration.yaml", "entries: [{name: a, everybody: true}]");
        home.Write("other-token", "another.token.too");
        home.Set(("Workloads:RegistrationFile", home.File("registration.yaml")));
        ca.Lead(home);
        await using var agent = await home.StartAsync();
        await agent.StateAsync(state => state.Svids.Length == 1, "an SVID");
        ca.Answer = _ => throw new RpcException(new Status(StatusCode.PermissionDenied, "not this one"));
        home.Write("registration.yaml", $"entries: [{{name: a, everybody: true, tokenFile: {home.File("other-token")}}}]");

        await agent.StateAsync(state => state.Svids.IsEmpty, "that it has nothing");
        await Eventually.TrueAsync(() => ca.Requests.Last().Headers.GetValue("authorization") == "Bearer another.token.too", "a request by the other token");
    }

    [Fact]
    public async Task A_hint_that_changed_while_the_ca_was_asked_is_the_one_that_counts()
    {
        await using var ca = await FakeCa.StartAsync();
        using var gate = new ManualResetEventSlim();
        var token = TestContext.Current.CancellationToken;
        ca.Answer = request =>
        {
            gate.Wait(token);
            return ca.Good(request);
        };
        using var home = new AgentHome(("Agent:RequestTimeout", "00:02:00"));
        home.Write("registration.yaml", "entries: [{name: a, everybody: true, hint: old}]");
        home.Set(("Workloads:RegistrationFile", home.File("registration.yaml")));
        ca.Lead(home);
        await using var agent = await home.StartAsync();
        try
        {
            await Eventually.TrueAsync(() => ca.Requests.Count == 1, "a request");
            home.Write("registration.yaml", "entries: [{name: a, everybody: true, hint: new}]");
            await Eventually.TrueAsync(() => agent.Part<IRegistrations>().Current.Revision == 2, "the change");
        }
        finally
        {
            gate.Set();
        }

        await agent.StateAsync(state => state.Svids is [{ Entry.Hint: "new" }], "the SVID under the new hint");
    }

    [Fact]
    public async Task An_entry_with_a_token_of_its_own_asks_for_nobody_else()
    {
        await using var ca = await FakeCa.StartAsync();
        using var home = new AgentHome(("Agent:Spread", "00:00:00"));
        home.Write("web-token", "webs.own.token");
        home.Write(
            "registration.yaml",
            $$"""
            entries:
            - {name: web, everybody: true, spiffeId: 'spiffe://cluster.local/ns/shop/sa/web', tokenFile: {{home.File("web-token")}}}
            - {name: api, everybody: true, spiffeId: 'spiffe://cluster.local/ns/shop/sa/api'}
            """);
        home.Set(("Workloads:RegistrationFile", home.File("registration.yaml")));
        ca.Lead(home);
        await using var agent = await home.StartAsync();
        await Eventually.TrueAsync(() => ca.Requests.Count >= 2 && ca.Requests.DistinctBy(TokenOf).Count() == 2, "both requests");

        Assert.All(ca.Requests.Where(asked => TokenOf(asked) == "Bearer webs.own.token"), asked => Assert.Null(asked.Request.Metadata));
        Assert.All(ca.Requests.Where(asked => TokenOf(asked) == "Bearer any.token.does"), asked => Assert.Equal(
            "spiffe://cluster.local/ns/shop/sa/api", asked.Request.Metadata.Fields["ImpersonatedIdentity"].StringValue));

        static string? TokenOf((IstioCertificateRequest Request, Metadata Headers) asked) => asked.Headers.GetValue("authorization");
    }

    private static async Task AdvanceUntilAsync(ManualTimeProvider clock, Func<bool> holds, TimeSpan step)
    {
        await Eventually.TrueAsync(
            () =>
            {
                if (holds())
                {
                    return true;
                }

                clock.Advance(step);
                return false;
            },
            "what time brings");
    }

    private static void Break(string fault, Wire.Identity.TrustBundle bundle)
    {
        switch (fault)
        {
            case "no roots":
                bundle.X509Authorities.Clear();
                break;
            case "other trust domain":
                bundle.TrustDomain = "evil.example";
                break;
            case "no certificate":
                bundle.X509Authorities.Add(ByteString.CopyFromUtf8("junk"));
                break;
            case "two keys of one name":
                bundle.JwtAuthorities.Add(new Wire.Identity.JwtAuthority { KeyId = "k", PublicKey = ByteString.CopyFromUtf8("junk") });
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(fault));
        }
    }

    private static IstioCertificateResponse Broken(string fault, IstioCertificateRequest request, FakeCa ca, TestAuthority other)
    {
        var good = ca.Good(request);
        switch (fault)
        {
            case "nothing":
                return new();
            case "one element":
                return new() { CertChain = { good.CertChain[0] } };
            case "seventeen elements":
                return new() { CertChain = { Enumerable.Repeat(good.CertChain[1], 15).Prepend(good.CertChain[0]).Append(good.CertChain[1]) } };
            case "no certificate":
                return new() { CertChain = { "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", good.CertChain[1] } };
            case "other key":
                return new() { CertChain = { PemWriter.WriteCertificate(ca.Root.IssueLeaf(FakeCa.Id, FakeCa.Living)), good.CertChain[1] } };
            case "other trust domain":
                return FakeCa.Good(request, ca.Root, shape => shape with { Uris = ["spiffe://evil.example/ns/shop/sa/cart"] });
            case "no identity":
                return FakeCa.Good(request, ca.Root, shape => shape with { Uris = [], DnsNames = ["cart.shop"] });
            case "other root":
                return new() { CertChain = { good.CertChain[0], PemWriter.WriteCertificate(other.Certificate) } };
            case "expired":
                return FakeCa.Good(request, ca.Root, shape => shape with { NotAfter = shape.NotBefore.AddSeconds(60) });
            case "clients only":
                return FakeCa.Good(
                    request, ca.Root, shape => shape with { Extra = [new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.2")], critical: false)] });
            case "no bundle":
                return new() { CertChain = { good.CertChain[0], "junk" } };
            case "a megabyte":
                return new() { CertChain = { good.CertChain[0], new string('x', 1 << 20) + good.CertChain[1] } };
            default:
                throw new ArgumentOutOfRangeException(nameof(fault));
        }
    }
}
