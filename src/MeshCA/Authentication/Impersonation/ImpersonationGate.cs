using MeshCA.Authentication.ClusterTokens;
using MeshCA.Registration;
using MeshCA.Telemetry;

namespace MeshCA.Authentication.Impersonation;

/// <summary>Whether a node proxy (ztunnel) may have the certificate of another: of pods that run on its own node, and of no others (istio-ca §2.6).</summary>
internal sealed class ImpersonationGate(ClusterTokenDirectory clusters, TimeProvider clock, ClusterTokenMetrics metrics)
{
    /// <summary>Whether any cluster has node proxies.</summary>
    public bool IsOpen { get; } = clusters.All.Any(cluster => cluster.Settings.TrustedNodeAccounts.Count > 0);

    /// <summary>Judges a request for another's identity.</summary>
    /// <param name="caller">Who asks; just authenticated.</param>
    /// <param name="wanted">The identity asked for; untrusted.</param>
    /// <param name="cancellationToken">Ends the wait, should the API server have to be asked.</param>
    /// <returns>The caller under the other identity, with its own evidence; or why not.</returns>
    public async ValueTask<AuthenticationOutcome> JudgeAsync(CallerIdentity caller, string wanted, CancellationToken cancellationToken)
    {
        // Only a cluster's own look at the caller's pod makes one of these, never a certificate or another issuer's token.
        var pod = caller.Evidence.Live;
        var cluster = pod is null ? null : clusters.Get(pod.Cluster);
        var outcome = pod is null || cluster is null || pod.Node.Length == 0
            ? Refuse(AuthenticationError.ImpersonatorWithoutPod, caller)
            : await JudgeAsync(caller, pod, cluster, wanted, cancellationToken);
        metrics.Impersonated(cluster?.Settings.Id ?? "", outcome switch
        {
            AuthenticationOutcome.Refused(var reason, _) => reason.ToString(),
            AuthenticationOutcome.Unavailable(var reason, _) => reason.ToString(),
            _ => "allowed",
        });
        return outcome;
    }

    private async Task<AuthenticationOutcome> JudgeAsync(
        CallerIdentity caller, LivePod pod, ClusterTokenAuthenticator cluster, string wanted, CancellationToken cancellationToken)
    {
        var settings = cluster.Settings;
        if (!settings.TrustedNodeAccounts.Contains($"{pod.Namespace}/{pod.ServiceAccount}"))
        {
            return Refuse(AuthenticationError.ImpersonatorNotTrusted, caller);
        }

        if (!ImpersonatedIdentity.TryParse(wanted, settings.TrustDomain, out var identity, out var error))
        {
            return Refuse(error, caller, Printable.Of(wanted));
        }

        if (!settings.Covers(identity.Account.Namespace))
        {
            return Refuse(AuthenticationError.NamespaceNotAllowed, caller, identity.Id.ToString());
        }

        var place = new PodPlace(identity.Account.Namespace, identity.Account.Name, pod.Node);
        var found = await cluster.Liveness.CheckPlaceAsync(place, clock.GetUtcNow(), cancellationToken);
        return found.State switch
        {
            LivenessState.Alive => new AuthenticationOutcome.Authenticated(
                new CallerIdentity(identity.Id, caller.Evidence with { RequestedBy = caller.Id, Live = null })),
            LivenessState.Refused => Refuse(found.Reason, caller, $"{identity.Id} on {pod.Node}"),
            _ => new AuthenticationOutcome.Unavailable(found.Reason, $"{settings.Id}: {identity.Id} on {pod.Node} {found.Detail}"),
        };
    }

    private static AuthenticationOutcome.Refused Refuse(AuthenticationError reason, CallerIdentity caller, string detail = "") =>
        new(reason, $"{caller.Id}, pod {caller.Evidence.PodName ?? "none"} {detail}");
}
