using MeshCA.Auditing;
using MeshCA.Cryptography;
using MeshCA.Telemetry;
using Microsoft.Extensions.Logging;
using SpiffeIdentity.Bundles;

namespace MeshCA.Authorities;

/// <summary>Carries the planner's steps out against the store and publishes the resulting snapshot.</summary>
/// <remarks>
/// Steps run one at a time; readers of <see cref="Current"/> never wait. Of all private keys only the present signer's stays
/// in memory: the root's, which the whole mesh trusts, is unsealed for the one signature of a renewal and zeroed.
/// </remarks>
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

            await PublishAsync(_set, cancellationToken);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <inheritdoc />
    public void Dispose() => _turn.Dispose();

    private Task<AuthoritySet?> TryStepAsync(AuthoritySet set, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        return AuthorityPlanner.Next([.. set.Authorities.Select(StoredAuthorities.Of)], now) switch
        {
            AuthorityStep.None => Task.FromResult<AuthoritySet?>(null),
            AuthorityStep.CreateRoot => CreateRootAsync(set, now, cancellationToken),
            AuthorityStep.CreateIntermediate(var rootId) => CreateIntermediateAsync(set, rootId, now, cancellationToken),
            AuthorityStep.Retire(var id) => ApplyAsync(Retirement(set, id, now), cancellationToken),
            _ => throw new System.Diagnostics.UnreachableException(),
        };
    }

    private async Task<AuthoritySet?> CreateRootAsync(AuthoritySet set, DateTimeOffset now, CancellationToken cancellationToken)
    {
        using var created = AuthorityFactory.CreateRoot(settings, now);
        return await ApplyAsync(Creation(set, created, now), cancellationToken);
    }

    private async Task<AuthoritySet?> CreateIntermediateAsync(
        AuthoritySet set, string rootId, DateTimeOffset now, CancellationToken cancellationToken)
    {
        using var created = await SignIntermediateAsync(set, rootId, now, cancellationToken);
        return await ApplyAsync(Creation(set, created, now), cancellationToken);
    }

    // The root's key is in memory for one signature, and gone before anything waits for the disk.
    private async Task<NewAuthority> SignIntermediateAsync(
        AuthoritySet set, string rootId, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var record = set.Authorities.Single(a => a.Id == rootId);
        using var root = await StoredAuthorities.OpenAsync(store, record, cancellationToken);
        return AuthorityFactory.CreateIntermediate(root, settings, now);
    }

    private async Task<AuthoritySet?> ApplyAsync(AuthorityChange change, CancellationToken cancellationToken)
    {
        var next = await store.TryApplyAsync(change, cancellationToken);
        if (next is not null)
        {
            Log.AuthorityStepTaken(logger, change.Audit.Action, change.Audit.Target);
        }

        // Somebody else changed the authorities first: look at theirs before the next step.
        return next ?? await store.LoadAsync(cancellationToken);
    }

    private static AuthorityChange Creation(AuthoritySet set, NewAuthority created, DateTimeOffset now)
    {
        var isRoot = created.Record.Kind == AuthorityKind.Root;
        return new AuthorityChange
        {
            ExpectedRevision = set.Revision,
            Added = [created.Record],
            KeysToSeal = new Dictionary<string, Pkcs8PrivateKey> { [created.Record.Id] = created.PrivateKey },
            Moved = set.Authorities
                .Where(a => !isRoot && a is { Kind: AuthorityKind.Intermediate, State: AuthorityState.Active })
                .ToDictionary(a => a.Id, _ => AuthorityState.Old),
            ChangesBundle = isRoot,
            Issued = [created.Issued],
            Audit = Event(now, isRoot ? "root.created" : "intermediate.created", created.Record.Id),
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

    private async Task PublishAsync(AuthoritySet set, CancellationToken cancellationToken)
    {
        var signer = set.Authorities.Last(a => a is { Kind: AuthorityKind.Intermediate, State: AuthorityState.Active });
        var held = _current is { } current && current.Signer.Id == signer.Id ? current : null;
        if (held is not null && held.BundleSequence == set.BundleSequence)
        {
            return;
        }

        var roots = set.Authorities
            .Where(a => a.Kind == AuthorityKind.Root && a.State != AuthorityState.Retired)
            .Select(a => a.Certificate)
            .ToList();
        var former = set.Authorities
            .Where(a => a is { Kind: AuthorityKind.Intermediate, State: AuthorityState.Old })
            .Reverse()
            .Select(a => a.Certificate);
        if (!X509Bundle.TryCreate(settings.TrustDomain, roots, out var bundle, out var error))
        {
            throw new InvalidOperationException($"the stored roots form no trust bundle: {error}");
        }

        // The previous signer is not disposed of: answers under way may still sign with it. The collector takes it and zeroes its key.
        var authority = held?.Signer ?? await StoredAuthorities.OpenAsync(store, signer, cancellationToken);
        _current = AuthoritySnapshot.Of(authority, [], former, bundle, set.BundleSequence);
    }
}
