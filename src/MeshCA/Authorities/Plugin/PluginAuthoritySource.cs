using System.Runtime.InteropServices;
using System.Security.Cryptography;
using MeshCA.Auditing;
using MeshCA.Authorities.JwtKeys;
using MeshCA.Cryptography;
using MeshCA.Issuance;
using MeshCA.Telemetry;
using Microsoft.Extensions.Logging;
using SpiffeIdentity;

namespace MeshCA.Authorities.Plugin;

/// <summary>Signs with a plug-in authority, reloads it when its files change, and keeps the bundle's sequence in the store.</summary>
/// <remarks>
/// A reload may add roots or drop roots, never both at once (istio-ca §4.3): clients that know only the old ones would be cut
/// off. The same holds between two starts, unless the operator accepts the change.
/// </remarks>
internal sealed class PluginAuthoritySource(
    IPluginFileSource files,
    IAuthorityStore store,
    TrustDomain trustDomain,
    bool acceptRootChange,
    TimeProvider clock,
    ILogger<PluginAuthoritySource> logger) : IAuthoritySource, IJwtKeyCommands, IDisposable
{
    private const int MaxAttempts = 3;
    private const int MaxFormer = 4;
    private readonly SemaphoreSlim _turn = new(1, 1);
    private volatile AuthoritySnapshot? _current;
    private (PluginAuthority Authority, IReadOnlyList<ReadOnlyMemory<byte>> Former)? _authority;
    private ulong? _published;
    private Fingerprint? _loaded;
    private Fingerprint? _refused;

    /// <summary>Whether this process may put new roots into the store; one that may not waits until another has.</summary>
    public Func<bool> MayStep { get; init; } = () => true;

    /// <summary>Makes and opens the keys of JWT-SVIDs, which are ours here too; null: there are none.</summary>
    public JwtKeyKeeper? JwtKeys { get; init; }

    /// <inheritdoc />
    public AuthoritySnapshot? Current => _current;

    /// <inheritdoc />
    /// <exception cref="PluginAuthorityException">At the first call: the files are not usable. Later the old ones stay.</exception>
    public async Task AdvanceAsync(CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            await ReloadAsync(cancellationToken);
            await StepJwtKeysAsync(cancellationToken);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <inheritdoc />
    public async Task<CommandOutcome> ExecuteAsync(AuthorityCommand command, CommandContext context, CancellationToken cancellationToken)
    {
        // From the store's yes on it holds, whatever becomes of the caller.
        var mustFinish = new CancellationToken(canceled: false);
        await _turn.WaitAsync(cancellationToken);
        try
        {
            for (var attempt = 0; attempt < MaxAttempts; attempt++)
            {
                var set = await store.LoadAsync(cancellationToken);
                if (!IsOfJwtKeys(set, command))
                {
                    return new CommandOutcome.Refused(
                        AuthorityRefusal.Unusable, "the signing authority is plugged in: its files are what is changed, and only JWT keys are made here");
                }

                switch (AuthorityMachine.Decide(set, command, context))
                {
                    case AuthorityVerdict.Refused(var reason, var detail):
                        return new CommandOutcome.Refused(reason, detail);
                    case AuthorityVerdict.Permitted(var change) when await store.TryApplyAsync(change, mustFinish) is { } next:
                        await FollowUpAsync(mustFinish);
                        return new CommandOutcome.Done(next);
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
    public void Dispose() => _turn.Dispose();

    // The order itself is durable: what fails after it is due again at the worker's next tick, and is no fault of the order.
    private async Task FollowUpAsync(CancellationToken cancellationToken)
    {
        try
        {
            await StepJwtKeysAsync(cancellationToken);
        }
        catch (Exception e) when (e is JournalUnavailableException or KeySealException)
        {
            Log.AuthorityStepFailed(logger, e);
        }
    }

    // At every look, since keys come and go with time and by orders: the store is asked and not the memory, another replica may lead.
    private async Task StepJwtKeysAsync(CancellationToken cancellationToken)
    {
        if (JwtKeys is null || _authority is not { } authority)
        {
            return;
        }

        var set = await store.LoadAsync(cancellationToken);
        while (MayStep() && await TryStepAsync(set, cancellationToken) is { } next)
        {
            set = next;
        }

        if (_published != set.Revision)
        {
            Publish(authority.Authority, authority.Former, set, await JwtKeys.OpenAsync(set, _current?.Jwt ?? JwtKeyRing.None, cancellationToken));
        }
    }

    private static bool IsOfJwtKeys(AuthoritySet set, AuthorityCommand command) => command switch
    {
        AuthorityCommand.Taint(var id) => JwtKeyMachine.Find(set, id) is not null,
        AuthorityCommand.Revoke(var id) => JwtKeyMachine.Find(set, id) is not null,
        AuthorityCommand.ActivateJwtKey => true,
        _ => false,
    };

    private async Task<AuthoritySet?> TryStepAsync(AuthoritySet set, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        using var order = JwtKeys!.Next(set, now); // the caller asked
        if (order?.Command is not { } command
            || AuthorityMachine.Decide(set, command, new(now, "system")) is not AuthorityVerdict.Permitted(var change))
        {
            return null;
        }

        var next = await store.TryApplyAsync(change, cancellationToken);
        if (next is not null)
        {
            Log.AuthorityStepTaken(logger, change.Audit.Action, change.Audit.Target);
        }

        return next ?? await store.LoadAsync(cancellationToken);
    }

    private void Publish(PluginAuthority authority, IReadOnlyList<ReadOnlyMemory<byte>> former, AuthoritySet set, JwtKeyRing jwt)
    {
        _current = AuthoritySnapshot.Of(
            authority.Signer,
            authority.Above,
            former,
            authority.Bundle,
            set.BundleSequence,
            tainted: [.. set.Authorities.Where(a => a is { Kind: AuthorityKind.JwtKey, TaintedAt: not null, State: AuthorityState.Active or AuthorityState.Old }).Select(a => a.Id)],
            jwt: jwt);
        _authority = (authority, former);
        _published = set.Revision;
    }

    private async Task ReloadAsync(CancellationToken cancellationToken)
    {
        switch (await files.ReadAsync(cancellationToken))
        {
            case PluginFilesOutcome.Incomplete(var missing):
                Refuse(missing, null);
                break;
            case PluginFilesOutcome.Found(var found):
                await LoadAsync(found, cancellationToken);
                break;
            default:
                throw new System.Diagnostics.UnreachableException();
        }
    }

    private async Task LoadAsync(PluginFiles found, CancellationToken cancellationToken)
    {
        var content = ContentOf(found);
        if (content.Equals(_loaded))
        {
            return;
        }

        if (!PluginAuthority.TryCreate(found, trustDomain, clock.GetUtcNow(), out var authority, out var fault))
        {
            Refuse(fault, content);
            return;
        }

        var set = await store.LoadAsync(cancellationToken);
        if (RootChangeFault(set, authority) is { } changeFault)
        {
            Refuse(changeFault, content);
            return;
        }

        if (await StoreRootsAsync(set, authority, cancellationToken) is not { } stored)
        {
            return;
        }

        // Leaves of the signer before are still about.
        IReadOnlyList<ReadOnlyMemory<byte>> former = [.. _current?.Issuers.Take(MaxFormer) ?? []];
        Publish(authority, former, stored, JwtKeys is null ? JwtKeyRing.None : await JwtKeys.OpenAsync(stored, _current?.Jwt ?? JwtKeyRing.None, cancellationToken));
        _loaded = content;
        Log.PluginAuthorityLoaded(logger, authority.Signer.Id, authority.Bundle.Authorities.Count, stored.BundleSequence);
    }

    // Hash by hash: joined in one text, each look at the files would leave two more copies of the key in memory.
    private static Fingerprint ContentOf(PluginFiles files) =>
        Fingerprint.Of([.. HashOf(files.Certificate), .. HashOf(files.Key), .. HashOf(files.Chain), .. HashOf(files.Roots)]);

    private static byte[] HashOf(string text) => SHA256.HashData(MemoryMarshal.AsBytes(text.AsSpan()));

    private void Refuse(string fault, Fingerprint? content)
    {
        if (_current is null)
        {
            throw new PluginAuthorityException(fault);
        }

        // Judged again at every tick, since a fault may pass with time; told once.
        if (content is null || !content.Equals(_refused))
        {
            Log.PluginAuthorityRefused(logger, fault);
        }

        _refused = content;
    }

    private string? RootChangeFault(AuthoritySet set, PluginAuthority authority)
    {
        var published = Published(set).ToList();
        var dropped = published.Where(old => !authority.Bundle.Contains(old.Certificate.Span)).ToList();
        var kept = published.Count - dropped.Count;
        var adds = authority.Bundle.Authorities.Count > kept;
        if (acceptRootChange || published.Count == 0)
        {
            return null;
        }

        if (dropped.Count > 0 && adds)
        {
            return $"the trust bundle both adds roots and drops {string.Join(", ", dropped.Select(d => d.Id))}: first publish old and new "
                + "together, later drop the old ones, or set Authorities:AcceptRootChange to cut over at once";
        }

        return published.Exists(old => old.Certificate.Span.SequenceEqual(authority.Anchor.Span))
            ? null
            : "the signing certificate leads to a root that was not in the published bundle before: clients do not have it yet; "
                + "first publish the root with the old signing certificate, or set Authorities:AcceptRootChange to cut over at once";
    }

    private async Task<AuthoritySet?> StoreRootsAsync(
        AuthoritySet set, PluginAuthority authority, CancellationToken cancellationToken)
    {
        var published = Published(set).ToList();
        var now = clock.GetUtcNow();
        var added = authority.Bundle.Authorities
            .Where(root => !published.Exists(p => p.Certificate.Span.SequenceEqual(root.Span)))
            .Select(root => RecordOf(root, now))
            .ToList();
        var dropped = published.Where(p => !authority.Bundle.Contains(p.Certificate.Span)).ToList();
        if (added.Count == 0 && dropped.Count == 0)
        {
            return set;
        }

        if (!MayStep())
        {
            return null;
        }

        // A root that was dropped once and comes back is known already.
        var known = set.Authorities.Select(a => a.Id).ToHashSet();
        var next = await store.TryApplyAsync(
            new AuthorityChange
            {
                ExpectedRevision = set.Revision,
                Added = [.. added.Where(r => !known.Contains(r.Id))],
                Moved = dropped.Select(d => (d.Id, State: AuthorityState.Retired))
                    .Concat(added.Where(r => known.Contains(r.Id)).Select(r => (r.Id, State: AuthorityState.Active)))
                    .ToDictionary(move => move.Id, move => move.State),
                ChangesBundle = true,
                Audit = new AuditEvent
                {
                    Time = now,
                    Action = "plugin.loaded",
                    Actor = "system",
                    Target = authority.Signer.Id,
                    Outcome = "ok",
                    Detail = $"{added.Count} roots added, {dropped.Count} dropped",
                },
            },
            cancellationToken);
        return next ?? throw new PluginAuthorityException("the store's authorities changed meanwhile");
    }

    // By fingerprint and not by key identifier: a root renewed with its key has the same identifier.
    private static AuthorityRecord RecordOf(ReadOnlyMemory<byte> root, DateTimeOffset now) => new()
    {
        Id = Fingerprint.Of(root.Span).ToString(),
        Kind = AuthorityKind.Root,
        State = AuthorityState.Active,
        Issuer = Fingerprint.Of(root.Span).ToString(),
        Certificate = root,
        CreatedAt = now,
    };

    private static IEnumerable<AuthorityRecord> Published(AuthoritySet set) =>
        set.Authorities.Where(a => a.Kind == AuthorityKind.Root && a.State != AuthorityState.Retired);
}

/// <summary>The plug-in authority cannot be used and there is none in force.</summary>
internal sealed class PluginAuthorityException(string fault) : Exception(fault);
