using System.Diagnostics.CodeAnalysis;
using MeshCA.Auditing;
using MeshCA.Authorities;
using MeshCA.Cryptography;
using MeshCA.Federation;
using MeshCA.Issuance;
using MeshCA.Leadership;
using MeshCA.Registers;
using MeshCA.Revocations;
using MeshCA.Storage.Backups;
using MeshCA.Storage.Schema;
using MeshCA.Storage.Sealing;
using MeshCA.Telemetry;
using Microsoft.Extensions.Logging;

namespace MeshCA.Storage.Sharing;

/// <summary>Authorities, revocations and federated peers in a sealed secret, which all replicas read and the leader alone writes (ADR 0009).</summary>
/// <remarks>
/// A change counts once the secret has it: it is written in the place of the very version that the change was planned on. Whoever
/// takes over writes the secret first, so a leader of before, which may not know yet that it is none, can no longer write. The
/// replica's own store gets a copy with each change, for backups and for a start without the API server.
/// </remarks>
/// <param name="secret">The secret.</param>
/// <param name="local">The replica's own store.</param>
/// <param name="right">Whether this replica may sign.</param>
/// <param name="leadership">Whether it leads.</param>
/// <param name="replica">What it is called.</param>
/// <param name="kek">The key-encryption key, loaded once and with the store.</param>
/// <param name="formerKek">Loads the key that sealed the secret before the stores were sealed under another; null: there is none.</param>
/// <param name="clock">The time.</param>
/// <param name="logger">Gets what was taken over.</param>
internal sealed class SharedStore(
    SecretVersions secret,
    LocalStore local,
    SigningRight right,
    ILeadership leadership,
    string replica,
    Lazy<KeyEncryptionKey> kek,
    Func<KeyEncryptionKey?> formerKek,
    TimeProvider clock,
    ILogger<SharedStore> logger) : IAuthorityStore, IRevocationStore, IFederationStore, IDisposable
{
    /// <summary>Most bytes of federated peers' documents together. Others write those: they must leave room for bans and rotations.</summary>
    public const int MaxFederatedDocuments = SecretVersions.MaxLength / 2;

    private readonly SemaphoreSlim _turn = new(1, 1);
    private Held? _held;
    private bool _mirrored;
    private IReadOnlyList<AuditEvent> _unmirrored = [];

    /// <summary>Since when every certificate is in this replica's journal; null before it took the state over.</summary>
    public DateTimeOffset? CoveredSince => Volatile.Read(ref _held) is { Term: not null } held ? held.State.Claim?.CoveredSince : null;

    /// <summary>Takes the state over for a term: from then on nobody else can write what they planned before.</summary>
    /// <exception cref="JournalUnavailableException">It could not be written; try again.</exception>
    /// <exception cref="KeySealException">The secret cannot be opened, or is not of one history with this replica's store.</exception>
    public Task TakeOverAsync(long term, CancellationToken cancellationToken) => InTurnAsync(
        async () =>
        {
            await ClaimAsync(term, cancellationToken);
            return true;
        },
        cancellationToken);

    /// <inheritdoc />
    public Task<AuthoritySet> LoadAsync(CancellationToken cancellationToken) => InTurnAsync(
        async () => await LookAsync(cancellationToken) is { } state ? state.Authorities : await local.Authorities.LoadAsync(cancellationToken),
        cancellationToken);

    /// <inheritdoc />
    public Task<Pkcs8PrivateKey?> OpenKeyAsync(string id, CancellationToken cancellationToken) => InTurnAsync(
        async () => await LookAsync(cancellationToken) is { } state ? OpenKey(state, id) : await local.Authorities.OpenKeyAsync(id, cancellationToken),
        cancellationToken);

    /// <inheritdoc />
    public async Task<AuthoritySet?> TryApplyAsync(AuthorityChange change, CancellationToken cancellationToken)
    {
        // Before anything waits: a caller that gives up zeroes its keys.
        var sealedKeys = new AuthorityTable(kek.Value).SealKeys(change);
        return await InTurnAsync(() => ApplyAsync(change, sealedKeys, cancellationToken), cancellationToken);
    }

    /// <inheritdoc />
    public Task<StoredRevocations> LoadRevocationsAsync(CancellationToken cancellationToken) => InTurnAsync(
        async () => await LookAsync(cancellationToken) is { } state ? state.Revocations : await local.Revocations.LoadRevocationsAsync(cancellationToken),
        cancellationToken);

    /// <inheritdoc />
    public Task SaveRevocationsAsync(
        StoredRevocations previous, StoredRevocations next, IReadOnlyList<AuditEvent> audit, CancellationToken cancellationToken) => ReplaceAsync(
            "the revocations", previous, state => state.Revocations, state => state with { Revocations = next }, audit, cancellationToken);

    /// <inheritdoc />
    public Task<StoredFederation> LoadFederationAsync(CancellationToken cancellationToken) => InTurnAsync(
        async () => await LookAsync(cancellationToken) is { } state ? state.Federation : await local.Federation.LoadFederationAsync(cancellationToken),
        cancellationToken);

    /// <inheritdoc />
    public Task SaveFederationAsync(
        StoredFederation previous, StoredFederation next, IReadOnlyList<AuditEvent> audit, CancellationToken cancellationToken) => ReplaceAsync(
            "the federated peers",
            previous,
            state => state.Federation,

            // What shrinks always passes: so a way out is never barred.
            state => next.DocumentBytes is var bytes && bytes > MaxFederatedDocuments && bytes > previous.DocumentBytes
                ? throw new JournalUnavailableException(
                    $"the bundles of federated trust domains would have {bytes} bytes together, more than the {MaxFederatedDocuments} that they may take of the secret")
                : state with { Federation = next },
            audit,
            cancellationToken);

    /// <inheritdoc />
    public Task<LiveCertificates> FindLiveAsync(LiveQuery query, CancellationToken cancellationToken) =>
        local.Revocations.FindLiveAsync(query, cancellationToken);

    /// <inheritdoc />
    public void Dispose()
    {
        _turn.Dispose();
        if (kek.IsValueCreated)
        {
            kek.Value.Dispose();
        }
    }

    private Task<bool> ReplaceAsync(
        string what,
        IRevisioned previous,
        Func<SharedState, IRevisioned> part,
        Func<SharedState, SharedState> change,
        IReadOnlyList<AuditEvent> audit,
        CancellationToken cancellationToken) => InTurnAsync(
            async () =>
            {
                var held = await MineAsync(cancellationToken);
                if (part(held.State).Revision != previous.Revision)
                {
                    throw new JournalUnavailableException($"revision {previous.Revision} of {what} is not the last any more");
                }

                if (await TryWriteAsync(held, change(held.State), cancellationToken) is not { } written)
                {
                    throw new JournalUnavailableException("somebody else wrote the shared state meanwhile");
                }

                await CopyAsync(written, audit);
                return true;
            },
            cancellationToken);

    private async Task<AuthoritySet?> ApplyAsync(
        AuthorityChange change, IReadOnlyDictionary<string, byte[]> sealedKeys, CancellationToken cancellationToken)
    {
        var held = await MineAsync(cancellationToken);
        if (held.State.Authorities.Revision != change.ExpectedRevision)
        {
            return null;
        }

        // First the records: a certificate on record that never came into use harms nobody, the other way round it would.
        foreach (var record in change.Issued)
        {
            await local.Journal.AppendAsync(record, cancellationToken);
        }

        if (await TryWriteAsync(held, held.State.With(change, sealedKeys), cancellationToken) is not { } written)
        {
            return null;
        }

        await CopyAsync(written, [change.Audit]);
        return written.State.Authorities;
    }

    // What the leader holds is what the secret has: nobody else writes it. A standby reads it each time.
    private async Task<SharedState?> LookAsync(CancellationToken cancellationToken)
    {
        if (leadership.Term is { } term && _held is { } held && held.Term == term)
        {
            return held.State;
        }

        try
        {
            return await secret.ReadAsync(cancellationToken) is { } version ? Open(version).State : null;
        }
        catch (JournalUnavailableException e)
        {
            // A standby signs nothing with it, and it looks again when it takes over.
            Log.SharedStateUnread(logger, e.Message);
            return null;
        }
    }

    private async Task<Held> MineAsync(CancellationToken cancellationToken)
    {
        if (leadership.Term is not { } term)
        {
            throw new JournalUnavailableException(right.Refusal);
        }

        var held = await ClaimAsync(term, cancellationToken);
        if (!_mirrored)
        {
            await MirrorAsync(held, _unmirrored, cancellationToken);
        }

        return held;
    }

    private async Task<Held> ClaimAsync(long term, CancellationToken cancellationToken)
    {
        if (_held is { } mine && mine.Term == term)
        {
            return mine;
        }

        var found = await secret.ReadAsync(cancellationToken) is { } version ? Open(version) : null;
        var authorities = await local.Authorities.LoadAsync(cancellationToken);
        var state = found?.State ?? await SeedAsync(authorities, cancellationToken);
        var revocations = await local.Revocations.LoadRevocationsAsync(cancellationToken);
        var federation = await local.Federation.LoadFederationAsync(cancellationToken);
        if (StateMirror.Conflict(authorities, revocations.Revision, federation.Revision, state) is { } conflict)
        {
            throw new KeySealException(conflict);
        }

        var claim = Claim(state.Claim);
        if (await TryWriteAsync(new Held(state, found?.Version, term), state with { Claim = claim }, cancellationToken) is not { } claimed)
        {
            throw new JournalUnavailableException("somebody else wrote the shared state meanwhile");
        }

        await MirrorAsync(claimed, _unmirrored, cancellationToken);
        Log.SharedStateTakenOver(logger, claim.Number, state.Authorities.Revision, state.Claim?.Holder ?? "nobody");
        return claimed;
    }

    // A journal that the leader before wrote too is this replica's own, or on a volume that both have.
    private Claim Claim(Claim? before) => before switch
    {
        null => new Claim(replica, local.Name, 1, DateTimeOffset.UnixEpoch),
        _ => new Claim(replica, local.Name, before.Number + 1, before.Store == local.Name ? before.CoveredSince : clock.GetUtcNow()),
    };

    // From a store that was alone so far, or from an empty one.
    private async Task<SharedState> SeedAsync(AuthoritySet authorities, CancellationToken cancellationToken)
    {
        var keys = new Dictionary<string, byte[]>();
        foreach (var record in authorities.Authorities.Where(record => record.HasKey))
        {
            using var key = await local.Authorities.OpenKeyAsync(record.Id, cancellationToken);
            if (key is not null)
            {
                keys[record.Id] = kek.Value.Seal(key.Der, AuthorityTable.KeyContext(record.Id, record.Certificate.Span));
            }
        }

        // A secret of before is lost with its numbers, where the store is a restored one.
        var restored = local.GetRestored();
        return new SharedState
        {
            Authorities = RestoredNumbers.Raise(authorities, restored),
            SealedKeys = keys,
            Revocations = RestoredNumbers.Raise(await local.Revocations.LoadRevocationsAsync(cancellationToken), restored),
            Federation = await local.Federation.LoadFederationAsync(cancellationToken),
        };
    }

    private async Task<Held?> TryWriteAsync(Held held, SharedState next, CancellationToken cancellationToken)
    {
        var content = SharedStateDocument.Seal(next, kek.Value, Context);
        _held = null; // until the server has answered it is not known what the secret holds
        if (leadership.Term != held.Term)
        {
            throw new JournalUnavailableException(right.Refusal);
        }

        var version = await secret.TryWriteAsync(content, held.Version, cancellationToken);
        _mirrored = false;
        return _held = version is null ? null : new Held(next, version, held.Term);
    }

    // The secret has it, so it is done, whoever gave up waiting. What this replica's own disk refuses is made up for before the next change,
    // with the records of this one.
    private async Task CopyAsync(Held written, IReadOnlyList<AuditEvent> audit)
    {
        _unmirrored = audit;
        try
        {
            await MirrorAsync(written, audit, new CancellationToken(canceled: false));
        }
        catch (Exception e) when (e is JournalUnavailableException or KeySealException or ArgumentException)
        {
            Log.SharedStateNotMirrored(logger, e.Message);
        }
    }

    private async Task MirrorAsync(Held held, IReadOnlyList<AuditEvent> audit, CancellationToken cancellationToken)
    {
        var (present, restored, now) = (await local.Authorities.LoadAsync(cancellationToken), local.GetRestored(), clock.GetUtcNow());
        var plan = StateMirror.Plan(present, held.State.Authorities, record => OpenKey(held.State, record.Id), now);
        if (plan is not null)
        {
            try
            {
                // One change, one event of its own; more than that, one that says where it came from.
                var renumbered = RestoredNumbers.EventOf(present, held.State.Authorities, restored, now);
                var own = plan.ExpectedRevision + 1 == held.State.Authorities.Revision && audit is [var only] ? only : plan.Audit;
                await local.Authorities.TryApplyAsync(plan with { Audit = renumbered ?? own }, cancellationToken);
                if (renumbered is not null)
                {
                    Log.RestoredBundleRenumbered(logger, present.BundleSequence, held.State.Authorities.BundleSequence);
                }
            }
            finally
            {
                foreach (var key in plan.KeysToSeal.Values)
                {
                    key.Dispose();
                }
            }
        }

        var revocations = await local.Revocations.LoadRevocationsAsync(cancellationToken);
        var federation = await local.Federation.LoadFederationAsync(cancellationToken);
        var (revokes, federates) = (revocations.Revision < held.State.Revocations.Revision, federation.Revision < held.State.Federation.Revision);
        if (revokes)
        {
            var renumbered = RestoredNumbers.EventOf(revocations, held.State.Revocations, restored, now);
            var own = plan is null ? audit : [];
            var source = renumbered ?? StateMirror.ImportOf(revocations, held.State.Revocations, own, now);
            await local.Revocations.SaveRevocationsAsync(
                revocations, held.State.Revocations, source is null ? own : [.. own, source], cancellationToken);
            if (renumbered is not null)
            {
                Log.RestoredListsRenumbered(logger, revocations.LastListNumber, held.State.Revocations.LastListNumber);
            }
        }

        if (federates)
        {
            await local.Federation.SaveFederationAsync(
                federation, held.State.Federation, plan is null && !revokes ? audit : [], cancellationToken);
        }

        (_mirrored, _unmirrored) = (true, []);
    }

    [SuppressMessage("Reliability", "CA2000:Dispose objects before losing scope", Justification = "The caller disposes of the key.")]
    private Pkcs8PrivateKey? OpenKey(SharedState state, string id) =>
        state.SealedKeys.TryGetValue(id, out var sealedKey)
        && state.Authorities.Authorities.FirstOrDefault(record => record.Id == id) is { } record
            ? new Pkcs8PrivateKey(kek.Value.Open(sealedKey, AuthorityTable.KeyContext(id, record.Certificate.Span)))
            : null;

    private Held Open(SecretVersion version) => new(Open(version.Content), version.Version, null);

    private SharedState Open(byte[] content)
    {
        try
        {
            return SharedStateDocument.Open(content, kek.Value, Context);
        }
        catch (KeySealException)
        {
            using var former = formerKek();
            if (former is null)
            {
                throw;
            }

            // The next leader writes it under the present key.
            var state = SharedStateDocument.Open(content, former, Context);
            var certificates = state.Authorities.Authorities.ToDictionary(record => record.Id, record => record.Certificate);
            return state with
            {
                SealedKeys = state.SealedKeys.ToDictionary(
                    key => key.Key,
                    key => kek.Value.Reseal(key.Value, former, AuthorityTable.KeyContext(key.Key, certificates[key.Key].Span))),
            };
        }
    }

    private string Context => $"shared/state/{secret}";

    private async Task<T> InTurnAsync<T>(Func<Task<T>> act, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            return await act();
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>What the secret holds.</summary>
    /// <param name="State">The state.</param>
    /// <param name="Version">The secret's version; null: there is none.</param>
    /// <param name="Term">The term it was taken over for; null: it was only read.</param>
    private sealed record Held(SharedState State, string? Version, long? Term);
}

/// <summary>A replica's own store.</summary>
/// <param name="Authorities">Its copy of the authorities.</param>
/// <param name="Revocations">Its copy of the revocations, and the search of its journal.</param>
/// <param name="Federation">Its copy of the federated peers.</param>
/// <param name="Journal">Its journal.</param>
/// <param name="GetName">What tells it from any other store.</param>
internal sealed record LocalStore(
    IAuthorityStore Authorities, IRevocationStore Revocations, IFederationStore Federation, IIssuanceJournal Journal, Func<string> GetName)
{
    /// <summary>What tells it from any other store.</summary>
    public string Name => GetName();

    /// <summary>Tells that it was restored from a backup.</summary>
    public Func<RestoreMark?> GetRestored { get; init; } = () => null;
}
