using MeshCA.Auditing;
using MeshCA.Authorities.JwtKeys;
using MeshCA.Cryptography;
using MeshCA.Issuance;
using MeshCA.Telemetry;
using Microsoft.Extensions.Logging;
using SpiffeIdentity.Bundles;

namespace MeshCA.Authorities;

/// <summary>Changes the authorities at somebody's order.</summary>
internal interface IAuthorityCommands
{
    /// <summary>Makes what orders need.</summary>
    AuthorityOrders Orders { get; }

    /// <summary>The authorities as this process last saw them; null before it looked.</summary>
    AuthoritySet? Known { get; }

    /// <summary>The authorities as the store has them now.</summary>
    /// <exception cref="JournalUnavailableException">The store cannot be read.</exception>
    Task<AuthoritySet> LoadAsync(CancellationToken cancellationToken);

    /// <summary>Carries an order out, and publishes what follows from it.</summary>
    /// <param name="prepare">Makes the order for the authorities as they are; called anew where somebody else changed them.</param>
    /// <param name="context">Who orders, when and why.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="JournalUnavailableException">Nothing was changed.</exception>
    Task<CommandOutcome> ExecuteAsync(
        Func<AuthoritySet, CancellationToken, Task<AuthorityOrder>> prepare, CommandContext context, CancellationToken cancellationToken);
}

/// <summary>What became of an order.</summary>
internal abstract record CommandOutcome
{
    private CommandOutcome()
    {
    }

    /// <summary>It is done and durable.</summary>
    internal sealed record Done(AuthoritySet Authorities) : CommandOutcome;

    /// <summary>It was refused.</summary>
    internal sealed record Refused(AuthorityRefusal Reason, string Detail) : CommandOutcome;
}

/// <summary>Carries the planner's steps and administrators' orders out against the store and publishes the resulting snapshot.</summary>
/// <remarks>
/// Steps run one at a time; readers of <see cref="Current"/> never wait. Of all private keys only the present signer's stays
/// in memory: the root's, which the whole mesh trusts, is unsealed for the one signature of a renewal and zeroed.
/// </remarks>
internal sealed class AuthorityRotator(
    IAuthorityStore store, AuthoritySettings settings, TimeProvider clock, ILogger<AuthorityRotator> logger)
    : IAuthoritySource, IAuthorityCommands, IJwtKeyCommands, IDisposable
{
    private const int MaxAttempts = 3;
    private readonly SemaphoreSlim _turn = new(1, 1);
    private volatile AuthoritySnapshot? _current;
    private volatile AuthoritySet? _set;
    private ulong? _published;
    private bool _isStale = true;
    private bool _mayStep;

    /// <summary>Whether this process changes the authorities by itself; one that may not follows what another does.</summary>
    public Func<bool> MayStep { get; init; } = () => true;

    /// <summary>Whether the clock may be believed that an intermediate has ended; by one that jumped ahead one would be forgotten whose certificates live.</summary>
    public Func<bool> MayRetire { get; init; } = () => true;

    /// <summary>Takes the first root from elsewhere; null: it is made here.</summary>
    public Func<DateTimeOffset, CancellationToken, Task<IReadOnlyList<AuthorityMaterial>>>? ImportFirst { get; init; }

    /// <summary>Whether an authority is revoked: then another one signs, and who holds a certificate under it is told to renew.</summary>
    public Func<string, bool> IsRevoked { get; init; } = _ => false;

    /// <summary>Runs before another authority signs its first leaf: its revocation list must be there for whoever checks that leaf.</summary>
    public Func<CancellationToken, Task> BeforeSigning { get; init; } = _ => Task.CompletedTask;

    /// <summary>Makes and opens the keys of JWT-SVIDs; null: there are none.</summary>
    public JwtKeyKeeper? JwtKeys { get; init; }

    /// <inheritdoc />
    public AuthoritySnapshot? Current => _current;

    /// <inheritdoc />
    public async Task AdvanceAsync(CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            var mayStep = MayStep();
            if (_isStale || !mayStep || !_mayStep)
            {
                await LookAsync(cancellationToken);
            }

            _mayStep = mayStep;
            await StepAndPublishAsync(cancellationToken);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <inheritdoc />
    public AuthoritySet? Known => _set;

    /// <inheritdoc />
    public AuthorityOrders Orders { get; } = new(store, settings);

    /// <inheritdoc />
    public Task<AuthoritySet> LoadAsync(CancellationToken cancellationToken) => store.LoadAsync(cancellationToken);

    /// <inheritdoc />
    public async Task<CommandOutcome> ExecuteAsync(
        Func<AuthoritySet, CancellationToken, Task<AuthorityOrder>> prepare, CommandContext context, CancellationToken cancellationToken)
    {
        // From the store's yes on it holds, whatever becomes of the caller: what follows is done to its end.
        var mustFinish = new CancellationToken(canceled: false);
        await _turn.WaitAsync(cancellationToken);
        try
        {
            for (var attempt = 0; attempt < MaxAttempts; attempt++)
            {
                var set = await LookAsync(cancellationToken);
                using var order = await prepare(set, cancellationToken);
                switch (order.Refusal ?? AuthorityMachine.Decide(set, order.Command!, context)) // one of both is there
                {
                    case AuthorityVerdict.Refused(var reason, var detail):
                        return new CommandOutcome.Refused(reason, detail);
                    case AuthorityVerdict.Permitted(var change) when !context.IsForced && LeavesWithoutSigner(change) is { } signing:
                        return new CommandOutcome.Refused(
                            AuthorityRefusal.IsActive, $"`{signing}` still signs here: the next intermediate is not in use yet, see event 5001");
                    case AuthorityVerdict.Permitted(var change) when await TryApplyAsync(change, mustFinish) is { } next:
                        _set = next;
                        await FollowUpAsync(mustFinish);
                        return new CommandOutcome.Done(_set);
                }
            }

            return new CommandOutcome.Refused(AuthorityRefusal.Outrun, "others kept changing the authorities; try again");
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <inheritdoc />
    public Task<CommandOutcome> ExecuteAsync(AuthorityCommand command, CommandContext context, CancellationToken cancellationToken) =>
        ExecuteAsync((_, _) => Task.FromResult(AuthorityOrder.Of(command)), context, cancellationToken);

    // What the store says signs may not have come into use yet, as where its revocation list cannot be made: until it has, what the authority
    // before signs must be accepted.
    private string? LeavesWithoutSigner(AuthorityChange change) =>
        _current?.Signer.Id is { } id && change.Moved.TryGetValue(id, out var state) && state is AuthorityState.Retired or AuthorityState.Revoked ? id : null;

    // The order itself is durable: what fails after it is due again at the worker's next tick, and is no fault of the order.
    private async Task FollowUpAsync(CancellationToken cancellationToken)
    {
        try
        {
            await StepAndPublishAsync(cancellationToken);
        }
        catch (Exception e) when (e is JournalUnavailableException or KeySealException)
        {
            Log.AuthorityStepFailed(logger, e);
        }
    }

    private async Task StepAndPublishAsync(CancellationToken cancellationToken)
    {
        while (MayStep() && await TryStepAsync(_set!, cancellationToken) is { } next) // every caller has loaded it
        {
            _set = next;
        }

        await PublishAsync(_set!, cancellationToken);
    }

    /// <inheritdoc />
    public void Dispose() => _turn.Dispose();

    private Task<AuthoritySet?> TryStepAsync(AuthoritySet set, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var lives = StoredAuthorities.Of(set).Select(life => IsRevoked(life.Id) ? life with { IsRevoked = true } : life);
        return AuthorityPlanner.Next([.. lives], now) switch
        {
            AuthorityStep.Retire when !MayRetire() => StepJwtKeysAsync(set, now, cancellationToken),
            AuthorityStep.None => StepJwtKeysAsync(set, now, cancellationToken),
            AuthorityStep.CreateRoot when ImportFirst is not null => ImportFirstAsync(set, ImportFirst, now, cancellationToken),
            AuthorityStep.CreateRoot => CreateRootAsync(set, now, cancellationToken),
            AuthorityStep.CreateIntermediate(var rootId) => CreateIntermediateAsync(set, rootId, now, cancellationToken),
            AuthorityStep.Retire(var id) => ApplyAsync(Retirement(set, id, now), cancellationToken),
            _ => throw new System.Diagnostics.UnreachableException(),
        };
    }

    // After the X.509 authorities: without them there is nobody to publish to.
    private async Task<AuthoritySet?> StepJwtKeysAsync(AuthoritySet set, DateTimeOffset now, CancellationToken cancellationToken)
    {
        using var order = JwtKeys?.Next(set, now);
        return order?.Command is { } command && AuthorityMachine.Decide(set, command, new(now, "system")) is AuthorityVerdict.Permitted(var change)
            ? await ApplyAsync(change, cancellationToken)
            : null;
    }

    private async Task<AuthoritySet?> CreateRootAsync(AuthoritySet set, DateTimeOffset now, CancellationToken cancellationToken)
    {
        using var created = AuthorityFactory.CreateRoot(settings, now);
        return await ApplyAsync(Creation(set, created, now), cancellationToken);
    }

    private async Task<AuthoritySet?> ImportFirstAsync(
        AuthoritySet set,
        Func<DateTimeOffset, CancellationToken, Task<IReadOnlyList<AuthorityMaterial>>> import,
        DateTimeOffset now,
        CancellationToken cancellationToken)
    {
        var imported = await import(now, cancellationToken);
        try
        {
            return await ApplyAsync(Importation(set, imported, now), cancellationToken);
        }
        finally
        {
            foreach (var authority in imported)
            {
                authority.Key?.Dispose();
            }
        }
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
        // Somebody else changed the authorities first: look at theirs before the next step.
        return await TryApplyAsync(change, cancellationToken) ?? await LookAsync(cancellationToken);
    }

    private async Task<AuthoritySet> LookAsync(CancellationToken cancellationToken)
    {
        _set = await store.LoadAsync(cancellationToken);
        _isStale = false;
        return _set;
    }

    private async Task<AuthoritySet?> TryApplyAsync(AuthorityChange change, CancellationToken cancellationToken)
    {
        _isStale = true; // until the store has answered: a change may be durable although its answer got lost
        var next = await store.TryApplyAsync(change, cancellationToken);
        if (next is not null)
        {
            _isStale = false;
            Log.AuthorityStepTaken(logger, change.Audit.Action, change.Audit.Target);
        }

        return next;
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

    private static AuthorityChange Importation(AuthoritySet set, IReadOnlyList<AuthorityMaterial> imported, DateTimeOffset now) => new()
    {
        ExpectedRevision = set.Revision,
        Added = [.. imported.Select(authority => authority.Record)],
        KeysToSeal = imported.Where(authority => authority.Key is not null).ToDictionary(authority => authority.Record.Id, authority => authority.Key!), // not null: just asked
        ChangesBundle = true,
        Audit = Event(now, "root.imported", imported[0].Record.Id),
    };

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
        var tainted = AuthorityChains.Tainted(set, IsRevoked);
        if (_published == set.Revision && _current?.TaintedKeys.SequenceEqual(tainted) == true)
        {
            return;
        }

        var signer = set.Authorities.LastOrDefault(a => a is { Kind: AuthorityKind.Intermediate, State: AuthorityState.Active });
        if (signer is null)
        {
            return; // a root whose key lives elsewhere, before its first intermediate: what was published stays
        }

        if (!X509Bundle.TryCreate(settings.TrustDomain, [.. AuthorityChains.Roots(set)], out var bundle, out var error))
        {
            throw new InvalidOperationException($"the stored roots form no trust bundle: {error}");
        }

        // The previous signer is not disposed of: answers under way may still sign with it. The collector takes it and zeroes its key.
        var authority = _current?.Signer;
        if (authority is null || !authority.Certificate.Span.SequenceEqual(signer.Certificate.Span))
        {
            await BeforeSigning(cancellationToken);
            authority = await StoredAuthorities.OpenAsync(store, signer, cancellationToken);
        }

        var jwt = JwtKeys is null ? null : await JwtKeys.OpenAsync(set, _current?.Jwt ?? JwtKeyRing.None, cancellationToken);
        var now = clock.GetUtcNow();
        _current = AuthoritySnapshot.Of(
            authority,
            AuthorityChains.Above(set, signer.Issuer, now),
            AuthorityChains.Former(set, signer.Id),
            bundle,
            set.BundleSequence,
            AuthorityChains.AboveServing(set, signer.Issuer, now),
            tainted,
            jwt);
        _published = set.Revision;
    }
}
