using Grpc.Core;
using Microsoft.Extensions.Logging;
using Google.Protobuf.WellKnownTypes;
using Spiffe.Wire.Workload;
using SpiffeIdentity.Svids;
using SpiffeIdentity.WorkloadApi.Connections;
using SpiffeIdentity.WorkloadApi.Tests.Fakes;
using TestSupport;
using Xunit;

namespace SpiffeIdentity.WorkloadApi.Tests;

public sealed class JwtSourceTests : IAsyncLifetime
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(5);
    private static readonly SpiffeId Web = SpiffeId.Parse("spiffe://example.org/web");

    private readonly ManualTimeProvider _clock = new(TimeProvider.System.GetUtcNow());
    private TestTokens _tokens = null!;
    private FakeWorkloadApi _api = null!;

    public async ValueTask InitializeAsync()
    {
        _tokens = new TestTokens(_clock);
        _api = await FakeWorkloadApi.StartAsync();
        _api.JwtBundles.Set(new JWTBundlesResponse { Bundles = { ["spiffe://example.org"] = _tokens.Document } });
        _api.FetchJwt = request => Task.FromResult(new JWTSVIDResponse
        {
            Svids = { _tokens.Entry(request.SpiffeId.Length == 0 ? "spiffe://example.org/web" : request.SpiffeId, request.Audience, Lifetime) },
        });
    }

    public async ValueTask DisposeAsync()
    {
        await _api.DisposeAsync();
        _tokens.Dispose();
    }

    [Fact]
    public async Task A_token_is_fetched_once_for_an_identity_and_its_audiences_in_any_order()
    {
        await using var source = await JwtSource.CreateAsync(Options());
        var one = await source.FetchAsync(["a", "b"], null);
        Assert.Equal("spiffe://example.org/web", one.Id.ToString());
        Assert.Same(one, await source.FetchAsync(["b", "a"], null));
        Assert.NotSame(one, await source.FetchAsync("a"));
        Assert.NotSame(one, await source.FetchAsync(["a", "b"], SpiffeId.Parse("spiffe://example.org/other")));
        Assert.Equal(3, _api.CallsOf("FetchJWTSVID"));
    }

    [Theory]
    [InlineData("a", "bc", "ab", "c")]
    [InlineData("1:a", "b", "1", "a 1:b")]
    public async Task Audiences_are_told_apart_whatever_they_hold(string one, string two, string three, string four)
    {
        await using var source = await JwtSource.CreateAsync(Options());
        Assert.NotSame(await source.FetchAsync([one, two], null), await source.FetchAsync([three, four], null));
    }

    [Fact]
    public async Task From_half_of_its_life_on_a_token_is_renewed_in_the_background()
    {
        await using var source = await JwtSource.CreateAsync(Options());
        var first = await source.FetchAsync("a");
        _clock.Advance(Lifetime * 0.49);
        Assert.Same(first, await source.FetchAsync("a"));
        Assert.Equal(1, _api.CallsOf("FetchJWTSVID"));

        _clock.Advance(Lifetime * 0.02);
        Assert.Same(first, await source.FetchAsync("a")); // nobody waits: it is still good
        await Eventually.HoldsAsync(() => _api.CallsOf("FetchJWTSVID") == 2);
        await Eventually.HoldsAsync(async () => !ReferenceEquals(await source.FetchAsync("a"), first));
        Assert.Equal(2, _api.CallsOf("FetchJWTSVID"));
    }

    [Fact]
    public async Task While_no_new_token_comes_the_old_one_is_used_until_it_expires()
    {
        var log = new RecordingLogger();
        await using var source = await JwtSource.CreateAsync(Options(log));
        var first = await source.FetchAsync("a");
        _api.Refuse = method => method == "FetchJWTSVID" ? new Status(StatusCode.Unavailable, "away") : null;

        _clock.Advance(Lifetime * 0.95);
        Assert.Same(first, await source.FetchAsync("a"));
        Assert.Contains(log.Entries, entry => entry.EventId == 706);
        var calls = _api.CallsOf("FetchJWTSVID");
        Assert.Same(first, await source.FetchAsync("a")); // not asked again at once
        Assert.Equal(calls, _api.CallsOf("FetchJWTSVID"));

        _clock.Set(first.ExpiresAt);
        var e = await Assert.ThrowsAsync<SvidUnavailableException>(() => source.FetchAsync("a"));
        Assert.Equal(SvidUnavailableReason.Expired, e.Unavailable.Reason);
        Assert.Equal(WorkloadApiFailureReason.Unavailable, e.Unavailable.LastFailure?.Reason);

        _api.Refuse = _ => null;
        Assert.NotSame(first, await source.FetchAsync("a"));
    }

    // B §6.4: whoever validates has the new bundle too.
    [Fact]
    public async Task A_token_whose_key_has_left_the_bundles_is_replaced_and_asked_for_once()
    {
        using var next = new TestTokens(_clock, "k2");
        await using var source = await JwtSource.CreateAsync(Options());
        var first = await source.FetchAsync("a");
        await UpdateAsync(source, next.Document);
        Assert.Equal("k1", (await source.FetchAsync("a")).KeyId); // the agent has no other yet
        await source.FetchAsync("a");
        Assert.Equal(2, _api.CallsOf("FetchJWTSVID"));

        _api.FetchJwt = request => Task.FromResult(new JWTSVIDResponse { Svids = { next.Entry("spiffe://example.org/web", request.Audience, Lifetime) } });
        await UpdateAsync(source, _tokens.Document);
        await UpdateAsync(source, next.Document);
        var second = await source.FetchAsync("a");
        Assert.Equal(("k1", "k2"), (first.KeyId, second.KeyId));
        Assert.Same(second, await source.FetchAsync("a"));
        Assert.Equal(3, _api.CallsOf("FetchJWTSVID"));
    }

    [Fact]
    public async Task A_key_that_is_withdrawn_while_its_token_is_on_the_way_is_seen_by_the_next_who_asks()
    {
        using var next = new TestTokens(_clock, "k2");
        await using var source = await JwtSource.CreateAsync(Options());
        _api.FetchJwt = async request =>
        {
            await UpdateAsync(source, next.Document);
            return new JWTSVIDResponse { Svids = { _tokens.Entry("spiffe://example.org/web", request.Audience, Lifetime) } };
        };
        Assert.Equal("k1", (await source.FetchAsync("a")).KeyId);

        _api.FetchJwt = request => Task.FromResult(new JWTSVIDResponse { Svids = { next.Entry("spiffe://example.org/web", request.Audience, Lifetime) } });
        Assert.Equal("k2", (await source.FetchAsync("a")).KeyId);
        Assert.Equal(2, _api.CallsOf("FetchJWTSVID"));
    }

    [Fact]
    public async Task A_token_that_arrives_expired_is_not_handed_out()
    {
        await using var source = await JwtSource.CreateAsync(Options());
        _api.FetchJwt = request =>
        {
            var response = new JWTSVIDResponse { Svids = { _tokens.Entry("spiffe://example.org/web", request.Audience, Lifetime) } };
            _clock.Set(_clock.GetUtcNow() + (Lifetime * 2));
            return Task.FromResult(response);
        };
        await Assert.ThrowsAsync<SvidUnavailableException>(() => source.FetchAsync("a"));
    }

    [Fact]
    public async Task Many_who_ask_at_once_share_one_call_and_one_who_leaves_does_not_end_it()
    {
        await using var source = await JwtSource.CreateAsync(Options());
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var answer = _api.FetchJwt;
        _api.FetchJwt = async request =>
        {
            await gate.Task;
            return await answer(request);
        };
        using var impatient = new CancellationTokenSource();
        var leaving = source.FetchAsync("a", impatient.Token);
        var others = Enumerable.Range(0, 20).Select(_ => source.FetchAsync("a")).ToArray();
        await impatient.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => leaving);
        gate.SetResult();
        Assert.Single((await Task.WhenAll(others)).Distinct());
        Assert.Equal(1, _api.CallsOf("FetchJWTSVID"));
    }

    [Fact]
    public async Task The_cache_is_bounded()
    {
        await using var source = await JwtSource.CreateAsync(Options());
        var first = await source.FetchAsync("0");
        for (var i = 1; i <= TokenCache.Capacity; i++)
        {
            _clock.Advance(TimeSpan.FromMilliseconds(10)); // so that the first one is renewed first
            await source.FetchAsync($"{i}");
        }

        Assert.NotSame(first, await source.FetchAsync("0"));
    }

    [Fact]
    public async Task What_is_on_the_way_is_not_asked_for_again_however_full_the_cache_is()
    {
        await using var source = await JwtSource.CreateAsync(Options());
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var (answer, slow) = (_api.FetchJwt, 0);
        _api.FetchJwt = async request =>
        {
            if (request.Audience[0] == "slow")
            {
                Interlocked.Increment(ref slow);
                await gate.Task;
            }

            return await answer(request);
        };
        var first = source.FetchAsync("slow");
        await Eventually.HoldsAsync(() => Volatile.Read(ref slow) == 1);
        for (var i = 0; i <= TokenCache.Capacity; i++)
        {
            await source.FetchAsync($"{i}");
        }

        var second = source.FetchAsync("slow");
        gate.SetResult();
        Assert.Same(await first, await second);
        Assert.Equal(1, slow);
    }

    [Fact]
    public async Task A_token_is_of_the_identity_that_it_is_said_to_be_of_also_where_any_would_do()
    {
        await using var source = await JwtSource.CreateAsync(Options());
        _api.FetchJwt = _ => Task.FromResult(new JWTSVIDResponse
        {
            Svids = { new JWTSVID { SpiffeId = Web.ToString(), Svid = _tokens.Mint("spiffe://example.org/x", ["a"], Lifetime) } },
        });
        var e = await Assert.ThrowsAsync<WorkloadApiException>(() => source.FetchAsync("a"));
        Assert.Equal(WorkloadApiFailureReason.MalformedMessage, e.Failure.Reason);
    }

    [Fact]
    public async Task A_token_is_for_every_audience_that_was_asked_for()
    {
        await using var source = await JwtSource.CreateAsync(Options());
        _api.FetchJwt = _ => Task.FromResult(new JWTSVIDResponse { Svids = { _tokens.Entry(Web.ToString(), ["a"], Lifetime) } });
        var e = await Assert.ThrowsAsync<WorkloadApiException>(() => source.FetchAsync(["a", "b"], null));
        Assert.Equal(WorkloadApiFailureReason.MalformedMessage, e.Failure.Reason);
    }

    [Theory]
    [InlineData("refused")]
    [InlineData("nothing")]
    [InlineData("another subject")]
    [InlineData("another audience")]
    [InlineData("another identity")]
    [InlineData("no token")]
    public async Task What_is_no_token_of_ours_for_them_is_refused(string fault)
    {
        await using var source = await JwtSource.CreateAsync(Options());
        _api.FetchJwt = request => fault switch
        {
            "refused" => throw new RpcException(new Status(StatusCode.PermissionDenied, "no identity issued")),
            "nothing" => Task.FromResult(new JWTSVIDResponse()),
            "another subject" => Answer(new JWTSVID { SpiffeId = Web.ToString(), Svid = _tokens.Mint("spiffe://example.org/x", ["a"], Lifetime) }),
            "another audience" => Answer(_tokens.Entry(Web.ToString(), ["b"], Lifetime)),
            "another identity" => Answer(_tokens.Entry("spiffe://example.org/x", ["a"], Lifetime)),
            _ => Answer(new JWTSVID { SpiffeId = Web.ToString(), Svid = "a.b" }),
        };
        var e = await Assert.ThrowsAsync<WorkloadApiException>(() => source.FetchAsync(["a"], Web));
        Assert.Equal(
            fault == "refused" ? WorkloadApiFailureReason.PermissionDenied : WorkloadApiFailureReason.MalformedMessage, e.Failure.Reason);
        Assert.DoesNotContain("eyJ", e.Message, StringComparison.Ordinal);

        static Task<JWTSVIDResponse> Answer(JWTSVID svid) => Task.FromResult(new JWTSVIDResponse { Svids = { svid } });
    }

    [Fact]
    public async Task A_call_without_an_audience_is_a_bug_of_the_caller()
    {
        await using var source = await JwtSource.CreateAsync(Options());
        await Assert.ThrowsAsync<ArgumentException>(() => source.FetchAsync([], null));
        await Assert.ThrowsAsync<ArgumentException>(() => source.FetchAsync(""));
        await Assert.ThrowsAsync<ArgumentException>(() => source.FetchAsync([.. Enumerable.Repeat("a", WorkloadApiClient.MaxAudiences + 1)], null));
    }

    [Fact]
    public async Task Tokens_are_validated_by_the_bundles_at_hand()
    {
        await using var source = await JwtSource.CreateAsync(Options());
        var token = _tokens.Mint("spiffe://example.org/peer", ["me"], Lifetime);
        Assert.Equal("spiffe://example.org/peer", Assert.IsType<JwtSvidValidation.Accepted>(source.Validate(token, "me")).Svid.Id.ToString());
        Assert.Equal(JwtSvidError.OtherAudience, Assert.IsType<JwtSvidValidation.Refused>(source.Validate(token, "you")).Error);

        // The key is withdrawn, and with it the token.
        using var next = new TestTokens(_clock, "k2");
        var changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        source.GetChangeToken().RegisterChangeCallback(_ => changed.TrySetResult(), null);
        _api.JwtBundles.Set(new JWTBundlesResponse { Bundles = { ["spiffe://example.org"] = next.Document } });
        await changed.Task;
        Assert.Equal(JwtSvidError.UnknownKey, Assert.IsType<JwtSvidValidation.Refused>(source.Validate(token, "me")).Error);
    }

    [Fact]
    public async Task A_malformed_jwt_bundle_is_refused_whole()
    {
        await using var source = await JwtSource.CreateAsync(Options());
        var before = source.Bundles;
        _api.JwtBundles.Set(new JWTBundlesResponse
        {
            Bundles = { ["spiffe://example.org"] = _tokens.Document, ["spiffe://bad.test"] = Google.Protobuf.ByteString.CopyFromUtf8("{}") },
        });
        await Eventually.HoldsAsync(() => source.LastFailure is not null);
        Assert.Contains("bad.test: MissingKeys", source.LastFailure!.Detail, StringComparison.Ordinal);
        Assert.Same(before, source.Bundles);

        // Two names of one domain: which of the two would count?
        _api.JwtBundles.Set(new JWTBundlesResponse { Bundles = { ["spiffe://example.org"] = _tokens.Document, ["example.org"] = _tokens.Document } });
        await Eventually.HoldsAsync(() => source.LastFailure!.Detail.Contains("two bundles of example.org", StringComparison.Ordinal));
        Assert.Same(before, source.Bundles);
    }

    [Fact]
    public async Task The_agent_can_judge_a_token()
    {
        await using var source = await JwtSource.CreateAsync(Options());
        _api.ValidateJwt = request => new ValidateJWTSVIDResponse
        {
            SpiffeId = "spiffe://example.org/peer",
            Claims = new Struct { Fields = { ["aud"] = Value.ForList(Value.ForString(request.Audience)), ["exp"] = Value.ForNumber(5) } },
        };
        var validated = await source.ValidateRemotelyAsync("token", "me");
        Assert.Equal("spiffe://example.org/peer", validated.Id.ToString());
        using var claims = System.Text.Json.JsonDocument.Parse(validated.Claims);
        Assert.Equal("me", claims.RootElement.GetProperty("aud")[0].GetString());

        _api.ValidateJwt = _ => throw new RpcException(new Status(StatusCode.InvalidArgument, "expired"));
        Assert.Equal(
            WorkloadApiFailureReason.InvalidArgument,
            (await Assert.ThrowsAsync<WorkloadApiException>(() => source.ValidateRemotelyAsync("token", "me"))).Failure.Reason);

        _api.ValidateJwt = _ => new ValidateJWTSVIDResponse { SpiffeId = "spiffe://example.org/x", Claims = new Struct { Fields = { ["x"] = new Value() } } };
        await Assert.ThrowsAsync<WorkloadApiException>(() => source.ValidateRemotelyAsync("token", "me"));
        _api.ValidateJwt = _ => new ValidateJWTSVIDResponse { SpiffeId = "x" };
        await Assert.ThrowsAsync<WorkloadApiException>(() => source.ValidateRemotelyAsync("token", "me"));
    }

    [Fact]
    public async Task No_log_line_holds_a_token()
    {
        var log = new RecordingLogger();
        await using var source = await JwtSource.CreateAsync(Options(log));
        var svid = await source.FetchAsync("a");
        Assert.All(log.Entries, entry => Assert.DoesNotContain(svid.Token, entry.Message, StringComparison.Ordinal));
        Assert.DoesNotContain(svid.Token, new FetchedJwtSvid(svid, null).ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_disposed_source_fetches_nothing_and_who_waits_is_told()
    {
        var source = await JwtSource.CreateAsync(Options());
        var gate = new TaskCompletionSource<JWTSVIDResponse>(TaskCreationOptions.RunContinuationsAsynchronously);
        _api.FetchJwt = _ => gate.Task;
        var waiting = source.FetchAsync("a");
        await Eventually.HoldsAsync(() => _api.CallsOf("FetchJWTSVID") == 1);
        await source.DisposeAsync();
        await Assert.ThrowsAsync<WorkloadApiException>(() => waiting);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => source.FetchAsync("a"));
        gate.SetCanceled();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Nothing_of_a_source_that_is_gone_is_left_at_the_api(bool isRefused)
    {
        var log = new RecordingLogger();
        if (isRefused)
        {
            _api.Refuse = _ => new Status(StatusCode.InvalidArgument, "no");
            await Assert.ThrowsAsync<WorkloadApiException>(() => JwtSource.CreateAsync(Options()));
        }
        else
        {
            var source = await JwtSource.CreateAsync(Options(log));
            await source.DisposeAsync();
            await source.DisposeAsync();
        }

        await Eventually.HoldsAsync(() => _api.Connections == 0);
        Assert.DoesNotContain(log.Entries, entry => entry.Level >= LogLevel.Error);
    }

    private async Task UpdateAsync(JwtSource source, Google.Protobuf.ByteString document)
    {
        var changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        source.GetChangeToken().RegisterChangeCallback(_ => changed.TrySetResult(), null);
        _api.JwtBundles.Set(new JWTBundlesResponse { Bundles = { ["spiffe://example.org"] = document } });
        await changed.Task;
    }

    private WorkloadApiOptions Options(RecordingLogger? log = null) => new()
    {
        Address = _api.Address,
        Clock = _clock,
        LoggerFactory = log ?? new RecordingLogger(),
    };
}
