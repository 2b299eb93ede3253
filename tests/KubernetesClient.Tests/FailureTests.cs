using System.IO;
using System.Text;
using KubernetesClient.Configuration;
using KubernetesClient.Models;
using Microsoft.AspNetCore.Http;
using TestSupport;
using TestSupport.Kubernetes;
using Xunit;

namespace KubernetesClient.Tests;

/// <summary>What a server may do wrong, and what becomes of it.</summary>
public sealed class FailureTests
{
    private const int Chunk = 1024 * 1024;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(400, "BadRequest", ApiFailureKind.Rejected)]
    [InlineData(401, "Unauthorized", ApiFailureKind.Unauthenticated)]
    [InlineData(403, "Forbidden", ApiFailureKind.Forbidden)]
    [InlineData(404, "NotFound", ApiFailureKind.NotFound)]
    [InlineData(409, "AlreadyExists", ApiFailureKind.AlreadyExists)]
    [InlineData(409, "Conflict", ApiFailureKind.Conflict)]
    [InlineData(410, "Expired", ApiFailureKind.Expired)]
    [InlineData(413, "RequestEntityTooLarge", ApiFailureKind.Rejected)]
    [InlineData(422, "Invalid", ApiFailureKind.Rejected)]
    [InlineData(429, "TooManyRequests", ApiFailureKind.Overloaded)]
    [InlineData(500, "InternalError", ApiFailureKind.ServerFault)]
    [InlineData(503, "ServiceUnavailable", ApiFailureKind.ServerFault)]
    [InlineData(504, "Timeout", ApiFailureKind.ServerFault)]
    [InlineData(302, "", ApiFailureKind.BadAnswer)]
    public async Task Each_status_has_its_kind(int status, string reason, ApiFailureKind kind)
    {
        await using var server = await FakeApiServer.StartAsync(Token);
        using var api = server.CreateClient();
        server.Fault = _ => new FakeApiFault.Error(status, reason);
        var failure = KubernetesApiTests.Failed(await api.ReadAsync<V1Pod>("web", "shop", Token));
        Assert.Equal((kind, status), (failure.Kind, failure.Status));
        Assert.Single(server.Requests);
    }

    [Theory]
    [InlineData(429)]
    [InlineData(503)]
    public async Task A_server_may_ask_for_time_but_not_for_ever(int status)
    {
        await using var server = await FakeApiServer.StartAsync(Token);
        using var api = server.CreateClient();
        server.Fault = _ => new FakeApiFault.Error(status, "x", 7);
        var failure = KubernetesApiTests.Failed(await api.ReadAsync<V1Pod>("web", "shop", Token));
        Assert.Equal((ApiFailureKind.Overloaded, TimeSpan.FromSeconds(7)), (failure.Kind, failure.RetryAfter));
        server.Fault = _ => new FakeApiFault.Error(status, "x", int.MaxValue);
        Assert.Equal(ApiLimits.RetryAfter, KubernetesApiTests.Failed(await api.ReadAsync<V1Pod>("web", "shop", Token)).RetryAfter);
    }

    [Fact]
    public async Task Nobody_there_is_unreachable()
    {
        var server = await FakeApiServer.StartAsync(Token);
        using var api = server.CreateClient();
        await server.DisposeAsync();
        Assert.Equal(ApiFailureKind.Unreachable, KubernetesApiTests.Failed(await api.ReadAsync<V1Pod>("web", "shop", Token)).Kind);
    }

    [Fact]
    public async Task A_connection_that_breaks_is_unreachable()
    {
        await using var server = await FakeApiServer.StartAsync(Token);
        using var api = server.CreateClient();
        server.IsDown = true;
        Assert.Equal(ApiFailureKind.Unreachable, KubernetesApiTests.Failed(await api.ReadAsync<V1Pod>("web", "shop", Token)).Kind);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_call_ends_at_its_deadline_whether_or_not_the_answer_began(bool hasBegun)
    {
        await using var server = await FakeApiServer.StartAsync(Token);
        var clock = new ManualTimeProvider();
        using var api = server.CreateClient(clock);
        var asked = new TaskCompletionSource();
        server.Fault = _ => new FakeApiFault.Custom(async context =>
        {
            if (hasBegun)
            {
                await context.Response.WriteAsync("{", context.RequestAborted);
                await context.Response.Body.FlushAsync(context.RequestAborted);
            }

            asked.SetResult();
            await Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
        });
        var call = api.ReadAsync<V1Pod>("web", "shop", Token);
        await asked.Task.WaitAsync(Token);
        clock.Advance(ApiLimits.CallTimeout);
        Assert.Equal(ApiFailureKind.TimedOut, KubernetesApiTests.Failed(await call).Kind);
    }

    [Fact]
    public async Task The_callers_own_end_is_no_failure()
    {
        await using var server = await FakeApiServer.StartAsync(Token);
        using var api = server.CreateClient();
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var asked = new TaskCompletionSource();
        server.Fault = _ =>
        {
            asked.SetResult();
            return new FakeApiFault.Silence();
        };
        var call = api.ReadAsync<V1Pod>("web", "shop", ended.Token);
        await asked.Task.WaitAsync(Token);
        await ended.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
    }

    public static TheoryData<string> BadObjects() =>
    [
        "", "{", "[]", "7", "null", "\"x\"", "<html>",
        """{"kind":"Pod","apiVersion":"v1","metadata":[]}""",
        """{"kind":"Pod","apiVersion":"v1","metadata":{"name":7}}""",
        """{"kind":"Pod","apiVersion":"v1","metadata":{"labels":{"a":null}}}""",
        """{"kind":"Pod","apiVersion":"v1","metadata":{"labels":{"a":"b","a":"c"}}}""",
        """{"kind":"Pod","apiVersion":"v1","metadata":{"creationTimestamp":"yesterday"}}""",
        """{"kind":"Pod","apiVersion":"v1","metadata":{"generation":1e99}}""",
        """{"kind":"Pod","apiVersion":"v1","metadata":{},"status":{"podIPs":[null]}}""",
        """{"kind":"Pod","apiVersion":"v1","metadata":{},"status":{"podIPs":{}}}""",
        """{"kind":"Pod","apiVersion":"v1","metadata":{}} {}""",
        """{"kind":"Pod","apiVersion":"v2","metadata":{}}""",
        """{"kind":"Status","apiVersion":"v1","metadata":{}}""",
        """{"metadata":{}}""",
        """{"kind":"Pod","apiVersion":"v1","x":""" + new string('[', 100_000),
        """{"kind":"Pod","apiVersion":"v1","metadata":{"name":"\ud800"}}""",
    ];

    [Theory]
    [MemberData(nameof(BadObjects))]
    public async Task What_is_no_object_of_the_kind_is_a_bad_answer(string body)
    {
        await using var server = await FakeApiServer.StartAsync(Token);
        using var api = server.CreateClient();
        server.Fault = _ => new FakeApiFault.Answer(body);
        Assert.Equal(ApiFailureKind.BadAnswer, KubernetesApiTests.Failed(await api.ReadAsync<V1Pod>("web", "shop", Token)).Kind);
    }

    [Fact]
    public async Task Null_and_unknown_fields_do_no_harm()
    {
        await using var server = await FakeApiServer.StartAsync(Token);
        using var api = server.CreateClient();
        server.Fault = _ => new FakeApiFault.Answer("""{"kind":"Pod","apiVersion":"v1","metadata":null,"spec":null,"more":{"a":[1]}}""");
        var pod = KubernetesApiTests.Done(await api.ReadAsync<V1Pod>("web", "shop", Token));
        Assert.Null(pod.Metadata.Name);
        Assert.Null(pod.Spec);
    }

    [Theory]
    [InlineData(200)]
    [InlineData(500)]
    public async Task An_answer_without_end_is_cut_off(int status)
    {
        await using var server = await FakeApiServer.StartAsync(Token);
        using var api = server.CreateClient();
        server.Fault = _ => Flood(status, "");
        var failure = KubernetesApiTests.Failed(await api.ReadAsync<V1Pod>("web", "shop", Token));
        Assert.Equal(status == 200 ? ApiFailureKind.BadAnswer : ApiFailureKind.ServerFault, failure.Kind);
        Assert.InRange(failure.Message.Length, 1, ApiLimits.MessageLength + 1);
    }

    [Theory]
    [InlineData("", ApiFailureKind.BadAnswer)]
    [InlineData("{\"type\":\"ADDED\",\"object\":{\"x\":\"", ApiFailureKind.BadAnswer)]
    public async Task An_event_without_end_ends_the_watch(string begin, ApiFailureKind kind)
    {
        await using var server = await FakeApiServer.StartAsync(Token);
        using var api = server.CreateClient();
        server.Fault = _ => Flood(200, begin);
        Assert.Equal(kind, (await WatchAsync(api)).Kind);
    }

    public static TheoryData<string, ApiFailureKind> BadEvents() => new()
    {
        { "7", ApiFailureKind.BadAnswer },
        { "{}", ApiFailureKind.BadAnswer },
        { "{\"type\":7}", ApiFailureKind.BadAnswer },
        { "{\"type\":\"ADDED\"}", ApiFailureKind.BadAnswer },
        { "{\"type\":\"ADDED\",\"object\":{}}", ApiFailureKind.BadAnswer },
        { """{"type":"ADDED","object":{"kind":"Pod","apiVersion":"v1","metadata":{"name":"a"}}}""", ApiFailureKind.BadAnswer },
        { """{"type":"ADDED","object":{"kind":"Node","apiVersion":"v1","metadata":{"name":"a","resourceVersion":"1"}}}""", ApiFailureKind.BadAnswer },
        { """{"type":"ADDED","object":{"kind":"Pod","apiVersion":"v1","metadata":{"resourceVersion":"1"}}}""", ApiFailureKind.BadAnswer },
        { """{"type":"BOOKMARK","object":{"kind":"Pod","apiVersion":"v1","metadata":{}}}""", ApiFailureKind.BadAnswer },
        { """{"type":"OTHER","object":{}}{"type":"OTHER","object":{}}""", ApiFailureKind.BadAnswer },
        { """{"type":"OTHER","object":{}}""", ApiFailureKind.BadAnswer },
        { """{"type":"ERROR","object":{}}""", ApiFailureKind.BadAnswer },
        { """{"type":"ERROR","object":{"kind":"Status","code":410,"reason":"Expired","message":"old"}}""", ApiFailureKind.Expired },
        { """{"type":"ERROR","object":{"kind":"Status","code":500,"message":"x"}}""", ApiFailureKind.ServerFault },
        { """{"object":{"kind":"Status","code":410},"type":"ERROR"}""", ApiFailureKind.Expired },
        { new string('[', 100_000), ApiFailureKind.BadAnswer },
    };

    [Theory]
    [MemberData(nameof(BadEvents))]
    public async Task A_bad_event_ends_the_watch(string line, ApiFailureKind kind)
    {
        await using var server = await FakeApiServer.StartAsync(Token);
        using var api = server.CreateClient();
        server.Fault = _ => new FakeApiFault.Answer("\r\n \n" + line + "\n");
        Assert.Equal(kind, (await WatchAsync(api)).Kind);
    }

    [Fact]
    public async Task A_watch_that_the_server_does_not_end_is_ended_here()
    {
        await using var server = await FakeApiServer.StartAsync(Token);
        var clock = new ManualTimeProvider();
        using var api = server.CreateClient(clock);
        var seen = server.Put(KubernetesApiTests.Map("one"));
        await using var events = api.WatchAsync<V1ConfigMap>(ListQuery.All, seen.Metadata.ResourceVersion!, Token).GetAsyncEnumerator(Token);
        server.Put(KubernetesApiTests.Map("two"));
        Assert.True(await events.MoveNextAsync()); // it is open
        var next = events.MoveNextAsync();
        clock.Advance((2 * ApiLimits.WatchTimeout) + ApiLimits.WatchGrace);
        Assert.True(await next);
        Assert.Equal(ApiFailureKind.TimedOut, Assert.IsType<WatchEvent<V1ConfigMap>.Failed>(events.Current).Failure.Kind);
        var seconds = int.Parse(server.Requests.Single(request => request.IsWatch).Query["timeoutSeconds"], null);
        Assert.InRange(seconds, ApiLimits.WatchTimeout.TotalSeconds, 2 * ApiLimits.WatchTimeout.TotalSeconds);
    }

    [Theory]
    [InlineData(302)]
    [InlineData(307)]
    public async Task A_redirection_is_not_followed(int status)
    {
        await using var elsewhere = await FakeApiServer.StartAsync(Token);
        await using var server = await FakeApiServer.StartAsync(Token);
        using var api = server.CreateClient();
        server.Fault = request => new FakeApiFault.Custom(context =>
        {
            context.Response.StatusCode = status;
            context.Response.Headers.Location = new Uri(elsewhere.Url, request.Path).AbsoluteUri;
            return Task.CompletedTask;
        });
        Assert.IsType<ApiOutcome<V1ConfigMap>.Failed>(await api.ReadAsync<V1ConfigMap>("one", "shop", Token));
        Assert.Empty(elsewhere.Requests);
    }

    [Fact]
    public async Task Names_that_lead_elsewhere_are_not_asked_for()
    {
        await using var server = await FakeApiServer.StartAsync(Token);
        using var api = server.CreateClient();
        foreach (var name in (string[])["..", "a//b", "%2e%2e", "a?x=y", ""])
        {
            Assert.Equal(ApiFailureKind.Rejected, KubernetesApiTests.Failed(await api.ReadAsync<V1Pod>(name, "shop", Token)).Kind);
            Assert.Equal(ApiFailureKind.Rejected, KubernetesApiTests.Failed(await api.ReadAsync<V1Pod>("web", name, Token)).Kind);
            Assert.Equal(ApiFailureKind.Rejected, KubernetesApiTests.Failed(await api.ReadDocumentAsync("/" + name, Token)).Kind);
        }

        Assert.Empty(server.Requests);
    }

    [Fact]
    public async Task Messages_are_printable()
    {
        await using var server = await FakeApiServer.StartAsync(Token);
        using var api = server.CreateClient();
        server.Fault = _ => new FakeApiFault.Custom(context =>
        {
            context.Response.StatusCode = 500;
            return context.Response.WriteAsync("a\r\nb\u001b[31m\u202ec" + new string('x', 2000), context.RequestAborted);
        });
        var message = KubernetesApiTests.Failed(await api.ReadAsync<V1Pod>("web", "shop", Token)).Message;
        Assert.DoesNotContain(message, letter => char.IsControl(letter) || letter == '\u202e');
        Assert.InRange(message.Length, 10, ApiLimits.MessageLength + 1);
    }

    [Fact]
    public async Task A_token_that_is_refused_is_read_anew_and_the_call_made_once_more()
    {
        using var directory = new TemporaryDirectory();
        await File.WriteAllTextAsync(directory.File("token"), "old", Token);
        await using var server = await FakeApiServer.StartAsync(Token);
        server.Fault = request => request.Authorization == "Bearer new" ? null : new FakeApiFault.Error(401, "Unauthorized");
        server.Put(KubernetesApiTests.Map("one"));
        using var api = server.CreateClient(null, new ClientSettings { AccessToken = CredentialContent.In(directory.File("token")) });
        Assert.Equal(ApiFailureKind.Unauthenticated, KubernetesApiTests.Failed(await api.ReadAsync<V1ConfigMap>("one", "shop", Token)).Kind);
        Assert.Single(server.Requests);
        await File.WriteAllTextAsync(directory.File("token"), "new", Token);
        KubernetesApiTests.Done(await api.ReadAsync<V1ConfigMap>("one", "shop", Token));
        Assert.Equal(3, server.Requests.Count);
    }

    [Fact]
    public async Task The_keys_of_the_cluster_are_a_document()
    {
        await using var server = await FakeApiServer.StartAsync(Token);
        using var api = server.CreateClient();
        server.Documents["/openid/v1/jwks"] = "{\"keys\":[]}";
        Assert.Equal("{\"keys\":[]}", Encoding.UTF8.GetString(KubernetesApiTests.Done(await api.ReadDocumentAsync("/openid/v1/jwks", Token))));
    }

    private static FakeApiFault.Custom Flood(int status, string begin) => new(async context =>
    {
        context.Response.StatusCode = status;
        await context.Response.WriteAsync(begin, context.RequestAborted);
        var chunk = new byte[Chunk];
        chunk.AsSpan().Fill((byte)'x');
        while (!context.RequestAborted.IsCancellationRequested)
        {
            await context.Response.Body.WriteAsync(chunk, context.RequestAborted);
        }
    });

    private static async Task<ApiFailure> WatchAsync(KubernetesApi api)
    {
        var failures = new List<ApiFailure>();
        await foreach (var each in api.WatchAsync<V1Pod>(ListQuery.All, "1", Token))
        {
            failures.Add(Assert.IsType<WatchEvent<V1Pod>.Failed>(each).Failure);
        }

        return Assert.Single(failures);
    }
}
