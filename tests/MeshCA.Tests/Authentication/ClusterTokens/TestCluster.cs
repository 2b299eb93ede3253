using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Json.Nodes;
using KubernetesClient;
using KubernetesClient.Models;
using MeshCA.Authentication;
using MeshCA.Authentication.ClusterTokens;
using MeshCA.Configuration;
using MeshCA.Registration;
using MeshCA.Telemetry;
using Microsoft.Extensions.Logging.Abstractions;
using SpiffeIdentity;
using TestSupport;

namespace MeshCA.Tests.Authentication.ClusterTokens;

/// <summary>A cluster with one pod, <c>cart-5d4f-x7</c> in <c>shop</c>: what its API server says, and what the copies have, which may lag behind.</summary>
internal sealed class TestCluster : IKubernetes, IDisposable
{
    public const string Node = "node-1.example";
    public const string PodName = "cart-5d4f-x7";
    public const string PodUid = "0b0b";

    private readonly List<V1Pod> _pods = [];
    private readonly List<V1ServiceAccount> _accounts = [];
    private int _reviews;

    public TestCluster(ManualTimeProvider clock, Func<ClusterTokenSettings, ClusterTokenSettings>? change = null, string id = "main", bool hasKeys = true)
    {
        Clock = clock;
        Settings = new ClusterTokenSettings
        {
            Id = id,
            Mode = ClusterTokenMode.Combined,
            TrustDomain = TrustDomain.Parse("cluster.local"),
            Keys = new(id, TimeSpan.FromMinutes(5), TimeSpan.FromDays(1), TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(5)),
        };
        Settings = change?.Invoke(Settings) ?? Settings;
        Keys = new ClusterKeyRing(Settings.Keys) { Issuer = TestClaims.Issuer };
        Pods = new(clock);
        Accounts = new(clock);
        Add(Account("shop", "cart", "0a0a"));
        Add(Pod());
        Authenticator = new(
            Settings,
            Keys,
            new TokenReviewer(this, Settings, clock, Metrics, NullLogger.Instance),
            new ClusterLiveness(this, Pods, Accounts, Settings, clock),
            clock,
            TokenSetup.Metrics,
            Metrics);
        Directory = new([Authenticator], name => name.Length == 0 || name == id || name == "alias" ? id : null);
        Review = (spec, _) => Task.FromResult<ApiOutcome<V1TokenReview>>(new ApiOutcome<V1TokenReview>.Done(Answer(spec)));
        if (hasKeys)
        {
            Publish(Signer);
        }
    }

    public static ClusterTokenMetrics Metrics { get; } = new(new TestMeterFactory());

    public ManualTimeProvider Clock { get; }

    public ClusterTokenSettings Settings { get; }

    public TestTokenSigner Signer { get; } = new("ES256", "k1");

    public ClusterKeyRing Keys { get; }

    public TestInformer<V1Pod> Pods { get; }

    public TestInformer<V1ServiceAccount> Accounts { get; }

    public ClusterTokenAuthenticator Authenticator { get; }

    public ClusterTokenDirectory Directory { get; }

    /// <summary>How the API server answers reviews.</summary>
    public Func<V1TokenReviewSpec, CancellationToken, Task<ApiOutcome<V1TokenReview>>> Review { get; set; }

    /// <summary>Changes a good answer.</summary>
    public Func<V1TokenReviewStatus, V1TokenReviewStatus> Status { get; set; } = status => status;

    /// <summary>Why reads, lists and reviews fail; null: they do not.</summary>
    public ApiFailure? Outage { get; set; }

    /// <summary>How often a review was asked for.</summary>
    public int Reviews => Volatile.Read(ref _reviews);

    /// <summary>How often an object was read or listed.</summary>
    public int Reads { get; private set; }

    public static ApiFailure Unreachable { get; } = new(ApiFailureKind.Unreachable, "connection refused");

    public static V1ServiceAccount Account(string ns, string name, string uid) =>
        new() { Metadata = new() { Namespace = ns, Name = name, Uid = uid } };

    public static V1Pod Pod(
        string ns = "shop", string name = PodName, string uid = PodUid, string account = "cart", string? node = Node, string phase = "Running") => new()
        {
            Metadata = new() { Namespace = ns, Name = name, Uid = uid, Labels = new Dictionary<string, string> { ["app"] = account } },
            Spec = new() { ServiceAccountName = account, NodeName = node },
            Status = new() { Phase = phase },
        };

    /// <summary>Puts an object into server and copy.</summary>
    public void Add(V1Pod pod)
    {
        AddUnseen(pod);
        Pods.Put(pod);
    }

    /// <summary>Puts an object into the server alone.</summary>
    public void AddUnseen(V1Pod pod)
    {
        _pods.RemoveAll(other => other.Metadata.Name == pod.Metadata.Name && other.Metadata.Namespace == pod.Metadata.Namespace);
        _pods.Add(pod);
    }

    public void Add(V1ServiceAccount account)
    {
        AddUnseen(account);
        Accounts.Put(account);
    }

    public void AddUnseen(V1ServiceAccount account)
    {
        _accounts.RemoveAll(other => other.Metadata.Name == account.Metadata.Name && other.Metadata.Namespace == account.Metadata.Namespace);
        _accounts.Add(account);
    }

    /// <summary>Takes a pod out of server and copy.</summary>
    public void RemovePod(string name = PodName, string ns = "shop")
    {
        _pods.RemoveAll(pod => pod.Metadata.Name == name && pod.Metadata.Namespace == ns);
        Pods.Remove(name, ns);
    }

    public void RemoveAccount(string name = "cart", string ns = "shop")
    {
        _accounts.RemoveAll(account => account.Metadata.Name == name && account.Metadata.Namespace == ns);
        Accounts.Remove(name, ns);
    }

    public void Publish(params TestTokenSigner[] signers) => Keys.Replace(TokenSetup.Keys(signers), Clock.GetUtcNow());

    public string Token(Action<JsonObject>? change = null)
    {
        var claims = TestClaims.Of(Clock.GetUtcNow());
        change?.Invoke(claims);
        return Signer.Sign(claims);
    }

    public async Task<AuthenticationOutcome> AuthenticateAsync(string token, CancellationToken cancellationToken = default) =>
        await Authenticator.AuthenticateAsync(token.AsMemory(), cancellationToken);

    /// <summary>Why a token is refused or cannot be judged; <c>None</c> where it is accepted. Unavailable reasons have a question mark.</summary>
    public async Task<string> ReasonAsync(string token) => ReasonOf(await AuthenticateAsync(token));

    public static string ReasonOf(AuthenticationOutcome outcome) => outcome switch
    {
        AuthenticationOutcome.Refused(var reason, _) => reason.ToString(),
        AuthenticationOutcome.Unavailable(var reason, _) => $"{reason}?",
        _ => "None",
    };

    public async Task<CallerIdentity> CallerAsync(string token) =>
        ((AuthenticationOutcome.Authenticated)await AuthenticateAsync(token)).Caller;

    public void Dispose()
    {
        Authenticator.Dispose();
        Signer.Dispose();
    }

    public Task<ApiOutcome<T>> ReadAsync<T>(string name, string? ns, CancellationToken cancellationToken)
        where T : class, IKubernetesResource<T>
    {
        Reads++;
        var found = All<T>().FirstOrDefault(item => item.Metadata.Name == name && item.Metadata.Namespace == ns);
        return Task.FromResult<ApiOutcome<T>>(
            Outage is { } outage ? new ApiOutcome<T>.Failed(outage)
            : found is null ? new ApiOutcome<T>.Failed(new(ApiFailureKind.NotFound, "not found") { Status = 404 })
            : new ApiOutcome<T>.Done(found));
    }

    public Task<ApiOutcome<KubernetesList<T>>> ListAsync<T>(ListQuery query, CancellationToken cancellationToken)
        where T : class, IKubernetesResource<T>
    {
        Reads++;
        var items = All<T>().Where(item => query.Namespace is null || item.Metadata.Namespace == query.Namespace).ToList();
        return Task.FromResult<ApiOutcome<KubernetesList<T>>>(
            Outage is { } outage
                ? new ApiOutcome<KubernetesList<T>>.Failed(outage)
                : new ApiOutcome<KubernetesList<T>>.Done(new(items, "1", null)));
    }

    public async Task<ApiOutcome<T>> CreateAsync<T>(T body, CancellationToken cancellationToken)
        where T : class, IKubernetesResource<T>
    {
        Interlocked.Increment(ref _reviews);
        return Outage is { } outage
            ? new ApiOutcome<T>.Failed(outage)
            : (ApiOutcome<T>)(object)await Review(((V1TokenReview)(object)body).Spec!, cancellationToken);
    }

    public Task<ApiOutcome<byte[]>> ReadDocumentAsync(string path, CancellationToken cancellationToken) => Task.FromResult<ApiOutcome<byte[]>>(
        Outage is { } outage ? new ApiOutcome<byte[]>.Failed(outage)
        : Documents.TryGetValue(path, out var text) ? new ApiOutcome<byte[]>.Done(Encoding.UTF8.GetBytes(text))
        : new ApiOutcome<byte[]>.Failed(new(ApiFailureKind.NotFound, "no such path") { Status = 404 }));

    public Dictionary<string, string> Documents { get; } = [];

    public Task<ApiOutcome<T>> CreateBelowAsync<T>(
        ResourceKind parent, string name, string? ns, string subresource, T body, CancellationToken cancellationToken)
        where T : class, IKubernetesResource<T> => throw new NotSupportedException();

    public Task<ApiOutcome<T>> ReplaceAsync<T>(T body, string? subresource, CancellationToken cancellationToken)
        where T : class, IKubernetesResource<T> => throw new NotSupportedException();

    public Task<ApiOutcome<T>> ApplyAsync<T>(T body, ApplyOptions options, CancellationToken cancellationToken)
        where T : class, IKubernetesResource<T> => throw new NotSupportedException();

    public Task<ApiOutcome<T>> PatchAsync<T>(string name, string? ns, ReadOnlyMemory<byte> patch, CancellationToken cancellationToken)
        where T : class, IKubernetesResource<T> => throw new NotSupportedException();

    public Task<ApiOutcome<bool>> DeleteAsync<T>(string name, string? ns, CancellationToken cancellationToken)
        where T : class, IKubernetesResource<T> => throw new NotSupportedException();

    public IAsyncEnumerable<WatchEvent<T>> WatchAsync<T>(ListQuery query, string resourceVersion, CancellationToken cancellationToken)
        where T : class, IKubernetesResource<T> => throw new NotSupportedException();

    private IEnumerable<T> All<T>() => typeof(T) == typeof(V1Pod) ? _pods.Cast<T>() : _accounts.Cast<T>();

    // As a kube-apiserver since 1.30 answers, from the token's own claims.
    private V1TokenReview Answer(V1TokenReviewSpec spec)
    {
        var payload = System.Buffers.Text.Base64Url.DecodeFromChars(spec.Token!.Split('.')[1]);
        var claims = JsonNode.Parse(payload)!;
        var bound = claims["kubernetes.io"];
        return new V1TokenReview
        {
            Status = Status(new V1TokenReviewStatus
            {
                Authenticated = true,
                Audiences = spec.Audiences,
                User = new V1User
                {
                    Username = claims["sub"]?.GetValue<string>(),
                    Uid = bound?["serviceaccount"]?["uid"]?.GetValue<string>(),
                    Groups = ["system:serviceaccounts", "system:serviceaccounts:shop", "system:authenticated"],
                    Extra = bound?["pod"] is not { } pod ? null : new Dictionary<string, IReadOnlyList<string>>
                    {
                        ["authentication.kubernetes.io/pod-name"] = [pod["name"]!.GetValue<string>()],
                        ["authentication.kubernetes.io/pod-uid"] = [pod["uid"]!.GetValue<string>()],
                    },
                },
            }),
        };
    }
}

/// <summary>A copy that a test fills by hand.</summary>
internal sealed class TestInformer<T>(TimeProvider clock) : IInformer<T>
    where T : class, IKubernetesResource<T>
{
    private readonly Dictionary<(string?, string?), T> _items = [];
    private readonly List<Action<T?, T?>> _subscribers = [];

    public bool HasSynced { get; set; } = true;

    public DateTimeOffset? LastContact { get; set; } = clock.GetUtcNow();

    public IReadOnlyCollection<T> Items => _items.Values;

    public Task WaitForSyncAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public bool TryGet(string name, string? ns, [NotNullWhen(true)] out T? found) => _items.TryGetValue((name, ns), out found);

    public IDisposable Subscribe(Action<T?, T?> onChange)
    {
        _subscribers.Add(onChange);
        foreach (var item in _items.Values)
        {
            onChange(null, item);
        }

        return new Ended();
    }

    public void Put(T item)
    {
        var key = (item.Metadata.Name, item.Metadata.Namespace);
        var before = _items.GetValueOrDefault(key);
        _items[key] = item;
        _subscribers.ForEach(tell => tell(before, item));
    }

    public void Remove(string name, string ns)
    {
        if (_items.Remove((name, ns), out var before))
        {
            _subscribers.ForEach(tell => tell(before, null));
        }
    }

    private sealed class Ended : IDisposable
    {
        public void Dispose()
        {
        }
    }
}
