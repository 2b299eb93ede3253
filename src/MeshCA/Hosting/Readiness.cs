using MeshCA.Authentication.Keys;
using MeshCA.Authorities;
using MeshCA.Issuance;
using MeshCA.Leadership;
using MeshCA.Policies;
using MeshCA.Serving;

namespace MeshCA.Hosting;

/// <summary>
/// Whether the service can issue and decide now: store writable, authority valid, serving certificate valid, issuer keys
/// present, policies read.
/// </summary>
internal sealed class Readiness(
    IStoreStatus store,
    IAuthoritySnapshots authorities,
    ServingCertificate serving,
    IIssuerKeysStatus issuers,
    LifetimePolicy lifetimes,
    TimeProvider clock,
    IPolicySnapshots? policies = null,
    SigningRight? right = null)
{
    private volatile bool _stopping;

    /// <summary>From now on unready: the service drains.</summary>
    public void Stop() => _stopping = true;

    /// <summary>Looks at every condition.</summary>
    public ReadinessReport Report()
    {
        var now = clock.GetUtcNow();
        var checks = new List<ReadinessCheck>
        {
            new("stopping", !_stopping, _stopping ? "the service is stopping" : ""),
            new("store", store.Fault is null, store.Fault ?? ""),
            Authority(now),
            new("serving", serving.NotAfter > now, serving.NotAfter is { } end ? $"until {end:u}" : "no certificate"),
        };
        if (right is not null)
        {
            checks.Add(new("leader", right.Term is not null, right.Term is null ? right.Refusal : ""));
        }

        var keys = issuers.Report();
        checks.AddRange(keys.Select(k => new ReadinessCheck(
            $"issuer:{k.Issuer}", k.Usable, k.Usable ? $"{k.Keys} keys" : k.Error.ToString())));

        if (keys.Count == 0)
        {
            checks.Add(new("issuers", false, "no token issuer is configured: no workload can get a first certificate"));
        }

        if (policies is not null)
        {
            checks.Add(policies.Current is { } snapshot
                ? new("policies", true, $"revision {snapshot.Revision}")
                : new("policies", false, "not every policy source was read yet: nothing is decided"));
        }

        // One cluster whose keys cannot be fetched must not take the others' certificates away.
        var ready = checks.TrueForAll(check => check.Passed || check.Name.StartsWith("issuer:", StringComparison.Ordinal))
            && keys.Any(k => k.Usable);
        return new ReadinessReport(ready, checks);
    }

    /// <summary>Whether it is ready, or stands by with all that it needs to take over: what keeps a rollout going while another leads.</summary>
    public bool IsAvailable() => Report().Ready
        || (right is { Term: null, Leader.Length: > 0 } && !_stopping && store.Fault is null && authorities.Current is not null);

    private ReadinessCheck Authority(DateTimeOffset now) => authorities.Current is { } snapshot
        ? new("authority", snapshot.Signer.NotAfter - now >= lifetimes.AuthorityFloor, $"{snapshot.Signer.Id} until {snapshot.Signer.NotAfter:u}")
        : new("authority", false, "no authority can sign");
}

/// <summary>The state of the store, as far as readiness needs it.</summary>
internal interface IStoreStatus
{
    /// <summary>Why the store takes no records now; null while it does.</summary>
    string? Fault { get; }
}

/// <summary>The outcome of all checks.</summary>
internal sealed record ReadinessReport(bool Ready, IReadOnlyList<ReadinessCheck> Checks);

/// <summary>One condition.</summary>
internal sealed record ReadinessCheck(string Name, bool Passed, string Detail);
