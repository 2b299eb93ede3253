using System.Security.Cryptography.X509Certificates;
using MeshCA.Authorities;
using MeshCA.Cryptography;
using MeshCA.Issuance;
using MeshCA.Revocations.Lists;
using MeshCA.Telemetry;
using Microsoft.Extensions.Logging;

namespace MeshCA.Revocations;

/// <summary>What administrators order, in the order that makes the answer true: in force, then counted, then published.</summary>
/// <remarks>
/// The snapshot is in force before the journal is searched. An issuance that did not see it was recorded before, so the search
/// finds its certificate; one that comes later is refused. So nothing is issued after the answer that the answer does not count.
/// </remarks>
/// <param name="register">Holds the revocations.</param>
/// <param name="publisher">Publishes lists.</param>
/// <param name="store">Knows which certificates live.</param>
/// <param name="authorityStore">Knows the authorities.</param>
/// <param name="authorities">Says which of them signs, and lets another one sign.</param>
/// <param name="longestLife">Longest lifetime of a leaf.</param>
/// <param name="clock">Stamps and measures.</param>
/// <param name="logger">Gets every change.</param>
internal sealed class RevocationCommands(
    RevocationRegister register,
    ListPublisher publisher,
    IRevocationStore store,
    IAuthorityStore authorityStore,
    IAuthoritySource authorities,
    TimeSpan longestLife,
    TimeProvider clock,
    ILogger<RevocationCommands> logger)
{
    /// <summary>Most certificates that one revocation of a key puts on lists.</summary>
    public const int MaxCertificates = 10_000;

    /// <summary>The earliest that it can be: by a clock that jumped ahead bans would be forgotten that hold, and certificates not be found that live.</summary>
    public Func<DateTimeOffset> Earliest { get; init; } = clock.GetUtcNow;

    /// <summary>Bans an identity, or all below one.</summary>
    public Task<RevocationAnswer> BanAsync(RevocationOrder order, CancellationToken cancellationToken) =>
        order.ExpiresAt is { } end && end <= clock.GetUtcNow()
            ? Task.FromResult<RevocationAnswer>(new RevocationAnswer.Refused(
                RevocationRefusal.EndsBeforeItBegins, $"the ban would end at {end:u}, which is past"))
            : AddAsync(order, new() { Ban = AsRevocation(order), Now = default, IssuedSince = default }, cancellationToken);

    /// <summary>Revokes one certificate.</summary>
    /// <param name="serial">Its serial number.</param>
    /// <param name="order">The order; its issuer counts where the journal does not know the certificate.</param>
    /// <param name="cancellationToken">Gives it up before it begins.</param>
    public async Task<RevocationAnswer> RevokeCertificateAsync(SerialNumber serial, RevocationOrder order, CancellationToken cancellationToken)
    {
        var issuers = await IssuersAsync(cancellationToken);
        if (issuers.FirstOrDefault(issuer => CertificateFacts.TryRead(issuer.Certificate, out var facts) && facts.Serial == serial) is { } authority)
        {
            return new RevocationAnswer.Refused(
                authority.IsRoot ? RevocationRefusal.AuthorityIsRoot : RevocationRefusal.CertificateIsAuthority,
                $"the certificate is that of authority {authority.Id}: revoke the authority");
        }

        // An authority is old by now, a serial is looked up in its index.
        var query = new LiveQuery { Serial = serial, Now = Earliest(), IssuedSince = DateTimeOffset.UnixEpoch, Limit = 1 };
        var found = await store.FindLiveAsync(query, cancellationToken);
        if (found.First is [var certificate])
        {
            order = order with { Issuer = certificate.Authority, NotAfter = certificate.NotAfter };
        }
        else if (order.Issuer.Length == 0)
        {
            return new RevocationAnswer.Refused(
                RevocationRefusal.CertificateUnknown,
                $"the journal has no live certificate of serial {serial}; of one that it never had, say by whom it was signed");
        }

        return await AddAsync(order with { Serial = serial }, query, cancellationToken);
    }

    /// <summary>Revokes a key, and puts every live certificate that has it on the lists.</summary>
    /// <param name="key">SHA-256 of its SubjectPublicKeyInfo.</param>
    /// <param name="order">The order.</param>
    /// <param name="cancellationToken">Gives it up before it begins.</param>
    public Task<RevocationAnswer> RevokeKeyAsync(Fingerprint key, RevocationOrder order, CancellationToken cancellationToken) =>
        AddAsync(order, new() { Key = key, Now = default, IssuedSince = default, Limit = MaxCertificates }, cancellationToken);

    /// <summary>Revokes an authority below the roots, and with it every certificate that it signed.</summary>
    /// <param name="id">Its id.</param>
    /// <param name="isForced">Whether also where it signs now.</param>
    /// <param name="order">The order.</param>
    /// <param name="cancellationToken">Gives it up before it begins.</param>
    public async Task<RevocationAnswer> RevokeAuthorityAsync(
        string id, bool isForced, RevocationOrder order, CancellationToken cancellationToken)
    {
        var issuers = await IssuersAsync(cancellationToken);
        if (issuers.FirstOrDefault(issuer => issuer.Id == id) is not { } authority
            || !CertificateFacts.TryRead(authority.Certificate, out var facts))
        {
            return new RevocationAnswer.Refused(RevocationRefusal.AuthorityUnknown, $"there is no authority `{id}`");
        }

        if (authority.IsRoot)
        {
            return new RevocationAnswer.Refused(
                RevocationRefusal.AuthorityIsRoot, $"`{id}` is a root: no list can name it, it must leave the trust bundle");
        }

        if (!isForced && authorities.Current?.Signer.Id == id)
        {
            return new RevocationAnswer.Refused(
                RevocationRefusal.AuthoritySigns, $"`{id}` signs now: what it signed is refused from then on where revocations are known, and must be renewed");
        }

        using var certificate = X509CertificateLoader.LoadCertificate(authority.Certificate.Span);
        return await AddAsync(
            order with { Issuer = facts.Authority, Serial = facts.Serial, NotAfter = new DateTimeOffset(certificate.NotAfter.ToUniversalTime()) },
            new() { Authority = id, Now = default, IssuedSince = default },
            cancellationToken);
    }

    /// <summary>Takes a ban, or a revocation that no list names yet, back.</summary>
    public async Task<RevocationAnswer> RemoveAsync(
        long number, bool isBan, string actor, string reason, CancellationToken cancellationToken)
    {
        var started = clock.GetTimestamp();
        var plan = await register.ChangeAsync(
            stored => RevocationPlanner.Remove(stored, number, isBan, actor, reason, clock.GetUtcNow()), cancellationToken);
        if (plan is RevocationPlan.Refused(var refusal, var detail))
        {
            return new RevocationAnswer.Refused(refusal, detail);
        }

        var removed = ((RevocationPlan.Planned)plan).Subjects.First(entry => entry.Number == number);
        Log.RevocationRemoved(logger, actor, removed.Describe());
        return new RevocationAnswer.Done(removed, new RevocationEffect { InForce = clock.GetElapsedTime(started), Revision = register.Current.Revision });
    }

    private async Task<RevocationAnswer> AddAsync(RevocationOrder order, LiveQuery query, CancellationToken cancellationToken)
    {
        var started = clock.GetTimestamp();
        var plan = await register.ChangeAsync(stored => RevocationPlanner.Add(stored, [order], clock.GetUtcNow(), Earliest()), cancellationToken);
        if (plan is RevocationPlan.Refused(var refusal, var detail))
        {
            return new RevocationAnswer.Refused(refusal, detail);
        }

        var inForce = clock.GetElapsedTime(started);
        var added = ((RevocationPlan.Planned)plan).Subjects[0];

        // From here on it holds, whatever becomes of the caller: what follows is done to its end.
        var mustFinish = new CancellationToken(canceled: false);
        var effect = await FollowAsync(added, query, started, mustFinish) with { InForce = inForce, Revision = register.Current.Revision };
        Log.RevocationAdded(logger, order.Actor, added.Describe(), effect.Live, effect.LastEnd);
        return new RevocationAnswer.Done(added, effect);
    }

    private async Task<RevocationEffect> FollowAsync(Revocation added, LiveQuery query, long started, CancellationToken cancellationToken)
    {
        var faults = new List<string>();
        var effect = new RevocationEffect { Faults = faults };
        try
        {
            var earliest = Earliest();
            var issuedSince = query.Serial is null ? earliest - longestLife : query.IssuedSince;
            var live = await store.FindLiveAsync(query with { Now = earliest, IssuedSince = issuedSince }, cancellationToken);
            effect = effect with { Live = live.Count, LastEnd = live.LastEnd };
            if (added.IsBan)
            {
                return effect;
            }

            if (added.Kind == RevocationKind.Authority)
            {
                // Another one signs from now on, where its root's key is here.
                await authorities.AdvanceAsync(cancellationToken);
            }

            await NameCertificatesAsync(added, live, cancellationToken);
            var catalog = await publisher.PublishAsync(cancellationToken);
            var named = register.Current.Entries
                .Where(entry => (entry.Number == added.Number || entry.Cause == added.Number) && entry.Issuer.Length > 0)
                .ToList();
            faults.AddRange(catalog.Faults
                .Where(fault => named.Exists(entry => entry.Issuer == fault.Authority))
                .Select(fault => $"authority {fault.Authority}: {fault.Detail}"));
            return effect with
            {
                Named = named.Count(entry => entry.PublishedIn > 0),
                Published = named.Count > 0 && named.TrueForAll(entry => entry.PublishedIn > 0) ? clock.GetElapsedTime(started) : null,
            };
        }
        catch (Exception e) when (e is JournalUnavailableException or KeySealException)
        {
            // It is in force; the lists are made at the next round.
            faults.Add(e.Message);
            return effect;
        }
    }

    private async Task NameCertificatesAsync(Revocation added, LiveCertificates live, CancellationToken cancellationToken)
    {
        if (added.Kind != RevocationKind.Key || live.First.Count == 0)
        {
            return;
        }

        var orders = live.First.Select(certificate =>
            new RevocationOrder(RevocationKind.Certificate, certificate.Serial.ToString(), added.Reason, added.Actor)
            {
                Code = added.Code,
                Issuer = certificate.Authority,
                Serial = certificate.Serial,
                NotAfter = certificate.NotAfter,
                Cause = added.Number,
            }).ToList();
        await register.ChangeAsync(stored => RevocationPlanner.Add(stored, orders, clock.GetUtcNow(), Earliest()), cancellationToken);
    }

    private async Task<IReadOnlyList<ListIssuer>> IssuersAsync(CancellationToken cancellationToken) =>
        ListIssuer.Of(authorities.Current, await authorityStore.LoadAsync(cancellationToken));

    private static Revocation AsRevocation(RevocationOrder order) =>
        new() { Number = 0, Kind = order.Kind, Subject = order.Subject, Actor = order.Actor, Time = default };
}
