using System.Collections.Frozen;
using System.Security.Cryptography;
using MeshCA.Authorities;
using MeshCA.Cryptography;
using MeshCA.Issuance;
using MeshCA.Telemetry;
using Microsoft.Extensions.Logging;

namespace MeshCA.Revocations.Lists;

/// <summary>Makes the lists that are due and publishes them; one round at a time.</summary>
/// <remarks>
/// An authority's key is unsealed for the one signature of its list and zeroed; of all keys only the present signer's stays in
/// memory. A list is durable before anybody sees it, so that no number is ever given to two.
/// </remarks>
internal sealed class ListPublisher(
    RevocationRegister register,
    IAuthoritySnapshots authorities,
    IAuthorityStore store,
    IListFiles files,
    ListSettings settings,
    TimeProvider clock,
    ILogger<ListPublisher> logger) : IDisposable
{
    private readonly SemaphoreSlim _turn = new(1, 1);
    private volatile ListCatalog _catalog = ListCatalog.Empty;
    private FrozenSet<ListFault> _told = [];

    /// <summary>Whether this process signs lists; one that may not hands out those that another signed.</summary>
    public Func<bool> MaySign { get; init; } = () => true;

    /// <summary>The earliest that it can be. What has ended by then is forgotten; by a clock that jumped ahead what is revoked would be trusted once it is set right.</summary>
    public Func<DateTimeOffset> Earliest { get; init; } = clock.GetUtcNow;

    /// <summary>Whether the clock has been behind what was written down since the start.</summary>
    public Func<bool> IsBehind { get; init; } = () => false;

    /// <summary>The lists to hand out.</summary>
    public ListCatalog Catalog => _catalog;

    /// <summary>Does what is due.</summary>
    /// <returns>What there is then, faults included.</returns>
    /// <exception cref="JournalUnavailableException">The store failed; what was published before stays.</exception>
    /// <exception cref="KeySealException">The stored authorities cannot be opened.</exception>
    public async Task<ListCatalog> PublishAsync(CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            var issuers = ListIssuer.Of(authorities.Current, await store.LoadAsync(cancellationToken));
            var supplied = files.Read();
            while (true)
            {
                var faults = new List<ListFault>();
                var others = new List<PublishedList>();
                var signed = await SignDueAsync(issuers, supplied, others, faults, cancellationToken);
                if (await StoreAsync(issuers, signed, others, cancellationToken))
                {
                    Tell(faults);
                    _catalog = ListCatalog.Of(issuers, [.. others, .. register.Current.Lists], faults);
                    return _catalog;
                }
            }
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <inheritdoc />
    public void Dispose() => _turn.Dispose();

    private async Task<List<SignedList>> SignDueAsync(
        IReadOnlyList<ListIssuer> issuers,
        IReadOnlyList<ListFile> supplied,
        List<PublishedList> others,
        List<ListFault> faults,
        CancellationToken cancellationToken)
    {
        var (now, current, signed) = (clock.GetUtcNow(), register.Current, new List<SignedList>());
        foreach (var issuer in issuers)
        {
            var entries = EntriesOf(current, issuer);
            var present = current.Lists.FirstOrDefault(list => list.Authority == issuer.Id);
            if (!ListSettings.IsDue(present, entries, now) || !MaySign())
            {
                continue;
            }

            if (present is not null && now + settings.LifetimeOf(issuer) <= present.ThisUpdate && IsBehind())
            {
                faults.Add(new(issuer.Id, "the clock is behind: a new list would have ended already where the time is right; set it"));
                continue;
            }

            var number = current.LastListNumber + signed.Count + 1;
            var (list, fault) = await TrySignAsync(issuer, PlanOf(issuer, entries, number, now), cancellationToken);
            if (list is not null)
            {
                signed.Add(list);
            }
            else if (fault.Length == 0 && SuppliedList.Find(issuer, supplied, now, out fault) is { } found)
            {
                others.Add(found);
                fault = MissingOn(found, entries) ?? fault;
            }

            if (fault.Length > 0)
            {
                faults.Add(new(issuer.Id, fault));
            }
        }

        return signed;
    }

    private List<Revocation> EntriesOf(RevocationSnapshot current, ListIssuer issuer)
    {
        var over = Earliest() - settings.KeepAfterEnd;
        return [.. current.Entries.Where(entry => entry.Issuer == issuer.Id && !(entry.NotAfter < over))];
    }

    private Func<SigningAuthority, ListPlan> PlanOf(ListIssuer issuer, IReadOnlyList<Revocation> entries, long number, DateTimeOffset now) =>
        authority => new ListPlan
        {
            Issuer = authority.Name,
            Number = number,
            ThisUpdate = ValidityPlanner.WholeSecond(now - settings.Backdate),
            NextUpdate = ValidityPlanner.WholeSecond(now + settings.LifetimeOf(issuer)),
            Entries = entries,
        };

    // Null without a fault: the key is not here.
    private async Task<(SignedList? List, string Fault)> TrySignAsync(
        ListIssuer issuer, Func<SigningAuthority, ListPlan> plan, CancellationToken cancellationToken)
    {
        if (!issuer.MaySignLists)
        {
            return (null, "its certificate does not let it sign lists: cRLSign is not set (RFC 5280 §4.2.1.3)");
        }

        if (authorities.Current?.Signer is { } signer && signer.Id == issuer.Id)
        {
            return Sign(signer, plan(signer));
        }

        using var privateKey = await store.OpenKeyAsync(issuer.Id, cancellationToken);
        if (privateKey is null)
        {
            return (null, "");
        }

        if (!SigningKey.TryImportPkcs8(privateKey.Der, out var key))
        {
            return (null, "its stored key cannot be read");
        }

        if (!SigningAuthority.TryCreate(issuer.Certificate.Span, key, out var authority, out var fault))
        {
            key.Dispose();
            return (null, $"its stored key cannot sign: {fault}");
        }

        using (authority)
        {
            return Sign(authority, plan(authority));
        }
    }

    private static (SignedList? List, string Fault) Sign(SigningAuthority authority, ListPlan plan)
    {
        if (!LintedList.TryLint(ListBuilder.Build(plan), plan, out var linted))
        {
            return (null, "the list to be does not say what was planned");
        }

        try
        {
            var der = authority.Sign(linted);
            return authority.Verifies(der)
                ? (new(new(authority.Id, plan.Number, der), plan.NextUpdate, plan.Entries.Select(entry => entry.Serial).ToFrozenSet()), "")
                : (null, "the signature of the list does not verify");
        }
        catch (CryptographicException e)
        {
            return (null, $"the list cannot be signed: {e.Message}");
        }
    }

    private async Task<bool> StoreAsync(
        IReadOnlyList<ListIssuer> issuers, List<SignedList> signed, List<PublishedList> others, CancellationToken cancellationToken)
    {
        var current = register.Current;
        var publication = new Publication(signed, others)
        {
            Gone = current.Lists.Select(list => list.Authority).Except(issuers.Select(issuer => issuer.Id)).ToHashSet(),
        };
        if (!MaySign() || !publication.Changes(current.Entries))
        {
            return true;
        }

        var outcome = await register.ChangeAsync(
            stored => RevocationPlanner.Publish(stored, publication, settings.KeepAfterEnd, clock.GetUtcNow(), Earliest()), cancellationToken);
        if (outcome is not RevocationPlan.Planned)
        {
            return false;
        }

        signed.ForEach(list => Log.ListPublished(logger, list.Stored.Authority, list.Stored.Number, list.Serials.Count, list.NextUpdate));
        return true;
    }

    private static string? MissingOn(PublishedList list, List<Revocation> entries) =>
        entries.Find(entry => !list.Serials.Contains(entry.Serial)) is { } missing
            ? $"the list that the operator supplies does not name {missing.Describe()}: sign a new one where the key is"
            : null;

    // Told once, however often it is tried.
    private void Tell(List<ListFault> faults)
    {
        foreach (var fault in faults.Where(fault => !_told.Contains(fault)))
        {
            Log.ListMissing(logger, fault.Authority, fault.Detail);
        }

        _told = faults.ToFrozenSet();
    }
}
