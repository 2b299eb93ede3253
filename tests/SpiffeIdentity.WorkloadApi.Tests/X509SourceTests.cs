using Google.Protobuf;
using Grpc.Core;
using Spiffe.Wire.Workload;
using SpiffeIdentity.WorkloadApi.Tests.Fakes;
using TestSupport;
using Xunit;

namespace SpiffeIdentity.WorkloadApi.Tests;

public sealed class X509SourceTests : IAsyncLifetime
{
    private readonly TestDomain _domain = new();
    private FakeWorkloadApi _api = null!;

    public async ValueTask InitializeAsync() => _api = await FakeWorkloadApi.StartAsync();

    public async ValueTask DisposeAsync()
    {
        await _api.DisposeAsync();
        _domain.Dispose();
    }

    [Fact]
    public async Task The_first_svid_is_there_when_the_source_is()
    {
        _api.X509Svids.Set(_domain.Response("/web"));
        await using var source = await X509Source.CreateAsync(Options());

        var credential = source.GetCredential();
        Assert.Equal("spiffe://example.org/web", credential.Id.ToString());
        Assert.True(credential.Certificate.HasPrivateKey);
        Assert.Equal(2, credential.Svid.Certificates.Count);
        Assert.True(source.Bundles.TryGet(TrustDomain.Parse("example.org"), out var bundle));
        Assert.Single(bundle.X509.Authorities);
        Assert.Null(source.LastFailure);
    }

    [Fact]
    public async Task An_update_replaces_the_state_and_is_announced()
    {
        _api.X509Svids.Set(_domain.Response("/web"));
        await using var source = await X509Source.CreateAsync(Options());
        var first = source.GetCredential();
        var changed = Changed(source);

        _api.X509Svids.Set(_domain.Response("/web"));
        await changed;

        Assert.NotEqual(first.Certificate.SerialNumber, source.GetCredential().Certificate.SerialNumber);
    }

    [Fact]
    public async Task A_subscriber_that_throws_does_not_end_the_watch()
    {
        _api.X509Svids.Set(_domain.Response("/web"));
        await using var source = await X509Source.CreateAsync(Options());
        using var bad = source.GetChangeToken().RegisterChangeCallback(_ => throw new InvalidOperationException("mine"), null);

        await UpdateAsync(source, _domain.Response("/one"));
        await UpdateAsync(source, _domain.Response("/two"));

        Assert.Equal("spiffe://example.org/two", source.GetCredential().Id.ToString());
    }

    // Workload API §4.3: what a message lacks has been withdrawn.
    [Fact]
    public async Task A_withdrawn_svid_is_dropped()
    {
        _api.X509Svids.Set(new X509SVIDResponse { Svids = { _domain.Issue("/a"), _domain.Issue("/b") } });
        await using var source = await X509Source.CreateAsync(Options());
        Assert.Equal(2, source.Context.Credentials.Count);

        await UpdateAsync(source, new X509SVIDResponse { Svids = { _domain.Issue("/b") } });

        Assert.Equal("spiffe://example.org/b", Assert.Single(source.Context.Credentials).Id.ToString());
    }

    [Fact]
    public async Task The_chooser_picks_the_identity_by_its_hint()
    {
        _api.X509Svids.Set(new X509SVIDResponse { Svids = { _domain.Issue("/a"), _domain.Issue("/b", hint: "external") } });
        await using var source = await X509Source.CreateAsync(
            Options(choose: credentials => credentials.FirstOrDefault(credential => credential.Hint == "external")));
        Assert.Equal("spiffe://example.org/b", source.GetCredential().Id.ToString());

        await UpdateAsync(source, _domain.Response("/a"));

        Assert.False(source.TryGetCredential(out _, out var unavailable));
        Assert.Equal(SvidUnavailableReason.NoneChosen, unavailable.Reason);
    }

    [Fact]
    public async Task A_chooser_that_fails_takes_none_and_ends_no_watch()
    {
        _api.X509Svids.Set(_domain.Response("/a"));
        await using var source = await X509Source.CreateAsync(
            Options(choose: credentials => credentials.First(credential => credential.Id.Path.SequenceEqual("/b"))));
        Assert.False(source.TryGetCredential(out _, out var unavailable));
        Assert.Equal(SvidUnavailableReason.NoneChosen, unavailable.Reason);

        await UpdateAsync(source, _domain.Response("/b"));
        Assert.Equal("spiffe://example.org/b", source.GetCredential().Id.ToString());
    }

    [Fact]
    public async Task An_expired_svid_is_not_handed_out_and_its_age_is_told()
    {
        var clock = new ManualTimeProvider(TimeProvider.System.GetUtcNow());
        using var domain = new TestDomain(clock: clock);
        _api.X509Svids.Set(domain.Response("/web", TimeSpan.FromMinutes(10)));
        await using var source = await X509Source.CreateAsync(Options(clock));
        var notAfter = source.GetCredential().Svid.NotAfter;

        clock.Set(notAfter);
        Assert.Equal(notAfter, source.GetCredential().Svid.NotAfter); // inclusive, RFC 5280 §4.1.2.5

        clock.Set(notAfter + TimeSpan.FromSeconds(1));
        Assert.Throws<SvidUnavailableException>(source.GetCredential);

        clock.Set(notAfter + TimeSpan.FromSeconds(90));
        var e = Assert.Throws<SvidUnavailableException>(source.GetCredential);
        Assert.Equal(SvidUnavailableReason.Expired, e.Unavailable.Reason);
        Assert.Equal(TimeSpan.FromSeconds(90), e.Unavailable.ExpiredSince);
        Assert.Contains("00:01:30", e.Message, StringComparison.Ordinal);
        Assert.Single(source.Context.Credentials); // looking at it is not using it
    }

    [Fact]
    public async Task Why_nothing_newer_came_is_told_with_an_svid_that_expired()
    {
        var clock = new ManualTimeProvider(TimeProvider.System.GetUtcNow());
        using var domain = new TestDomain(clock: clock);
        _api.X509Svids.Set(domain.Response("/web", TimeSpan.FromMinutes(10)));
        await using var source = await X509Source.CreateAsync(Options(clock));
        _api.X509Svids.Set(new X509SVIDResponse());
        await Eventually.HoldsAsync(() => source.LastFailure is not null);
        clock.Set(source.GetCredential().Svid.NotAfter + TimeSpan.FromSeconds(1));

        var unavailable = Assert.Throws<SvidUnavailableException>(source.GetCredential).Unavailable;
        Assert.Equal(WorkloadApiFailureReason.MalformedMessage, unavailable.LastFailure?.Reason);
        Assert.Contains("; the Workload API: ", unavailable.ToString(), StringComparison.Ordinal);
    }

    // Whoever creates sources again and again must not leave streams or connections behind.
    [Theory]
    [InlineData("never came")]
    [InlineData("disposed")]
    public async Task Nothing_of_a_source_that_is_gone_is_left_at_the_api(string how)
    {
        if (how == "never came")
        {
            await Assert.ThrowsAsync<WorkloadApiException>(() => X509Source.CreateAsync(
                new X509SourceOptions { Address = _api.Address, FirstUpdateTimeout = TimeSpan.FromMilliseconds(1) }));
        }
        else
        {
            _api.X509Svids.Set(_domain.Response("/web"));
            await using var source = await X509Source.CreateAsync(Options());
            await Eventually.HoldsAsync(() => _api.Connections == 1);
        }

        await Eventually.HoldsAsync(() => _api.Connections == 0);
    }

    [Fact]
    public async Task An_svid_that_arrives_expired_is_not_handed_out()
    {
        _api.X509Svids.Set(new X509SVIDResponse
        {
            Svids = { _domain.Issue("/web", change: shape => shape with { NotBefore = _domain.Now.AddHours(-2), NotAfter = _domain.Now.AddHours(-1) }) },
        });
        await using var source = await X509Source.CreateAsync(Options());
        Assert.False(source.TryGetCredential(out _, out var unavailable));
        Assert.Equal(SvidUnavailableReason.Expired, unavailable.Reason);

        _api.X509Svids.Set(_domain.Response("/web"));
        await Eventually.HoldsAsync(() => source.TryGetCredential(out _, out _));
        Assert.Equal(1, _api.CallsOf("FetchX509SVID"));
    }

    // Its clock, not ours, decides whether a peer takes it.
    [Fact]
    public async Task An_svid_from_a_clock_ahead_of_ours_is_handed_out()
    {
        _api.X509Svids.Set(new X509SVIDResponse
        {
            Svids = { _domain.Issue("/web", change: shape => shape with { NotBefore = _domain.Now.AddMinutes(5) }) },
        });
        await using var source = await X509Source.CreateAsync(Options());
        Assert.NotNull(source.GetCredential());
    }

    [Fact]
    public async Task A_disposed_source_hands_out_nothing()
    {
        _api.X509Svids.Set(_domain.Response("/web"));
        var source = await X509Source.CreateAsync(Options());
        await source.DisposeAsync();
        await source.DisposeAsync();
        Assert.Equal(SvidUnavailableReason.Closed, Assert.Throws<SvidUnavailableException>(source.GetCredential).Unavailable.Reason);
    }

    [Theory]
    [InlineData(StatusCode.PermissionDenied)]
    [InlineData(StatusCode.Unavailable)]
    [InlineData(StatusCode.ResourceExhausted)]
    [InlineData(StatusCode.Internal)]
    public async Task A_refusal_that_may_pass_is_tried_again(StatusCode code)
    {
        var refusals = 3;
        _api.Refuse = _ => Interlocked.Decrement(ref refusals) >= 0 ? new Status(code, "not now") : null;
        _api.X509Svids.Set(_domain.Response("/web"));
        await using var source = await X509Source.CreateAsync(Options());
        Assert.Equal(4, _api.CallsOf("FetchX509SVID"));
        Assert.Null(source.LastFailure);
    }

    // Workload API §3: a request that is wrong stays wrong.
    [Theory]
    [InlineData(StatusCode.InvalidArgument, WorkloadApiFailureReason.InvalidArgument)]
    [InlineData(StatusCode.Unimplemented, WorkloadApiFailureReason.Unimplemented)]
    public async Task A_refusal_that_will_not_pass_is_surfaced_at_once(StatusCode code, WorkloadApiFailureReason reason)
    {
        _api.Refuse = _ => new Status(code, "never\nmind");
        var e = await Assert.ThrowsAsync<WorkloadApiException>(() => X509Source.CreateAsync(Options()));
        Assert.Equal(reason, e.Failure.Reason);
        Assert.Equal("never mind", e.Failure.Detail); // no forged lines in logs
        Assert.Equal(1, _api.CallsOf("FetchX509SVID"));
    }

    // Java's and Python's clients stop for good here.
    [Fact]
    public async Task A_stream_that_ends_with_ok_is_opened_again()
    {
        _api.EndAfter = 1;
        _api.X509Svids.Set(_domain.Response("/one"));
        await using var source = await X509Source.CreateAsync(Options());
        _api.EndAfter = null;
        await UpdateAsync(source, _domain.Response("/two"), until: "/two");
        Assert.True(_api.CallsOf("FetchX509SVID") >= 2);
    }

    [Fact]
    public async Task An_api_that_comes_late_is_waited_for()
    {
        await _api.StopAsync();
        var creating = X509Source.CreateAsync(Options());
        _api.X509Svids.Set(_domain.Response("/web"));
        await _api.RestartAsync();
        await using var source = await creating;
        Assert.Equal("spiffe://example.org/web", source.GetCredential().Id.ToString());
    }

    [Fact]
    public async Task While_the_api_is_away_the_last_good_state_stays_and_afterwards_the_newest_comes()
    {
        _api.X509Svids.Set(_domain.Response("/one"));
        await using var source = await X509Source.CreateAsync(Options());
        await _api.StopAsync();
        Assert.Equal("spiffe://example.org/one", source.GetCredential().Id.ToString());

        _api.X509Svids.Set(_domain.Response("/two"));
        var changed = Changed(source);
        await _api.RestartAsync();
        await changed;

        Assert.Equal("spiffe://example.org/two", source.GetCredential().Id.ToString());
        Assert.Null(source.LastFailure);
    }

    [Fact]
    public async Task A_malformed_message_is_refused_whole_and_the_stream_goes_on()
    {
        var log = new RecordingLogger();
        _api.X509Svids.Set(_domain.Response("/one"));
        await using var source = await X509Source.CreateAsync(Options(log: log));
        var bad = new X509SVIDResponse { Svids = { _domain.Issue("/good"), _domain.Issue("/bad") } };
        bad.Svids[1].X509SvidKey = _domain.Issue("/other").X509SvidKey;

        _api.X509Svids.Set(bad);
        await Eventually.HoldsAsync(() => source.LastFailure?.Reason == WorkloadApiFailureReason.MalformedMessage);
        Assert.Equal("spiffe://example.org/one", source.GetCredential().Id.ToString());
        Assert.Contains("the key of spiffe://example.org/bad", source.LastFailure!.Detail, StringComparison.Ordinal);

        await UpdateAsync(source, _domain.Response("/two"));
        Assert.Equal(1, _api.CallsOf("FetchX509SVID"));
        Assert.Contains(log.Entries, entry => entry.EventId == 701);
    }

    [Fact]
    public async Task A_malformed_federated_bundle_does_not_keep_the_workload_from_its_renewed_svid()
    {
        var log = new RecordingLogger();
        using var partner = new TestDomain("partner.test");
        var first = _domain.Response("/one");
        first.FederatedBundles["spiffe://partner.test"] = partner.Bundle;
        _api.X509Svids.Set(first);
        await using var source = await X509Source.CreateAsync(Options(log: log));
        Assert.True(source.Bundles.TryGet(TrustDomain.Parse("partner.test"), out _));
        var next = _domain.Response("/two");
        next.FederatedBundles["spiffe://partner.test"] = ByteString.CopyFrom(partner.Bundle.Span[..^1]);

        await UpdateAsync(source, next);
        Assert.Equal("spiffe://example.org/two", source.GetCredential().Id.ToString());
        Assert.False(source.Bundles.TryGet(TrustDomain.Parse("partner.test"), out _)); // and not the one before
        Assert.Null(source.LastFailure);
        Assert.Contains(log.Entries, entry => entry.EventId == 710 && entry.Message.Contains("partner.test", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_server_of_nothing_but_nonsense_is_left_for_a_while()
    {
        _api.X509Svids.Set(_domain.Response("/one"));
        await using var source = await X509Source.CreateAsync(Options());
        var calls = _api.CallsOf("FetchX509SVID");
        for (var i = 0; i < 100 && _api.CallsOf("FetchX509SVID") == calls; i++)
        {
            var seen = source.LastFailure;
            _api.X509Svids.Set(new X509SVIDResponse { Crl = { ByteString.CopyFromUtf8($"{i}") } });
            await Eventually.HoldsAsync(() => !ReferenceEquals(source.LastFailure, seen) || _api.CallsOf("FetchX509SVID") != calls);
        }

        Assert.True(_api.CallsOf("FetchX509SVID") > calls);
        Assert.Equal("spiffe://example.org/one", source.GetCredential().Id.ToString());
    }

    [Fact]
    public async Task Nonsense_between_good_messages_does_not_add_up()
    {
        _api.X509Svids.Set(_domain.Response("/one"));
        await using var source = await X509Source.CreateAsync(Options());
        for (var round = 0; round < 4; round++)
        {
            for (var i = 0; i < 3; i++)
            {
                var seen = source.LastFailure;
                _api.X509Svids.Set(new X509SVIDResponse { Crl = { ByteString.CopyFromUtf8($"{round} {i}") } });
                await Eventually.HoldsAsync(() => source.LastFailure is { } last && !ReferenceEquals(last, seen));
            }

            _api.X509Svids.Set(_domain.Response("/one"));
            await Eventually.HoldsAsync(() => source.LastFailure is null);
        }

        Assert.Equal(1, _api.CallsOf("FetchX509SVID"));
    }

    [Fact]
    public async Task A_message_above_the_limit_is_not_taken()
    {
        var response = _domain.Response("/web");
        response.Svids[0].Hint = new string('x', 5 * 1024 * 1024);
        _api.X509Svids.Set(response);
        var e = await Assert.ThrowsAsync<WorkloadApiException>(
            () => X509Source.CreateAsync(Options(firstUpdate: TimeSpan.FromSeconds(3))));
        Assert.Equal(WorkloadApiFailureReason.ResourceExhausted, e.Failure.Reason);
    }

    [Fact]
    public async Task A_message_just_below_the_limit_is_taken()
    {
        var response = _domain.Response("/web");
        response.Svids[0].Hint = new string('x', (4 * 1024 * 1024) - response.CalculateSize() - 16);
        _api.X509Svids.Set(response);
        await using var source = await X509Source.CreateAsync(Options());
        Assert.NotNull(source.GetCredential());
    }

    [Fact]
    public async Task A_server_that_never_answers_is_waited_for_no_longer_than_asked()
    {
        var clock = new ManualTimeProvider(TimeProvider.System.GetUtcNow());
        var creating = X509Source.CreateAsync(Options(clock));
        await Eventually.HoldsAsync(() => _api.CallsOf("FetchX509SVID") == 1 && clock.TimerCount >= 2);
        clock.Advance(TimeSpan.FromSeconds(30));
        var e = await Assert.ThrowsAsync<WorkloadApiException>(() => creating);
        Assert.Equal(WorkloadApiFailureReason.TimedOut, e.Failure.Reason);
    }

    [Fact]
    public async Task A_stream_without_a_first_message_is_given_up_and_opened_again()
    {
        var clock = new ManualTimeProvider(TimeProvider.System.GetUtcNow());
        var options = new X509SourceOptions { Address = _api.Address, Clock = clock, FirstUpdateTimeout = TimeSpan.FromHours(1) };
        var creating = X509Source.CreateAsync(options);
        await Eventually.HoldsAsync(() => _api.CallsOf("FetchX509SVID") == 1 && clock.TimerCount >= 2);
        clock.Advance(options.CallTimeout);
        await Eventually.HoldsAsync(() =>
        {
            clock.Advance(TimeSpan.FromSeconds(1));
            return _api.CallsOf("FetchX509SVID") >= 2;
        });
        _api.X509Svids.Set(_domain.Response("/web"));
        await using var source = await creating;
    }

    [Fact]
    public async Task A_stream_that_is_silent_while_the_svid_grows_old_is_opened_again()
    {
        var clock = new ManualTimeProvider(TimeProvider.System.GetUtcNow());
        using var domain = new TestDomain(clock: clock);
        _api.X509Svids.Set(domain.Response("/web", TimeSpan.FromHours(1)));
        await using var source = await X509Source.CreateAsync(Options(clock));
        await Eventually.HoldsAsync(() => clock.TimerCount >= 1);

        clock.Advance(TimeSpan.FromMinutes(45));
        Assert.Equal(1, _api.CallsOf("FetchX509SVID"));
        clock.Advance(TimeSpan.FromMinutes(6));
        await Eventually.HoldsAsync(() =>
        {
            clock.Advance(TimeSpan.FromMilliseconds(100));
            return _api.CallsOf("FetchX509SVID") >= 2;
        });
        Assert.NotNull(source.GetCredential());
    }

    [Fact]
    public async Task A_stream_that_has_nothing_to_say_while_the_svid_is_young_is_left_open()
    {
        var clock = new ManualTimeProvider(TimeProvider.System.GetUtcNow());
        using var domain = new TestDomain(clock: clock);
        _api.X509Svids.Set(domain.Response("/web", TimeSpan.FromHours(1)));
        await using var source = await X509Source.CreateAsync(Options(clock));
        await Eventually.HoldsAsync(() => clock.TimerCount >= 1);

        clock.Advance(TimeSpan.FromMinutes(45));
        _api.X509Svids.Set(domain.Response("/next", TimeSpan.FromHours(1)));
        await Eventually.HoldsAsync(() => source.GetCredential().Id.ToString() == "spiffe://example.org/next");
        Assert.Equal(1, _api.CallsOf("FetchX509SVID"));
    }

    [Fact]
    public async Task A_wait_that_is_cancelled_ends()
    {
        using var cancellation = new CancellationTokenSource();
        var creating = X509Source.CreateAsync(Options(), cancellation.Token);
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => creating);
    }

    [Fact]
    public async Task A_malformed_address_is_refused_before_anything_is_tried()
    {
        await Assert.ThrowsAsync<FormatException>(() => X509Source.CreateAsync(new X509SourceOptions { Address = "unix:/run/a.sock" }));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(
            () => X509Source.CreateAsync(new X509SourceOptions { Address = _api.Address, CallTimeout = TimeSpan.Zero }));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(
            () => X509Source.CreateAsync(new X509SourceOptions { Address = _api.Address, MaxRetryDelay = TimeSpan.FromDays(25) }));
    }

    [Fact]
    public async Task No_log_line_holds_a_key()
    {
        var log = new RecordingLogger();
        var response = _domain.Response("/web");
        _api.X509Svids.Set(response);
        await using var source = await X509Source.CreateAsync(Options(log: log));
        response.Svids[0].Bundle = ByteString.CopyFromUtf8("x");
        _api.X509Svids.Set(response.Clone());
        await Eventually.HoldsAsync(() => source.LastFailure is not null);

        var key = source.GetCredential().ExportPrivateKey();
        Assert.Equal(response.Svids[0].X509SvidKey.ToByteArray().Length, key.Length);
        Assert.NotEmpty(log.Entries);
        Assert.All(log.Entries, entry => Assert.DoesNotContain(Convert.ToBase64String(key)[^40..], entry.Message, StringComparison.Ordinal));
    }

    internal static X509SourceOptions Options(
        FakeWorkloadApi api,
        TimeProvider? clock = null,
        Func<IReadOnlyList<X509Credential>, X509Credential?>? choose = null,
        RecordingLogger? log = null,
        TimeSpan? firstUpdate = null) => new()
        {
            Address = api.Address,
            Clock = clock ?? TimeProvider.System,
            Choose = choose,
            LoggerFactory = log ?? new RecordingLogger(),
            FirstUpdateTimeout = firstUpdate ?? TimeSpan.FromSeconds(30),
            FirstRetryDelay = TimeSpan.FromMilliseconds(20),
            MaxRetryDelay = TimeSpan.FromMilliseconds(200),
        };

    private X509SourceOptions Options(
        TimeProvider? clock = null,
        Func<IReadOnlyList<X509Credential>, X509Credential?>? choose = null,
        RecordingLogger? log = null,
        TimeSpan? firstUpdate = null) => Options(_api, clock, choose, log, firstUpdate);

    private async Task UpdateAsync(X509Source source, X509SVIDResponse response, string? until = null)
    {
        var changed = Changed(source);
        _api.X509Svids.Set(response);
        await changed;
        if (until is not null)
        {
            await Eventually.HoldsAsync(() => source.Context.Default.Id.Path.SequenceEqual(until));
        }
    }

    private static Task Changed(X509Source source)
    {
        var changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        source.GetChangeToken().RegisterChangeCallback(_ => changed.TrySetResult(), null);
        return changed.Task;
    }
}
