using System.Collections.Concurrent;
using System.IO;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using KubernetesClient;
using KubernetesClient.Configuration;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace TestSupport.Kubernetes;

/// <summary>An API server in memory, on loopback: objects, versions, lists, watches, apply, patches, and faults on demand.</summary>
/// <remarks>It knows no kind: whatever is created is there. Every namespace exists unless <see cref="RequireNamespaces"/>.</remarks>
public sealed class FakeApiServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly FakeObjects _objects;
    private readonly ConcurrentQueue<FakeApiRequest> _requests = new();
    private readonly ConcurrentDictionary<long, (HttpContext Context, string Plural)> _watches = new();
    private readonly CancellationTokenSource _stop = new();
    private long _nextWatch;
    private int _bookmarks;

    private FakeApiServer(WebApplication app, Func<DateTimeOffset> now) => (_app, _objects) = (app, new FakeObjects(now));

    /// <summary>What goes wrong; null for nothing. Asked before anything is done.</summary>
    public Func<FakeApiRequest, FakeApiFault?>? Fault { get; set; }

    /// <summary>Every connection breaks, also those that watch.</summary>
    public bool IsDown
    {
        get => Volatile.Read(ref field);
        set
        {
            Volatile.Write(ref field, value);
            if (value)
            {
                CutWatches();
            }
        }
    }

    /// <summary>Answers reviews: the token and its audiences to the status.</summary>
    public Func<string, IReadOnlyList<string>, JsonObject>? TokenReview { get; set; }

    /// <summary>Makes tokens: namespace, service account and spec to the token.</summary>
    public Func<string, string, JsonObject, string>? TokenRequest { get; set; }

    /// <summary>Documents that are no objects, by path.</summary>
    public ConcurrentDictionary<string, string> Documents { get; } = new() { ["/readyz"] = "ok" };

    /// <summary>Kinds that are not installed, by their plural: 404.</summary>
    public ConcurrentDictionary<string, bool> Missing { get; } = new();

    /// <summary>Whether creating in a namespace that does not exist fails, and in one that ends.</summary>
    public bool RequireNamespaces { get; set; }

    /// <summary>What was asked so far.</summary>
    public IReadOnlyCollection<FakeApiRequest> Requests => _requests;

    /// <summary>Watches that are open.</summary>
    public int Watches => _watches.Count;

    public Uri Url => new(_app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());

    /// <summary>Starts one.</summary>
    /// <param name="certificate">With it, the server speaks TLS and asks for client certificates, which it does not verify.</param>
    public static async Task<FakeApiServer> StartAsync(CancellationToken cancellationToken, X509Certificate2? certificate = null, TimeProvider? clock = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MaxRequestBodySize = 64 * 1024 * 1024;
            kestrel.Listen(IPAddress.Loopback, 0, listen =>
            {
                if (certificate is not null)
                {
                    listen.UseHttps(certificate, https =>
                    {
                        https.ClientCertificateMode = ClientCertificateMode.AllowCertificate;
                        https.ClientCertificateValidation = (_, _, _) => true;
                    });
                }
            });
        });
        var server = new FakeApiServer(builder.Build(), (clock ?? TimeProvider.System).GetUtcNow);
        server._app.Run(server.AnswerAsync);
        await server._app.StartAsync(cancellationToken);
        return server;
    }

    /// <summary>How to call it.</summary>
    public KubernetesClientConfiguration Configuration(ClientSettings? settings = null) =>
        KubernetesClientConfiguration.Create(Url.AbsoluteUri, settings ?? new()) is ConfigurationOutcome.Loaded(var configuration)
            ? configuration
            : throw new InvalidOperationException("not a configuration");

    /// <summary>A client of it; the caller disposes it.</summary>
    public KubernetesApi CreateClient(TimeProvider? clock = null, ClientSettings? settings = null) =>
        new(Configuration(settings), clock ?? TimeProvider.System);

    /// <summary>Creates or replaces an object.</summary>
    public T Put<T>(T item)
        where T : class, IKubernetesResource<T>
    {
        var body = JsonNode.Parse(FakeJson.Write(item))!.AsObject();
        var key = KeyOf<T>(item.Metadata.Name!, item.Metadata.Namespace);
        if (_objects.Find(key) is null)
        {
            return FakeJson.Read<T>(_objects.Create(key, body));
        }

        body["metadata"]!.AsObject().Remove("resourceVersion");
        return FakeJson.Read<T>(_objects.Update(key, _ => body));
    }

    /// <summary>Creates or replaces an object given as JSON: what the models do not have.</summary>
    public JsonObject Put(ResourceKind kind, string json)
    {
        var body = JsonNode.Parse(json)!.AsObject();
        body["apiVersion"] = kind.ApiVersion;
        body["kind"] = kind.Kind;
        var metadata = body["metadata"]!.AsObject();
        var key = new FakeKey(kind.Group, kind.Plural, metadata["namespace"]?.GetValue<string>() ?? "", metadata["name"]!.GetValue<string>());
        return _objects.Find(key) is null ? _objects.Create(key, body) : _objects.Update(key, _ => body);
    }

    /// <summary>Reads an object; null where there is none.</summary>
    public T? Find<T>(string name, string? ns = null)
        where T : class, IKubernetesResource<T> =>
        _objects.Find(KeyOf<T>(name, ns)) is { } found ? FakeJson.Read<T>(found) : null;

    /// <summary>Reads an object as JSON; null where there is none.</summary>
    public JsonObject? FindJson<T>(string name, string? ns = null)
        where T : class, IKubernetesResource<T> =>
        _objects.Find(KeyOf<T>(name, ns));

    /// <summary>All objects of a kind.</summary>
    public IReadOnlyList<T> All<T>()
        where T : class, IKubernetesResource<T> =>
        [.. _objects.List(T.Resource.Group, T.Resource.Plural, null).Items.Select(FakeJson.Read<T>)];

    /// <summary>Deletes an object.</summary>
    public void Remove<T>(string name, string? ns = null)
        where T : class, IKubernetesResource<T> => _objects.Delete(KeyOf<T>(name, ns));

    /// <summary>Breaks all watches.</summary>
    public void CutWatches()
    {
        foreach (var watch in _watches.Values)
        {
            Break(watch.Context);
        }
    }

    /// <summary>Forgets all versions before now: watches end with <c>ERROR</c> 410, new ones from before and pages get 410.</summary>
    public void Expire() => _objects.Forget();

    /// <summary>Sends a bookmark to each watch.</summary>
    public void SendBookmarks()
    {
        Interlocked.Increment(ref _bookmarks);
        _objects.Wake();
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _app.DisposeAsync();
        _stop.Dispose();
    }

    // The whole connection, also where it carries other streams.
    private static void Break(HttpContext context) =>
        context.Features.Get<Microsoft.AspNetCore.Connections.Features.IConnectionLifetimeFeature>()!.Abort();

    private static FakeKey KeyOf<T>(string name, string? ns)
        where T : class, IKubernetesResource<T> => new(T.Resource.Group, T.Resource.Plural, ns ?? "", name);

    private async Task AnswerAsync(HttpContext context)
    {
        var request = await ReadAsync(context);
        _requests.Enqueue(request);
        var fault = IsDown ? new FakeApiFault.Abort() : Fault?.Invoke(request);
        switch (fault)
        {
            case null:
                try
                {
                    await ServeAsync(context, request);
                }
                catch (FakeRefusal refusal)
                {
                    await ErrorAsync(context, refusal.Status, refusal.Reason, refusal.Message, null);
                }

                break;
            case FakeApiFault.Abort:
                Break(context);
                break;
            case FakeApiFault.Silence:
                await Forever(context);
                break;
            case FakeApiFault.Error error:
                await ErrorAsync(context, error.Status, error.Reason, "made to fail", error.RetryAfterSeconds);
                break;
            case FakeApiFault.Answer answer:
                context.Response.ContentType = "application/json";
                await context.Response.WriteAsync(answer.Body, context.RequestAborted);
                break;
            case FakeApiFault.Custom custom:
                await custom.Write(context);
                break;
        }
    }

    private async Task Forever(HttpContext context)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, _stop.Token);
        await Task.Delay(Timeout.Infinite, either.Token).ContinueWith(static _ => { }, TaskScheduler.Default);
    }

    private async Task ServeAsync(HttpContext context, FakeApiRequest request)
    {
        if (Documents.TryGetValue(request.Path, out var document))
        {
            await context.Response.WriteAsync(document, context.RequestAborted);
            return;
        }

        var path = FakePath.Parse(request.Path) ?? throw new FakeRefusal(404, "NotFound", "no such path");
        if (Missing.ContainsKey(path.Plural))
        {
            throw new FakeRefusal(404, "NotFound", "the server could not find the requested resource");
        }

        if (request.Method == "GET" && path.Name is null)
        {
            await (request.IsWatch ? WatchAsync(context, request, path) : ListAsync(context, request, path));
            return;
        }

        var answer = request.Method switch
        {
            "GET" => _objects.Find(path.Key) ?? throw new FakeRefusal(404, "NotFound", $"{path.Plural} \"{path.Name}\" not found"),
            "POST" => Create(request, path),
            "PUT" => Replace(request, path),
            "PATCH" => Patch(request, path),
            "DELETE" => _objects.Delete(path.Key),
            _ => throw new FakeRefusal(405, "MethodNotAllowed", "no such method"),
        };
        answer["apiVersion"] = path.Subresource == "token" ? answer["apiVersion"]?.GetValue<string>() : path.ApiVersion;
        context.Response.StatusCode = request.Method == "POST" ? 201 : 200;
        await WriteAsync(context, answer);
    }

    private JsonObject Create(FakeApiRequest request, FakePath path)
    {
        var body = request.Json;
        if (path.Plural == "tokenreviews")
        {
            var spec = body["spec"]!;
            var audiences = spec["audiences"]?.AsArray().Select(node => node!.GetValue<string>()).ToArray() ?? [];
            body["status"] = TokenReview?.Invoke(spec["token"]!.GetValue<string>(), audiences) ?? new JsonObject { ["authenticated"] = false };
            return body;
        }

        if (path.Subresource == "token")
        {
            _ = _objects.Find(path.Key) ?? throw new FakeRefusal(404, "NotFound", $"serviceaccounts \"{path.Name}\" not found");
            var token = TokenRequest?.Invoke(path.Namespace!, path.Name!, body["spec"]!.AsObject()) ?? $"token-of-{path.Name}";
            body["status"] = new JsonObject { ["token"] = token, ["expirationTimestamp"] = "2100-01-01T00:00:00Z" };
            return body;
        }

        if (RequireNamespaces && path.Namespace is { } ns)
        {
            var found = _objects.Find(new FakeKey("", "namespaces", "", ns)) ?? throw new FakeRefusal(404, "NotFound", $"namespaces \"{ns}\" not found");
            if (found["status"]?["phase"]?.GetValue<string>() == "Terminating")
            {
                throw new FakeRefusal(403, "Forbidden", $"namespace {ns} is being terminated");
            }
        }

        var name = body["metadata"]?["name"]?.GetValue<string>()
            ?? (body["metadata"]?["generateName"]?.GetValue<string>() is { } prefix ? prefix + Guid.NewGuid().ToString("N")[..5] : null)
            ?? throw new FakeRefusal(422, "Invalid", "name is required");
        return _objects.Create(path.Key with { Name = name }, body);
    }

    private JsonObject Replace(FakeApiRequest request, FakePath path)
    {
        var body = request.Json;
        return _objects.Update(path.Key, held => path.Subresource switch
        {
            // Only what the subresource is about is taken.
            "status" or "approval" => Merge(held, body, "status"),
            null when held["status"] is { } status && path.Group.Length > 0 && path.Plural != "leases" => Merge(body, new JsonObject { ["status"] = status.DeepClone() }, "status", keepVersion: true),
            null => body,
            _ => throw new FakeRefusal(404, "NotFound", "no such subresource"),
        });
    }

    private JsonObject Patch(FakeApiRequest request, FakePath path)
    {
        switch (request.ContentType?.Split(';')[0])
        {
            case "application/json-patch+json":
                return _objects.Update(path.Key, held => FakeJsonPatch.Apply(held, JsonNode.Parse(request.Body!)!.AsArray()));
            case "application/apply-patch+yaml":
                var manager = request.Query.GetValueOrDefault("fieldManager") ?? throw new FakeRefusal(422, "Invalid", "fieldManager is required for apply patch");
                var body = request.Json;

                // An approval is part of the status.
                var member = path.Subresource == "approval" ? "status" : path.Subresource;
                if (member is not null)
                {
                    body = new JsonObject
                    {
                        ["apiVersion"] = body["apiVersion"]?.DeepClone(),
                        ["kind"] = body["kind"]?.DeepClone(),
                        ["metadata"] = body["metadata"]?.DeepClone(),
                        [member] = body[member]?.DeepClone(),
                    };
                }

                return _objects.Apply(path.Key, body, manager, request.Query.ContainsKey("force"), member);
            default:
                throw new FakeRefusal(415, "UnsupportedMediaType", "no such patch");
        }
    }

    private static JsonObject Merge(JsonObject target, JsonObject source, string member, bool keepVersion = false)
    {
        if (!keepVersion && source["metadata"]?["resourceVersion"] is { } version)
        {
            target["metadata"]!["resourceVersion"] = version.DeepClone();
        }

        target[member] = source[member]?.DeepClone();
        return target;
    }

    private async Task ListAsync(HttpContext context, FakeApiRequest request, FakePath path)
    {
        var (version, all) = _objects.List(path.Group, path.Plural, path.Namespace);
        var skip = 0;
        if (request.Query.GetValueOrDefault("continue") is { } from)
        {
            var parts = from.Split('.');
            (version, skip) = (long.Parse(parts[0], null), int.Parse(parts[1], null));
            if (version < _objects.Oldest)
            {
                throw new FakeRefusal(410, "Expired", "The provided continue parameter is too old");
            }
        }

        var limit = request.Query.GetValueOrDefault("limit") is { } text ? int.Parse(text, null) : int.MaxValue;
        var items = all.Where(item => Selects(request, item)).Skip(skip).ToList();
        var metadata = new JsonObject { ["resourceVersion"] = version.ToString(null, null) };
        if (items.Count > limit)
        {
            metadata["continue"] = $"{version}.{skip + limit}";
        }

        var kind = items.Select(item => item["kind"]?.GetValue<string>()).FirstOrDefault() ?? FakePath.KindOf(path.Plural);
        await WriteAsync(context, new JsonObject
        {
            ["kind"] = kind + "List",
            ["apiVersion"] = path.ApiVersion,
            ["metadata"] = metadata,
            ["items"] = new JsonArray([.. items.Take(limit).Select(item => Listed(item, path))]),
        });
    }

    // As the server does it: what is listed does not say what it is, but for kinds of its users.
    private static JsonObject Listed(JsonObject item, FakePath path)
    {
        item.Remove("kind");
        item.Remove("apiVersion");
        if (path.Group == "security.istio.io")
        {
            item["apiVersion"] = path.ApiVersion;
            item["kind"] = FakePath.KindOf(path.Plural);
        }

        return item;
    }

    private async Task WatchAsync(HttpContext context, FakeApiRequest request, FakePath path)
    {
        var version = long.Parse(request.Query["resourceVersion"], null);
        if (version < _objects.Oldest)
        {
            throw new FakeRefusal(410, "Expired", $"too old resource version: {version}");
        }

        var id = Interlocked.Increment(ref _nextWatch);
        _watches[id] = (context, path.Plural);
        var bookmarks = Volatile.Read(ref _bookmarks);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, _stop.Token);
        try
        {
            context.Response.ContentType = "application/json";
            await context.Response.Body.FlushAsync(either.Token);
            while (!IsDown)
            {
                var changed = _objects.Changed;
                foreach (var change in _objects.ChangesAfter(version))
                {
                    version = change.Version;
                    await TellAsync(context, request, path, change, either.Token);
                }

                if (version < _objects.Oldest)
                {
                    await EventAsync(context, "ERROR", FakeJson.Status(410, "Expired", $"too old resource version: {version}", null), either.Token);
                    return;
                }

                if (bookmarks != Volatile.Read(ref _bookmarks))
                {
                    bookmarks = Volatile.Read(ref _bookmarks);
                    version = Math.Max(version, _objects.Version);
                    await EventAsync(context, "BOOKMARK", FakeJson.Bookmark(path, version), either.Token);
                }

                await changed.WaitAsync(either.Token);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
            // The watcher went, or the test ends.
        }
        finally
        {
            _watches.TryRemove(id, out _);
        }
    }

    private static async Task TellAsync(HttpContext context, FakeApiRequest request, FakePath path, FakeChange change, CancellationToken cancellationToken)
    {
        if (change.Key.Group != path.Group || change.Key.Plural != path.Plural || (path.Namespace is { } ns && change.Key.Namespace != ns))
        {
            return;
        }

        var before = change.Before is { } was && Selects(request, was) ? was : null;
        var after = change.After is { } now && Selects(request, now) ? now : null;
        var type = (before, after) switch
        {
            (null, null) => null,
            (null, _) => "ADDED",
            (_, null) => "DELETED",
            _ => "MODIFIED",
        };
        if (type is null)
        {
            return;
        }

        var told = FakeObjects.Copy(after ?? before!);
        told["metadata"]!["resourceVersion"] = change.Version.ToString(null, null);
        told["apiVersion"] = path.ApiVersion;
        await EventAsync(context, type, told, cancellationToken);
    }

    private static bool Selects(FakeApiRequest request, JsonObject item) =>
        FakeSelectors.Matches(item, request.Query.GetValueOrDefault("labelSelector"), request.Query.GetValueOrDefault("fieldSelector"));

    private static async Task EventAsync(HttpContext context, string type, JsonObject item, CancellationToken cancellationToken)
    {
        var line = new JsonObject { ["type"] = type, ["object"] = item }.ToJsonString() + "\n";
        await context.Response.WriteAsync(line, cancellationToken);
        await context.Response.Body.FlushAsync(cancellationToken);
    }

    private static async Task<FakeApiRequest> ReadAsync(HttpContext context)
    {
        using var reader = new StreamReader(context.Request.Body, Encoding.UTF8);
        var body = await reader.ReadToEndAsync(context.RequestAborted);
        return new FakeApiRequest(
            context.Request.Method, context.Request.Path.Value!, context.Request.Query.ToDictionary(pair => pair.Key, pair => pair.Value.ToString()))
        {
            ContentType = context.Request.ContentType,
            Authorization = context.Request.Headers.Authorization.ToString() is { Length: > 0 } authorization ? authorization : null,
            Body = body.Length > 0 ? body : null,
            ClientCertificate = context.Connection.ClientCertificate?.GetNameInfo(X509NameType.SimpleName, false),
        };
    }

    private static Task ErrorAsync(HttpContext context, int status, string reason, string message, int? retryAfter)
    {
        context.Response.StatusCode = status;
        if (retryAfter is { } seconds)
        {
            context.Response.Headers.RetryAfter = seconds.ToString(null, null);
        }

        return WriteAsync(context, FakeJson.Status(status, reason, message, retryAfter));
    }

    private static Task WriteAsync(HttpContext context, JsonObject answer)
    {
        context.Response.ContentType = "application/json";
        return context.Response.WriteAsync(answer.ToJsonString(), context.RequestAborted);
    }
}
