using KubernetesClient;
using KubernetesClient.Models;
using MeshCA.Authentication.Tokens;

namespace MeshCA.Authentication.ClusterTokens;

/// <summary>Whether pods and service accounts of one cluster are alive: by the copies that informers keep, and where those may lag behind, by the API server.</summary>
/// <remarks>
/// An object that the copies lack may be a moment old, so its absence refuses nobody before the API server was asked. What the
/// server says is gone stays gone, since a UID never comes back; that is remembered, so that nobody can make us ask on and on.
/// </remarks>
internal sealed class ClusterLiveness : IDisposable
{
    private const int MaxAtOnce = 32;
    private const int MaxAtOnceForProxies = 8;
    private const int MaxGone = 10_000;
    private const int MaxPodsListed = 1_000;
    private static readonly TimeSpan GoneAge = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan AbsentAge = TimeSpan.FromSeconds(2);

    private readonly IKubernetes _api;
    private readonly IInformer<V1Pod> _pods;
    private readonly IInformer<V1ServiceAccount> _accounts;
    private readonly ClusterTokenSettings _settings;
    private readonly TimeProvider _clock;
    private readonly SemaphoreSlim _places = new(MaxAtOnce);

    // Of their own: a node proxy that makes up names must not keep fresh pods waiting.
    private readonly SemaphoreSlim _proxyPlaces = new(MaxAtOnceForProxies);
    private readonly SingleFlight<ObjectKey, ApiOutcome<V1Pod>> _podReads = new();
    private readonly SingleFlight<ObjectKey, ApiOutcome<V1ServiceAccount>> _accountReads = new();
    private readonly SingleFlight<PodPlace, ApiOutcome<KubernetesList<V1Pod>>> _podLists = new();
    private readonly RecentTokens<ObjectKey, string> _gone = new(MaxGone, GoneAge);
    private readonly RecentTokens<PodPlace, string> _absent = new(MaxGone, AbsentAge);

    /// <param name="api">The API server.</param>
    /// <param name="pods">All pods.</param>
    /// <param name="accounts">All service accounts.</param>
    /// <param name="settings">How old the copies may be, and how long a question may take.</param>
    /// <param name="clock">The clock.</param>
    public ClusterLiveness(
        IKubernetes api, IInformer<V1Pod> pods, IInformer<V1ServiceAccount> accounts, ClusterTokenSettings settings, TimeProvider clock)
    {
        (_api, _pods, _accounts, _settings, _clock) = (api, pods, accounts, settings, clock);
        Index = new(pods);
    }

    /// <summary>The pods by other keys than their names.</summary>
    public PodIndex Index { get; }

    /// <summary>Why the copies cannot be used; none if they can.</summary>
    public AuthenticationError CopyFault(DateTimeOffset now) =>
        !_pods.HasSynced || !_accounts.HasSynced ? AuthenticationError.ClusterNotRead
        : IsTooOld(_pods.LastContact, now) || IsTooOld(_accounts.LastContact, now) ? AuthenticationError.ClusterTooOld
        : AuthenticationError.None;

    /// <summary>Whether a pod is certainly gone or has ended.</summary>
    /// <param name="uid">Its UID.</param>
    /// <param name="seenAt">When it was last known to be there; one that is younger than the copy may be missing from it.</param>
    /// <param name="now">The present.</param>
    public bool IsGone(string uid, DateTimeOffset seenAt, DateTimeOffset now) =>
        CopyFault(now) == AuthenticationError.None
        && (Index.TryFind(uid, out var pod)
            ? PodRules.HasFinished(pod) || PodRules.HasOutlived(pod.Metadata, now, _settings.Leeway)
            : seenAt + _settings.Leeway < _pods.LastContact);

    /// <summary>Judges the objects of a token by the copies.</summary>
    /// <param name="bound">The objects.</param>
    /// <param name="now">The present.</param>
    /// <param name="found">What the copies say.</param>
    /// <returns>False where the copies may lag behind: <see cref="AskAsync"/> knows.</returns>
    public bool TryCheck(BoundObjects bound, DateTimeOffset now, out Liveness found)
    {
        found = CopyFault(now) is var fault and not AuthenticationError.None ? Liveness.Unknown(fault) : LookAtAccount(bound, now);
        if (found.State is LivenessState.Unknown or LivenessState.Refused)
        {
            return true;
        }

        var pod = LookAtPod(bound, now);
        found = pod.State == LivenessState.Refused || found.State == LivenessState.Alive ? pod : found;
        return found.State != LivenessState.NotSeen;
    }

    /// <summary>Judges the objects of a token, those that the copies lack by the API server.</summary>
    /// <param name="bound">The objects.</param>
    /// <param name="now">The present.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task<Liveness> AskAsync(BoundObjects bound, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (TryCheck(bound, now, out var found))
        {
            return found;
        }

        var account = LookAtAccount(bound, now);
        account = account.State == LivenessState.NotSeen ? await AskAboutAccountAsync(bound, now, cancellationToken) : account;
        if (account.State != LivenessState.Alive)
        {
            return account;
        }

        var pod = LookAtPod(bound, now);
        return pod.State == LivenessState.NotSeen ? await AskAboutPodAsync(bound, now, cancellationToken) : pod;
    }

    /// <summary>Judges whether a service account has a living pod on a node (istio-ca §2.6).</summary>
    /// <param name="place">The service account and the node.</param>
    /// <param name="now">The present.</param>
    /// <param name="cancellationToken">Ends the wait, should the API server have to be asked.</param>
    public async ValueTask<Liveness> CheckPlaceAsync(PodPlace place, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (CopyFault(now) is var fault and not AuthenticationError.None)
        {
            return Liveness.Unknown(fault);
        }

        var bound = new BoundObjects(place.Namespace, place.Account, null, null, null, null);
        var account = LookAtAccount(bound, now);
        account = account.State == LivenessState.NotSeen ? await AskAboutAccountAsync(bound, now, cancellationToken) : account;
        if (account.State != LivenessState.Alive)
        {
            return account;
        }

        var here = FindAlive(Index.List(place), place, now);
        return here is not null ? Liveness.Alive(here)
            : _absent.TryFind(place, now, out _) ? Liveness.Refused(AuthenticationError.ImpersonatedNotOnNode)
            : await AskAboutPlaceAsync(place, now, cancellationToken);
    }

    /// <inheritdoc />
    public void Dispose()
    {
        Index.Dispose();
        _places.Dispose();
        _proxyPlaces.Dispose();
    }

    // Either way of a clock that was set.
    private bool IsTooOld(DateTimeOffset? contact, DateTimeOffset now) =>
        contact is not { } last || (now - last).Duration() > _settings.MaxCopyAge;

    private Liveness LookAtAccount(BoundObjects bound, DateTimeOffset now) =>
        !_accounts.TryGet(bound.Account, bound.Namespace, out var account) || !Has(account.Metadata, bound.AccountUid) ? Liveness.NotSeen
        : PodRules.HasOutlived(account.Metadata, now, _settings.Leeway) ? Liveness.Refused(AuthenticationError.AccountGone)
        : Liveness.Alive(null);

    private Liveness LookAtPod(BoundObjects bound, DateTimeOffset now)
    {
        if (bound.Pod is null)
        {
            return Liveness.Alive(null);
        }

        // A pod recreated under its name has another UID, and the copy may still hold the one before.
        if (!_pods.TryGet(bound.Pod, bound.Namespace, out var pod) || !Has(pod.Metadata, bound.PodUid))
        {
            return Liveness.NotSeen;
        }

        // Nor may the copy know its node yet.
        var error = PodRules.Judge(pod, bound, now, _settings.Leeway);
        return error == AuthenticationError.PodOnOtherNode && pod.Spec?.NodeName is null or "" ? Liveness.NotSeen
            : error != AuthenticationError.None ? Liveness.Refused(error)
            : Liveness.Alive(pod);
    }

    private async Task<Liveness> AskAboutAccountAsync(BoundObjects bound, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var key = new ObjectKey("serviceaccounts", bound.Namespace, bound.Account, bound.AccountUid ?? "");
        var anywhere = new PodPlace(bound.Namespace, bound.Account, "");
        if (bound.AccountUid is null ? _absent.TryFind(anywhere, now, out _) : _gone.TryFind(key, now, out _))
        {
            return Liveness.Refused(AuthenticationError.AccountGone);
        }

        switch (await _accountReads.RunAsync(
            key,
            token => BoundedAsync(inTime => _api.ReadAsync<V1ServiceAccount>(bound.Account, bound.Namespace, inTime), PlacesOf(bound), token),
            cancellationToken))
        {
            case ApiOutcome<V1ServiceAccount>.Done(var account) when Has(account.Metadata, bound.AccountUid):
                return PodRules.HasOutlived(account.Metadata, now, _settings.Leeway)
                    ? Liveness.Refused(AuthenticationError.AccountGone)
                    : Liveness.Alive(null);
            case ApiOutcome<V1ServiceAccount>.Failed(var failure) when failure.Kind != ApiFailureKind.NotFound:
                return Liveness.Unreachable(failure);
            case var _ when bound.AccountUid is null:
                _absent.Add(anywhere, "", now);
                return Liveness.Refused(AuthenticationError.AccountGone);
            default:
                _gone.Add(key, "", now);
                return Liveness.Refused(AuthenticationError.AccountGone);
        }
    }

    private async Task<Liveness> AskAboutPodAsync(BoundObjects bound, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var key = new ObjectKey("pods", bound.Namespace, bound.Pod!, bound.PodUid ?? "");
        if (_gone.TryFind(key, now, out _))
        {
            return Liveness.Refused(AuthenticationError.PodGone);
        }

        switch (await _podReads.RunAsync(
            key, token => BoundedAsync(inTime => _api.ReadAsync<V1Pod>(bound.Pod!, bound.Namespace, inTime), _places, token), cancellationToken))
        {
            case ApiOutcome<V1Pod>.Done(var pod) when Has(pod.Metadata, bound.PodUid):
                var error = PodRules.Judge(pod, bound, now, _settings.Leeway);
                return error == AuthenticationError.None ? Liveness.Alive(pod) : Liveness.Refused(error);
            case ApiOutcome<V1Pod>.Failed(var failure) when failure.Kind != ApiFailureKind.NotFound:
                return Liveness.Unreachable(failure);
            default:
                _gone.Add(key, "", now);
                return Liveness.Refused(AuthenticationError.PodGone);
        }
    }

    private async Task<Liveness> AskAboutPlaceAsync(PodPlace place, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var query = new ListQuery { Namespace = place.Namespace, FieldSelector = $"spec.nodeName={place.Node}", Limit = MaxPodsListed };
        switch (await _podLists.RunAsync(
            place with { Account = "" },
            token => BoundedAsync(inTime => _api.ListAsync<V1Pod>(query, inTime), _proxyPlaces, token),
            cancellationToken))
        {
            case ApiOutcome<KubernetesList<V1Pod>>.Done(var list) when FindAlive(list.Items, place, now) is { } here:
                return Liveness.Alive(here);
            case ApiOutcome<KubernetesList<V1Pod>>.Failed(var failure):
                return Liveness.Unreachable(failure);
            default:
                _absent.Add(place, "", now);
                return Liveness.Refused(AuthenticationError.ImpersonatedNotOnNode);
        }
    }

    // The selector asked for the node; an answer is held against it all the same.
    private V1Pod? FindAlive(IReadOnlyList<V1Pod> pods, PodPlace place, DateTimeOffset now)
    {
        foreach (var pod in pods)
        {
            if (pod.Metadata.Namespace == place.Namespace
                && pod.Spec?.ServiceAccountName == place.Account
                && pod.Spec.NodeName == place.Node
                && PodRules.IsAlive(pod, now, _settings.Leeway))
            {
                return pod;
            }
        }

        return null;
    }

    // One without UID is what a node proxy named.
    private SemaphoreSlim PlacesOf(BoundObjects bound) => bound is { Pod: null, AccountUid: null } ? _proxyPlaces : _places;

    private async Task<ApiOutcome<T>> BoundedAsync<T>(
        Func<CancellationToken, Task<ApiOutcome<T>>> ask, SemaphoreSlim places, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(_settings.ReviewTimeout, _clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            await places.WaitAsync(either.Token);
            try
            {
                return await ask(either.Token);
            }
            finally
            {
                places.Release();
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new ApiOutcome<T>.Failed(new(ApiFailureKind.TimedOut, $"no answer within {_settings.ReviewTimeout}"));
        }
    }

    private static bool Has(V1ObjectMeta metadata, string? uid) => uid is null || metadata.Uid == uid;

    private readonly record struct ObjectKey(string Plural, string Namespace, string Name, string Uid);
}

/// <summary>What is known of objects' lives. The default is that nothing was seen.</summary>
/// <param name="State">What.</param>
/// <param name="Reason">Why not alive.</param>
/// <param name="Pod">The pod, where one was asked about and is alive.</param>
/// <param name="Detail">More, for people.</param>
internal readonly record struct Liveness(LivenessState State, AuthenticationError Reason, V1Pod? Pod, string? Detail)
{
    /// <summary>The copies do not have it.</summary>
    public static Liveness NotSeen => default;

    /// <summary>All are alive.</summary>
    public static Liveness Alive(V1Pod? pod) => new(LivenessState.Alive, AuthenticationError.None, pod, null);

    /// <summary>One is not.</summary>
    public static Liveness Refused(AuthenticationError reason) => new(LivenessState.Refused, reason, null, null);

    /// <summary>Nobody can tell now.</summary>
    public static Liveness Unknown(AuthenticationError reason) => new(LivenessState.Unknown, reason, null, null);

    /// <summary>Nobody can tell now, for want of an answer.</summary>
    public static Liveness Unreachable(ApiFailure failure) =>
        new(LivenessState.Unknown, AuthenticationError.ClusterUnreachable, null, $"{failure.Kind}: {failure.Message}");
}

/// <summary>Whether objects are alive.</summary>
internal enum LivenessState
{
    /// <summary>The copies do not have them.</summary>
    NotSeen,

    /// <summary>They are.</summary>
    Alive,

    /// <summary>One is not, or not as it must be.</summary>
    Refused,

    /// <summary>Nobody can tell now.</summary>
    Unknown,
}
