using System.Text.Json.Nodes;
using KubernetesClient;
using KubernetesClient.Models;
using MeshCA.Authentication;
using MeshCA.Configuration;
using TestSupport;
using Xunit;

namespace MeshCA.Tests.Authentication.ClusterTokens;

/// <summary>Tokens of a cluster (istio-ca §2.3, §9.1 items 1 to 3, §9.2 item 5; appendix B items 5 and 7).</summary>
public sealed class ClusterTokenAuthenticatorTests : IDisposable
{
    private readonly ManualTimeProvider _clock = new();
    private readonly TestCluster _cluster;

    public ClusterTokenAuthenticatorTests() => _cluster = new(_clock);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _cluster.Dispose();

    [Fact]
    public async Task The_identity_and_its_evidence_are_of_the_cluster()
    {
        var caller = await _cluster.CallerAsync(_cluster.Token());
        Assert.Equal("spiffe://cluster.local/ns/shop/sa/cart", caller.Id.ToString());
        Assert.Equal(("tokenreview:main", "main"), (caller.Evidence.Authenticator, caller.Evidence.Cluster));
        Assert.Equal((TestCluster.PodName, TestCluster.PodUid, TestCluster.Node), (caller.Evidence.PodName, caller.Evidence.PodUid, caller.Evidence.NodeName));
        Assert.Equal(("shop", "cart", TestCluster.Node), (caller.Evidence.Live!.Namespace, caller.Evidence.Live.ServiceAccount, caller.Evidence.Live.Node));
        Assert.Equal(_clock.GetUtcNow(), caller.Evidence.TokenTime);
    }

    [Fact]
    public async Task The_api_server_is_asked_once_per_token()
    {
        var token = _cluster.Token();
        for (var i = 0; i < 10; i++)
        {
            Assert.Equal("None", await _cluster.ReasonAsync(token));
            _clock.Advance(TimeSpan.FromMinutes(4));
            _cluster.Pods.LastContact = _cluster.Accounts.LastContact = _clock.GetUtcNow();
        }

        Assert.Equal(1, _cluster.Reviews);
        Assert.Equal("None", await _cluster.ReasonAsync(_cluster.Token()));
        Assert.Equal(2, _cluster.Reviews);
    }

    [Fact]
    public async Task A_hundred_calls_with_one_token_are_one_review()
    {
        var answer = new TaskCompletionSource();
        var review = _cluster.Review;
        _cluster.Review = async (spec, cancellationToken) =>
        {
            await answer.Task;
            return await review(spec, cancellationToken);
        };
        var token = _cluster.Token();
        Task<AuthenticationOutcome>[] calls = [.. Enumerable.Range(0, 100).Select(_ => _cluster.AuthenticateAsync(token, Cancellation))];
        answer.SetResult();
        Assert.All(await Task.WhenAll(calls), outcome => Assert.IsType<AuthenticationOutcome.Authenticated>(outcome));
        Assert.Equal(1, _cluster.Reviews);
    }

    [Fact]
    public async Task A_caller_that_hangs_up_ends_no_other_callers_review()
    {
        using var gone = new CancellationTokenSource();
        var answer = new TaskCompletionSource();
        var review = _cluster.Review;
        CancellationToken asked = default;
        _cluster.Review = async (spec, cancellationToken) =>
        {
            asked = cancellationToken;
            await answer.Task;
            return await review(spec, cancellationToken);
        };
        var token = _cluster.Token();
        var first = _cluster.AuthenticateAsync(token, gone.Token);
        var second = _cluster.AuthenticateAsync(token, Cancellation);
        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        Assert.False(asked.IsCancellationRequested);
        answer.SetResult();
        Assert.IsType<AuthenticationOutcome.Authenticated>(await second);
    }

    [Fact]
    public async Task The_last_caller_to_hang_up_ends_the_review()
    {
        using var gone = new CancellationTokenSource();
        var begun = new TaskCompletionSource();
        var ended = new TaskCompletionSource();
        _cluster.Review = async (_, cancellationToken) =>
        {
            begun.SetResult();
            await using var registration = cancellationToken.Register(ended.SetResult);
            await Task.Delay(Timeout.Infinite, cancellationToken);
            throw new InvalidOperationException();
        };
        var call = _cluster.AuthenticateAsync(_cluster.Token(), gone.Token);
        await begun.Task.WaitAsync(Cancellation);
        await gone.CancelAsync();
        await ended.Task.WaitAsync(Cancellation);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
    }

    public static TheoryData<Action<JsonObject>, string> WrongClaims() =>
    [
        new(claims => claims["aud"] = new JsonArray("api"), "WrongAudience") { Label = "another audience" },
        new(claims => claims["exp"] = 1, "Expired") { Label = "expired" },
        new(claims => claims.Remove("exp"), "NoExpiry") { Label = "without an end" },
        new(claims => claims["iss"] = "https://elsewhere", "UnknownIssuer") { Label = "another cluster's" },
        new(claims => claims["sub"] = "jane", "NotServiceAccount") { Label = "a person's" },
        new(claims => claims["sub"] = "system:serviceaccount:shop", "NotServiceAccount") { Label = "three parts" },
        new(claims => claims["sub"] = "system:serviceaccount:shop:cart:x", "NotServiceAccount") { Label = "five parts" },
        new(claims => claims["kubernetes.io"]!["namespace"] = "bank", "ClaimsDisagree") { Label = "of two namespaces" },
    ];

    [Theory, MemberData(nameof(WrongClaims), DisableDiscoveryEnumeration = true)]
    public async Task What_can_be_told_from_the_token_never_reaches_the_api_server(Action<JsonObject> change, string reason)
    {
        Assert.Equal(reason, await _cluster.ReasonAsync(_cluster.Token(change)));
        Assert.Equal(0, _cluster.Reviews);
    }

    [Theory]
    [InlineData("garbage", "NotCompactJws")]
    [InlineData("a.b.c.d.e", "NotCompactJws")]
    [InlineData("e30.e30.AAAA", "BadTokenHeader")]
    [InlineData("tök.en.x", "BadTokenEncoding")]
    public async Task Garbage_never_reaches_the_api_server(string token, string reason)
    {
        Assert.Equal(reason, await _cluster.ReasonAsync(token));
        Assert.Equal("TokenTooLong", await _cluster.ReasonAsync(new string('a', 16 * 1024 + 1)));
        Assert.Equal(0, _cluster.Reviews);
    }

    [Fact]
    public async Task A_forged_signature_never_reaches_the_api_server()
    {
        using var thief = new TestTokenSigner("ES256", "k1");
        Assert.Equal("BadSignature", await _cluster.ReasonAsync(thief.Sign(TestClaims.Of(_clock.GetUtcNow()))));
        Assert.Equal(0, _cluster.Reviews);
    }

    public static TheoryData<Func<V1TokenReviewStatus, V1TokenReviewStatus>, string> WrongAnswers() =>
    [
        new(status => status with { Authenticated = false }, "ReviewRefused") { Label = "not authenticated" },
        new(status => status with { Error = "revoked" }, "ReviewRefused") { Label = "an error" },
        new(status => status with { Error = "context deadline exceeded" }, "ClusterUnreachable?") { Label = "an error that passes" },
        new(status => status with { Audiences = null }, "ReviewWithoutAudience") { Label = "unaware of audiences" },
        new(status => status with { Audiences = ["api"] }, "ReviewWithoutAudience") { Label = "another audience" },
        new(status => status with { User = status.User! with { Username = "system:serviceaccount:shop:admin" } }, "ClaimsDisagree") { Label = "another account" },
        new(status => status with { User = status.User! with { Uid = "ffff" } }, "ClaimsDisagree") { Label = "another UID" },
        new(status => status with { User = status.User! with { Extra = Pod("other", TestCluster.PodUid) } }, "ClaimsDisagree") { Label = "another pod" },
        new(status => status with { User = status.User! with { Extra = Pod(TestCluster.PodName, "ffff") } }, "ClaimsDisagree") { Label = "another pod of its name" },
        new(status => status with { User = status.User! with { Extra = OnNode("node-2") } }, "ClaimsDisagree") { Label = "another node" },
        new(status => status with { User = status.User! with { Groups = [] } }, "NotServiceAccount") { Label = "not the group" },
    ];

    [Theory, MemberData(nameof(WrongAnswers), DisableDiscoveryEnumeration = true)]
    public async Task The_answer_of_the_api_server_is_held_against_what_was_asked(
        Func<V1TokenReviewStatus, V1TokenReviewStatus> change, string reason)
    {
        _cluster.Status = change;
        Assert.Equal(reason, await _cluster.ReasonAsync(_cluster.Token()));
        Assert.Equal(0, _cluster.Authenticator.Known);
    }

    [Fact]
    public async Task The_audiences_are_sent()
    {
        using var cluster = new TestCluster(_clock, settings => settings with { Audiences = ["istio-ca", "mesh"] });
        IReadOnlyList<string>? asked = null;
        var review = cluster.Review;
        cluster.Review = (spec, cancellationToken) =>
        {
            asked = spec.Audiences;
            return review(spec, cancellationToken);
        };
        Assert.Equal("None", await cluster.ReasonAsync(cluster.Token()));
        Assert.Equal(["istio-ca", "mesh"], asked);
    }

    [Fact]
    public async Task A_refusal_is_remembered_for_ten_seconds()
    {
        var token = _cluster.Token();
        _cluster.Status = status => status with { Authenticated = false };
        Assert.Equal("ReviewRefused", await _cluster.ReasonAsync(token));
        _cluster.Status = status => status;
        Assert.Equal("ReviewRefused", await _cluster.ReasonAsync(token));
        Assert.Equal(1, _cluster.Reviews);
        _clock.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal("None", await _cluster.ReasonAsync(token));
    }

    [Fact]
    public async Task The_caches_are_bounded()
    {
        using var cluster = new TestCluster(_clock, settings => settings with { CacheEntries = 3 });
        string[] tokens = [.. Enumerable.Range(0, 8).Select(i => cluster.Token(claims => claims["jti"] = $"t{i}"))];
        foreach (var token in tokens)
        {
            Assert.Equal("None", await cluster.ReasonAsync(token));
        }

        Assert.Equal(3, cluster.Authenticator.Known);
        Assert.Equal("None", await cluster.ReasonAsync(tokens[0]));
        Assert.Equal(9, cluster.Reviews);
    }

    [Fact]
    public async Task A_token_ends_when_it_says_though_it_is_remembered()
    {
        var token = _cluster.Token(claims => claims["exp"] = _clock.GetUtcNow().AddSeconds(30).ToUnixTimeSeconds());
        Assert.Equal("None", await _cluster.ReasonAsync(token));
        _clock.Advance(TimeSpan.FromSeconds(30) + _cluster.Settings.Leeway);
        Assert.Equal("Expired", await _cluster.ReasonAsync(token));
        Assert.Equal(1, _cluster.Reviews);
    }

    public static TheoryData<Action<JsonObject>> BoundToWhatIsNotWatched() =>
    [
        new(claims => claims["kubernetes.io"]!["secret"] = new JsonObject { ["name"] = "s", ["uid"] = "1" }) { Label = "a secret" },
        new(claims => claims["kubernetes.io"]!.AsObject().Remove("pod")) { Label = "a node alone" },
    ];

    [Theory]
    [MemberData(nameof(BoundToWhatIsNotWatched))]
    public async Task A_token_that_ends_with_what_is_not_watched_is_asked_about_again_after_a_minute(Action<JsonObject> bind)
    {
        var token = _cluster.Token(bind);
        Assert.Equal("None", await _cluster.ReasonAsync(token));
        _clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal("None", await _cluster.ReasonAsync(token));
        Assert.Equal(2, _cluster.Reviews);
    }

    [Fact]
    public async Task A_key_withdrawn_ends_remembered_tokens()
    {
        var token = _cluster.Token();
        Assert.Equal("None", await _cluster.ReasonAsync(token));
        using var next = new TestTokenSigner("ES256", "k2");
        _cluster.Publish(next);
        Assert.Equal("UnknownKey", await _cluster.ReasonAsync(token));
    }

    [Fact]
    public async Task Keys_that_were_never_read_refuse_nobody()
    {
        using var cluster = new TestCluster(_clock, hasKeys: false);
        Assert.Equal("KeysNotLoaded?", await cluster.ReasonAsync(cluster.Token()));
        cluster.Publish(cluster.Signer);
        Assert.Equal("None", await cluster.ReasonAsync(cluster.Token()));
        Assert.Equal(1, cluster.Reviews);
    }

    public static TheoryData<Action<TestClusterBox>, string> Lives() =>
    [
        new(box => box.Cluster.RemovePod(), "PodGone") { Label = "pod deleted" },
        new(box => box.Cluster.Add(TestCluster.Pod(uid: "ffff")), "PodGone") { Label = "pod recreated under its name" },
        new(box => box.Cluster.Add(TestCluster.Pod(phase: "Succeeded")), "PodFinished") { Label = "pod succeeded" },
        new(box => box.Cluster.Add(TestCluster.Pod(phase: "Failed")), "PodFinished") { Label = "pod failed" },
        new(box => box.Cluster.Add(TestCluster.Pod(node: "node-2")), "PodOnOtherNode") { Label = "pod on another node" },
        new(box => box.Cluster.Add(TestCluster.Pod(account: "other")), "PodOfOtherAccount") { Label = "pod of another account" },
        new(box => box.Cluster.RemoveAccount(), "AccountGone") { Label = "account deleted" },
        new(box => box.Cluster.Add(TestCluster.Account("shop", "cart", "ffff")), "AccountGone") { Label = "account recreated" },
        new(box => box.Cluster.Pods.HasSynced = false, "ClusterNotRead?") { Label = "pods not read yet" },
        new(box => box.Cluster.Accounts.HasSynced = false, "ClusterNotRead?") { Label = "accounts not read yet" },
        new(box => box.Cluster.Pods.LastContact -= TimeSpan.FromMinutes(6), "ClusterTooOld?") { Label = "copy too old" },
        new(box => box.Cluster.Accounts.LastContact -= TimeSpan.FromMinutes(6), "ClusterTooOld?") { Label = "copy of the accounts too old" },
        new(box => (box.Cluster.Outage, _) = (TestCluster.Unreachable, box.Drop()), "ClusterUnreachable?") { Label = "pod not in the copy, server down" },
    ];

    [Theory, MemberData(nameof(Lives), DisableDiscoveryEnumeration = true)]
    public async Task A_remembered_token_counts_only_while_its_objects_live(Action<TestClusterBox> change, string reason)
    {
        var token = _cluster.Token();
        Assert.Equal("None", await _cluster.ReasonAsync(token));
        change(new(_cluster));
        Assert.Equal(reason, await _cluster.ReasonAsync(token));
        Assert.Equal(1, _cluster.Reviews);
    }

    [Fact]
    public async Task An_api_server_that_is_down_makes_calls_unavailable_and_is_left_alone_for_a_second()
    {
        _cluster.Outage = TestCluster.Unreachable;
        for (var i = 0; i < 5; i++)
        {
            Assert.Equal("ClusterUnreachable?", await _cluster.ReasonAsync(_cluster.Token(claims => claims["jti"] = $"t{i}")));
        }

        Assert.Equal(1, _cluster.Reviews);
        _cluster.Outage = null;
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("None", await _cluster.ReasonAsync(_cluster.Token()));
    }

    [Theory]
    [InlineData(5, 5)]
    [InlineData(3600, 10)]
    public async Task An_api_server_that_is_busy_is_left_alone_as_long_as_it_asks_for_but_not_for_long(int asked, int left)
    {
        _cluster.Outage = new(ApiFailureKind.Overloaded, "busy") { Status = 429, RetryAfter = TimeSpan.FromSeconds(asked) };
        Assert.Equal("ClusterUnreachable?", await _cluster.ReasonAsync(_cluster.Token()));
        _cluster.Outage = null;
        _clock.Advance(TimeSpan.FromSeconds(left) - TimeSpan.FromTicks(1));
        Assert.Equal("ClusterUnreachable?", await _cluster.ReasonAsync(_cluster.Token()));
        _clock.Advance(TimeSpan.FromTicks(1));
        Assert.Equal("None", await _cluster.ReasonAsync(_cluster.Token()));
    }

    [Fact]
    public async Task A_clock_set_back_far_makes_the_copies_no_younger()
    {
        var token = _cluster.Token();
        _clock.Set(_clock.GetUtcNow() - TimeSpan.FromMinutes(6));
        Assert.Equal("IssuedInFuture", (await _cluster.ReasonAsync(token)).Replace("NotYetValid", "IssuedInFuture", StringComparison.Ordinal));
        Assert.Equal("ClusterTooOld?", await _cluster.ReasonAsync(_cluster.Token()));
    }

    [Fact]
    public async Task Tokens_accepted_before_serve_on_while_the_api_server_is_down()
    {
        var token = _cluster.Token();
        Assert.Equal("None", await _cluster.ReasonAsync(token));
        _cluster.Outage = TestCluster.Unreachable;
        Assert.Equal("None", await _cluster.ReasonAsync(token));
        _clock.Advance(_cluster.Settings.MaxCopyAge + TimeSpan.FromSeconds(1));
        Assert.Equal("ClusterTooOld?", await _cluster.ReasonAsync(token));
    }

    [Theory]
    [InlineData(ApiFailureKind.Forbidden), InlineData(ApiFailureKind.Unauthenticated), InlineData(ApiFailureKind.Overloaded)]
    [InlineData(ApiFailureKind.ServerFault), InlineData(ApiFailureKind.BadAnswer), InlineData(ApiFailureKind.NotFound)]
    public async Task Whatever_is_wrong_with_the_question_says_nothing_about_the_token(ApiFailureKind kind)
    {
        _cluster.Review = (_, _) => Task.FromResult<ApiOutcome<V1TokenReview>>(new ApiOutcome<V1TokenReview>.Failed(new(kind, "x")));
        Assert.Equal("ClusterUnreachable?", await _cluster.ReasonAsync(_cluster.Token()));
    }

    [Fact]
    public async Task A_review_that_takes_too_long_is_unavailable()
    {
        var begun = new TaskCompletionSource();
        _cluster.Review = async (_, cancellationToken) =>
        {
            begun.SetResult();
            await Task.Delay(Timeout.Infinite, cancellationToken);
            throw new InvalidOperationException();
        };
        var call = _cluster.AuthenticateAsync(_cluster.Token(), Cancellation);
        await begun.Task.WaitAsync(Cancellation);
        _clock.Advance(_cluster.Settings.ReviewTimeout);
        Assert.Equal("ClusterUnreachable?", TestCluster.ReasonOf(await call));
    }

    [Fact]
    public async Task Verified_offline_a_token_is_accepted_without_the_api_server_and_says_so()
    {
        using var cluster = new TestCluster(
            _clock, settings => settings with { VerifiesOffline = true, MaxCopyAge = TimeSpan.FromHours(1) });
        cluster.Outage = TestCluster.Unreachable;
        var token = cluster.Token();
        Assert.Equal("jwt:main", (await cluster.CallerAsync(token)).Evidence.Authenticator);
        Assert.Equal(0, cluster.Authenticator.Known);

        _clock.Advance(TimeSpan.FromMinutes(30));
        Assert.Equal("None", await cluster.ReasonAsync(token));
        cluster.Add(TestCluster.Pod(phase: "Failed"));
        Assert.Equal("PodFinished", await cluster.ReasonAsync(token));
        _clock.Advance(TimeSpan.FromMinutes(31));
        Assert.Equal("Expired", await cluster.ReasonAsync(token));
        Assert.Equal("ClusterTooOld?", await cluster.ReasonAsync(cluster.Token()));
    }

    [Fact]
    public async Task Verified_offline_nobody_is_accepted_whom_the_api_server_may_not_be_asked_about()
    {
        using var cluster = new TestCluster(_clock, settings => settings with { VerifiesOffline = true });
        cluster.Outage = new(ApiFailureKind.Forbidden, "no such right");
        Assert.Equal("ClusterUnreachable?", await cluster.ReasonAsync(cluster.Token()));
    }

    [Fact]
    public async Task Locally_judged_the_api_server_is_never_asked()
    {
        using var cluster = new TestCluster(_clock, settings => settings with { Mode = ClusterTokenMode.Local });
        var token = cluster.Token();
        Assert.Equal("jwt:main", (await cluster.CallerAsync(token)).Evidence.Authenticator);
        cluster.RemovePod();
        Assert.Equal("PodGone", await cluster.ReasonAsync(token));
        Assert.Equal(0, cluster.Reviews);
    }

    [Fact]
    public async Task By_review_alone_no_key_is_needed()
    {
        using var cluster = new TestCluster(_clock, settings => settings with { Mode = ClusterTokenMode.Review, Issuers = [TestClaims.Issuer] });
        using var unknown = new TestTokenSigner("ES256", "unpublished");
        var token = unknown.Sign(TestClaims.Of(_clock.GetUtcNow()));
        Assert.Equal("tokenreview:main", (await cluster.CallerAsync(token)).Evidence.Authenticator);
        Assert.Equal("None", await cluster.ReasonAsync(token));
        Assert.Equal(1, cluster.Reviews);
        Assert.Equal("UnknownIssuer", await cluster.ReasonAsync(cluster.Token(claims => claims["iss"] = "https://elsewhere")));
        Assert.Equal(1, cluster.Reviews);
    }

    [Fact]
    public async Task A_pod_that_the_copy_does_not_have_yet_is_looked_for_at_the_api_server()
    {
        _cluster.AddUnseen(TestCluster.Pod(name: "cart-new", uid: "1111"));
        var token = _cluster.Token(claims => claims["kubernetes.io"]!["pod"] = new JsonObject { ["name"] = "cart-new", ["uid"] = "1111" });
        Assert.Equal("1111", (await _cluster.CallerAsync(token)).Evidence.Live!.Uid);
        Assert.Equal(1, _cluster.Reads);
    }

    [Fact]
    public async Task A_pod_recreated_under_its_name_is_looked_for_at_the_api_server()
    {
        _cluster.AddUnseen(TestCluster.Pod(uid: "2222"));
        var token = _cluster.Token(claims => claims["kubernetes.io"]!["pod"]!["uid"] = "2222");
        Assert.Equal("2222", (await _cluster.CallerAsync(token)).Evidence.Live!.Uid);
    }

    [Fact]
    public async Task A_pod_whose_node_the_copy_does_not_know_yet_is_looked_for_at_the_api_server()
    {
        _cluster.Pods.Put(TestCluster.Pod(node: null, phase: "Pending"));
        Assert.Equal(TestCluster.Node, (await _cluster.CallerAsync(_cluster.Token())).Evidence.Live!.Node);
    }

    [Fact]
    public async Task An_account_that_the_copy_does_not_have_yet_is_looked_for_at_the_api_server()
    {
        _cluster.Accounts.Remove("cart", "shop");
        Assert.Equal("None", await _cluster.ReasonAsync(_cluster.Token()));
    }

    [Fact]
    public async Task What_the_api_server_says_is_gone_is_not_asked_about_on_and_on()
    {
        var token = _cluster.Token();
        Assert.Equal("None", await _cluster.ReasonAsync(token));
        _cluster.RemovePod();
        for (var i = 0; i < 5; i++)
        {
            Assert.Equal("PodGone", await _cluster.ReasonAsync(token));
        }

        Assert.Equal(1, _cluster.Reads);
    }

    [Fact]
    public async Task A_token_that_is_bound_to_no_pod_needs_only_its_account()
    {
        var token = _cluster.Token(Unbound);
        var caller = await _cluster.CallerAsync(token);
        Assert.Null(caller.Evidence.PodName);
        Assert.Null(caller.Evidence.Live);
        _cluster.RemoveAccount();
        Assert.Equal("AccountGone", await _cluster.ReasonAsync(token));
    }

    [Fact]
    public async Task A_cluster_may_demand_pods()
    {
        using var cluster = new TestCluster(_clock, settings => settings with { RequiresPod = true });
        Assert.Equal("None", await cluster.ReasonAsync(cluster.Token()));
        Assert.Equal("PodRequired", await cluster.ReasonAsync(cluster.Token(Unbound)));
        Assert.Equal(1, cluster.Reviews);
    }

    [Fact]
    public async Task A_cluster_may_be_limited_to_namespaces()
    {
        using var cluster = new TestCluster(_clock, settings => settings with { Namespaces = ["bank"] });
        Assert.Equal("NamespaceNotAllowed", await cluster.ReasonAsync(cluster.Token()));
        Assert.Equal(0, cluster.Reviews);
    }

    [Fact]
    public async Task A_cluster_may_have_a_trust_domain_of_its_own()
    {
        using var cluster = new TestCluster(_clock, settings => settings with { TrustDomain = SpiffeIdentity.TrustDomain.Parse("edge.example") });
        Assert.Equal("spiffe://edge.example/ns/shop/sa/cart", (await cluster.CallerAsync(cluster.Token())).Id.ToString());
    }

    private static void Unbound(JsonObject claims)
    {
        claims["kubernetes.io"]!.AsObject().Remove("pod");
        claims["kubernetes.io"]!.AsObject().Remove("node");
    }

    private static Dictionary<string, IReadOnlyList<string>> Pod(string name, string uid) => new()
    {
        ["authentication.kubernetes.io/pod-name"] = [name],
        ["authentication.kubernetes.io/pod-uid"] = [uid],
    };

    private static Dictionary<string, IReadOnlyList<string>> OnNode(string name) => new(Pod(TestCluster.PodName, TestCluster.PodUid))
    {
        ["authentication.kubernetes.io/node-name"] = [name],
    };

    /// <summary>Lets a public row of a theory change an internal type.</summary>
    public sealed class TestClusterBox
    {
        internal TestClusterBox(TestCluster cluster) => Cluster = cluster;

        internal TestCluster Cluster { get; }

        internal bool Drop()
        {
            Cluster.Pods.Remove(TestCluster.PodName, "shop");
            return true;
        }
    }
}
