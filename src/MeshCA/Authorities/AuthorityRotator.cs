using MeshCA.Auditing;
using MeshCA.Telemetry;
using Microsoft.Extensions.Logging;
using SpiffeIdentity.Bundles;

namespace MeshCA.Authorities;

/// <summary>Carries the planner's steps out against the store and publishes the resulting snapshot.</summary>
/// <remarks>Steps run one at a time; readers of <see cref="Current"/> never wait.</remarks>
internal sealed class AuthorityRotator(
    IAuthorityStore store, AuthoritySettings settings, TimeProvider clock, ILogger<AuthorityRotator> logger)
    : IAuthoritySource, IDisposable
{
    private readonly SemaphoreSlim _turn = new(1, 1);
    private volatile AuthoritySnapshot? _current;
    private AuthoritySet? _set;

    /// <inheritdoc />
    public AuthoritySnapshot? Current => _current;

    /// <inheritdoc />
    public async Task AdvanceAsync(CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            _set ??= await store.LoadAsync(cancellationToken);
            while (await TryStepAsync(_set, cancellationToken) is { } next)
            {
                _set = next;
            }

            Publish(_set);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <inheritdoc />
    public void Dispose() => _turn.Dispose();

    private async Task<AuthoritySet?> TryStepAsync(AuthoritySet set, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var change = AuthorityPlanner.Next([.. set.Authorities.Select(StoredAuthorities.Of)], now) switch
        {
            AuthorityStep.None => null,
            AuthorityStep.CreateRoot => Creation(set, AuthorityFactory.CreateRoot(settings, now), changesBundle: true, now),
            AuthorityStep.CreateIntermediate(var rootId) => NextIntermediate(set, rootId, now),
            AuthorityStep.Retire(var id) => Retirement(set, id, now),
            _ => throw new System.Diagnostics.UnreachableException(),
        };
        if (change is null)
        {
            return null;
        }

        var next = await store.TryApplyAsync(change, cancellationToken);
        if (next is not null)
        {
            Log.AuthorityStepTaken(logger, change.Audit.Action, change.Audit.Target);
        }

        // Somebody else changed the authorities first: look at theirs before the next step.
        return next ?? await store.LoadAsync(cancellationToken);
    }

    private AuthorityChange NextIntermediate(AuthoritySet set, string rootId, DateTimeOffset now)
    {
        var record = set.Authorities.Single(a => a.Id == rootId);
        using var root = StoredAuthorities.Open(record);
        return Creation(set, AuthorityFactory.CreateIntermediate(root, settings, now), changesBundle: false, now);
    }

    private static AuthorityChange Creation(AuthoritySet set, NewAuthority created, bool changesBundle, DateTimeOffset now)
    {
        created.Authority.Dispose();
        var kind = created.Record.Kind;
        return new AuthorityChange
        {
            ExpectedRevision = set.Revision,
            Added = [created.Record],
            Moved = set.Authorities
                .Where(a => a.Kind == AuthorityKind.Intermediate && kind == AuthorityKind.Intermediate && a.State == AuthorityState.Active)
                .ToDictionary(a => a.Id, _ => AuthorityState.Old),
            ChangesBundle = changesBundle,
            Issued = [created.Issued],
            Audit = Event(now, kind == AuthorityKind.Root ? "root.created" : "intermediate.created", created.Record.Id),
        };
    }

    private static AuthorityChange Retirement(AuthoritySet set, string id, DateTimeOffset now) => new()
    {
        ExpectedRevision = set.Revision,
        Moved = new Dictionary<string, AuthorityState> { [id] = AuthorityState.Retired },
        ChangesBundle = false,
        Audit = Event(now, "intermediate.retired", id),
    };

    private static AuditEvent Event(DateTimeOffset now, string action, string target) =>
        new() { Time = now, Action = action, Actor = "system", Target = target, Outcome = "ok" };

    private void Publish(AuthoritySet set)
    {
        var signer = set.Authorities.Last(a => a is { Kind: AuthorityKind.Intermediate, State: AuthorityState.Active });
        var roots = set.Authorities
            .Where(a => a.Kind == AuthorityKind.Root && a.State != AuthorityState.Retired)
            .Select(a => a.Certificate)
            .ToList();
        if (_current is { } current && current.Signer.Id == signer.Id && current.BundleSequence == set.BundleSequence)
        {
            return;
        }

        var former = set.Authorities
            .Where(a => a is { Kind: AuthorityKind.Intermediate, State: AuthorityState.Old })
            .Reverse()
            .Select(a => a.Certificate);
        if (!X509Bundle.TryCreate(settings.TrustDomain, roots, out var bundle, out var error))
        {
            throw new InvalidOperationException($"the stored roots form no trust bundle: {error}");
        }

        // The previous signer is not disposed: answers under way may still sign with it. The collector takes it.
        _current = AuthoritySnapshot.Of(StoredAuthorities.Open(signer), [], former, bundle, set.BundleSequence);
    }
}
