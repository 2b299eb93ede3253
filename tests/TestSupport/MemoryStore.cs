using MeshCA.Auditing;
using MeshCA.Authorities;
using MeshCA.Cryptography;
using MeshCA.Issuance;

namespace TestSupport;

/// <summary>Journal, authorities and audit in memory; fails when told to.</summary>
internal sealed class MemoryStore : IIssuanceJournal, IAuthorityStore, IAuditLog
{
    private readonly Lock _lock = new();
    private readonly List<AuthorityRecord> _authorities = [];

    public List<IssuanceRecord> Journal { get; } = [];

    public List<AuditEvent> Audit { get; } = [];

    /// <summary>The private keys, as if sealed, by authority id.</summary>
    public Dictionary<string, byte[]> Keys { get; } = [];

    /// <summary>The keys that changes came with.</summary>
    public List<Pkcs8PrivateKey> TakenKeys { get; } = [];

    /// <summary>Which keys were asked for, and the very buffers that were handed out.</summary>
    public List<(string Id, byte[] Buffer)> OpenedKeys { get; } = [];

    /// <summary>Called when a key was handed out.</summary>
    public Action? KeyOpened { get; set; }

    public bool Fails { get; set; }

    public ulong Revision { get; private set; }

    public ulong BundleSequence { get; private set; }

    public RotationRecord? Rotation { get; private set; }

    public Task AppendAsync(IssuanceRecord record, CancellationToken cancellationToken)
    {
        ThrowIfFailing();
        lock (_lock)
        {
            Journal.Add(record);
        }

        return Task.CompletedTask;
    }

    public Task<LastToken?> FindLastTokenAsync(
        SerialNumber serial, DateTimeOffset notBefore, CancellationToken cancellationToken)
    {
        ThrowIfFailing();
        lock (_lock)
        {
            var found = Journal.Find(record => record.Serial == serial && record.Evidence is not null);
            return Task.FromResult(found?.Evidence is { } evidence
                ? new LastToken(evidence.TokenTime, evidence.Cluster, evidence.PodName, evidence.PodUid, evidence.NodeName, found.Certificate)
                : null);
        }
    }

    public Task<AuthoritySet> LoadAsync(CancellationToken cancellationToken)
    {
        ThrowIfFailing();
        lock (_lock)
        {
            return Task.FromResult(Present());
        }
    }

    public Task<Pkcs8PrivateKey?> OpenKeyAsync(string id, CancellationToken cancellationToken)
    {
        ThrowIfFailing();
        lock (_lock)
        {
            if (!Keys.TryGetValue(id, out var key))
            {
                return Task.FromResult<Pkcs8PrivateKey?>(null);
            }

            var buffer = key.ToArray();
            OpenedKeys.Add((id, buffer));
            KeyOpened?.Invoke();
            return Task.FromResult<Pkcs8PrivateKey?>(new(buffer));
        }
    }

    public Task<AuthoritySet?> TryApplyAsync(AuthorityChange change, CancellationToken cancellationToken)
    {
        ThrowIfFailing();
        lock (_lock)
        {
            if (change.ExpectedRevision != Revision)
            {
                return Task.FromResult<AuthoritySet?>(null);
            }

            Revision++;
            BundleSequence = change.ChangesBundle ? Revision : BundleSequence;
            for (var i = 0; i < _authorities.Count; i++)
            {
                _authorities[i] = Changed(_authorities[i], change);
            }

            _authorities.AddRange(change.Added.Select(a => a with { StateSince = a.StateSince ?? a.CreatedAt }));
            Rotation = change.Rotation ?? Rotation;
            foreach (var (id, key) in change.KeysToSeal)
            {
                Keys[id] = key.Der.ToArray();
                TakenKeys.Add(key);
            }

            Journal.AddRange(change.Issued);
            Audit.Add(change.Audit);
            return Task.FromResult<AuthoritySet?>(Present());
        }
    }

    public Task AppendAsync(AuditEvent auditEvent, CancellationToken cancellationToken)
    {
        ThrowIfFailing();
        Post(auditEvent);
        return Task.CompletedTask;
    }

    public void Post(AuditEvent auditEvent)
    {
        lock (_lock)
        {
            Audit.Add(auditEvent);
        }
    }

    private static AuthorityRecord Changed(AuthorityRecord record, AuthorityChange change)
    {
        var moved = change.Moved.TryGetValue(record.Id, out var state)
            ? record with { State = state, StateSince = change.Audit.Time }
            : record;
        var renewed = change.Renewed.TryGetValue(record.Id, out var certificate) ? moved with { Certificate = certificate } : moved;
        return change.Tainted.Contains(record.Id) ? renewed with { TaintedAt = renewed.TaintedAt ?? change.Audit.Time } : renewed;
    }

    private AuthoritySet Present() =>
        new(Revision, BundleSequence, [.. _authorities.Select(a => a with { HasKey = Keys.ContainsKey(a.Id) })]) { Rotation = Rotation };

    private void ThrowIfFailing()
    {
        if (Fails)
        {
            throw new JournalUnavailableException("the test says so");
        }
    }
}
