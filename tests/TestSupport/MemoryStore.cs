using MeshCA.Auditing;
using MeshCA.Authorities;
using MeshCA.Consumers;
using MeshCA.Cryptography;
using MeshCA.Federation;
using MeshCA.Issuance;
using MeshCA.Revocations;

namespace TestSupport;

/// <summary>Journal, authorities and audit in memory; fails when told to.</summary>
internal sealed class MemoryStore : IIssuanceJournal, IAuthorityStore, IAuditLog, IIssuedLeaves, IConsumerStore, IRevocationStore, IFederationStore
{
    private readonly Lock _lock = new();
    private readonly List<AuthorityRecord> _authorities = [];
    private readonly Dictionary<ConsumerId, Consumer> _consumers = [];

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

    /// <summary>Called when a record was appended, before the caller hears of it.</summary>
    public Action? RecordAppended { get; set; }

    /// <summary>Called when a change of the authorities is durable, before the caller hears of it.</summary>
    public Action? ChangeApplied { get; set; }

    public bool Fails { get; set; }

    public StoredRevocations Revocations { get; private set; } = StoredRevocations.None;

    public StoredFederation Federation { get; private set; } = StoredFederation.None;

    /// <summary>How many leaves were read for the inventory.</summary>
    public int LeavesRead { get; private set; }

    /// <summary>The first sequence number read for it.</summary>
    public long FirstSequenceRead { get; private set; }

    /// <summary>Called with each reading of leaves.</summary>
    public Action? LeavesReading { get; set; }

    /// <summary>How many times consumers were written.</summary>
    public int ConsumerWrites { get; private set; }

    public ulong Revision { get; private set; }

    public ulong BundleSequence { get; private set; }

    public RotationRecord? Rotation { get; private set; }

    /// <summary>The authorities as they are, failing or not.</summary>
    public AuthoritySet Present
    {
        get
        {
            lock (_lock)
            {
                return Set();
            }
        }
    }

    public Task AppendAsync(IssuanceRecord record, CancellationToken cancellationToken)
    {
        ThrowIfFailing();
        lock (_lock)
        {
            Journal.Add(record);
        }

        RecordAppended?.Invoke();
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
                {
                    IsOfNodeProxy = evidence.RequestedBy is not null,
                }
                : null);
        }
    }

    public Task<AuthoritySet> LoadAsync(CancellationToken cancellationToken)
    {
        ThrowIfFailing();
        lock (_lock)
        {
            return Task.FromResult(Set());
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
            (Revision, BundleSequence) = change.Becomes is { } given ? (given.Revision, given.BundleSequence) : (Revision, BundleSequence);
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
            ChangeApplied?.Invoke();
            return cancellationToken.IsCancellationRequested
                ? Task.FromCanceled<AuthoritySet?>(cancellationToken)
                : Task.FromResult<AuthoritySet?>(Set());
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

    public Task<long> FindStartAsync(DateTimeOffset issuedSince, CancellationToken cancellationToken)
    {
        ThrowIfFailing();
        lock (_lock)
        {
            var first = Journal.FindIndex(record => record.IssuedAt >= issuedSince);
            return Task.FromResult(first < 0 ? Journal.Count : (long)first);
        }
    }

    public Task<LeafPage> ReadLeavesAsync(long after, int span, DateTimeOffset aliveAt, CancellationToken cancellationToken)
    {
        ThrowIfFailing();
        LeavesReading?.Invoke();
        lock (_lock)
        {
            var until = (int)Math.Min(after + span, Journal.Count);
            var leaves = new List<LeafFacts>();
            for (var i = (int)after; i < until; i++)
            {
                var record = Journal[i];
                if (record is { Kind: CertificateKind.Leaf, Subject: { } subject } && record.NotAfter.ToUnixTimeSeconds() >= aliveAt.ToUnixTimeSeconds())
                {
                    leaves.Add(new(
                        i + 1,
                        HolderKey.Of(subject.ToString(), record.Evidence?.PodUid, record.Peer),
                        record.Authority,
                        record.IssuedAt.ToUnixTimeSeconds(),
                        record.NotAfter.ToUnixTimeSeconds(),
                        (long)record.BundleSequence));
                }
            }

            LeavesRead += leaves.Count;
            FirstSequenceRead = FirstSequenceRead == 0 && leaves.Count > 0 ? leaves[0].Sequence : FirstSequenceRead;
            return Task.FromResult(new LeafPage(leaves, Math.Max(after, until), until == Journal.Count));
        }
    }

    public Task<IReadOnlyDictionary<long, IssuanceRecord>> ReadRecordsAsync(
        IReadOnlyCollection<long> sequences, CancellationToken cancellationToken)
    {
        ThrowIfFailing();
        lock (_lock)
        {
            return Task.FromResult<IReadOnlyDictionary<long, IssuanceRecord>>(
                sequences.Where(sequence => sequence <= Journal.Count).ToDictionary(sequence => sequence, sequence => Journal[(int)sequence - 1]));
        }
    }

    public Task<IReadOnlyList<Consumer>> LoadConsumersAsync(CancellationToken cancellationToken)
    {
        ThrowIfFailing();
        lock (_lock)
        {
            return Task.FromResult<IReadOnlyList<Consumer>>([.. _consumers.Values]);
        }
    }

    public Task SaveConsumersAsync(ConsumerChanges changes, CancellationToken cancellationToken)
    {
        ThrowIfFailing();
        lock (_lock)
        {
            foreach (var id in changes.Removed)
            {
                _consumers.Remove(id);
            }

            foreach (var consumer in changes.Saved)
            {
                _consumers[consumer.Id] = consumer with { IsConnected = false };
            }

            ConsumerWrites++;
        }

        return Task.CompletedTask;
    }

    private static AuthorityRecord Changed(AuthorityRecord record, AuthorityChange change)
    {
        var moved = change.Moved.TryGetValue(record.Id, out var state)
            ? record with { State = state, StateSince = change.Audit.Time }
            : record;
        var renewed = change.Renewed.TryGetValue(record.Id, out var certificate) ? moved with { Certificate = certificate } : moved;
        return change.Tainted.Contains(record.Id) ? renewed with { TaintedAt = renewed.TaintedAt ?? change.Audit.Time } : renewed;
    }

    private AuthoritySet Set() =>
        new(Revision, BundleSequence, [.. _authorities.Select(a => a with { HasKey = Keys.ContainsKey(a.Id) })]) { Rotation = Rotation };

    public Task<StoredRevocations> LoadRevocationsAsync(CancellationToken cancellationToken)
    {
        ThrowIfFailing();
        return Task.FromResult(Revocations);
    }

    public Task SaveRevocationsAsync(
        StoredRevocations previous, StoredRevocations next, IReadOnlyList<AuditEvent> audit, CancellationToken cancellationToken)
    {
        ThrowIfFailing();
        lock (_lock)
        {
            if (previous.Revision != Revocations.Revision)
            {
                throw new JournalUnavailableException("another revision is the last");
            }

            Revocations = next;
            Audit.AddRange(audit);
        }

        return Task.CompletedTask;
    }

    public Task<StoredFederation> LoadFederationAsync(CancellationToken cancellationToken)
    {
        ThrowIfFailing();
        return Task.FromResult(Federation);
    }

    public Task SaveFederationAsync(
        StoredFederation previous, StoredFederation next, IReadOnlyList<AuditEvent> audit, CancellationToken cancellationToken)
    {
        ThrowIfFailing();
        lock (_lock)
        {
            if (previous.Revision != Federation.Revision)
            {
                throw new JournalUnavailableException("another revision is the last");
            }

            Federation = next;
            Audit.AddRange(audit);
        }

        return Task.CompletedTask;
    }

    public Task<LiveCertificates> FindLiveAsync(LiveQuery query, CancellationToken cancellationToken)
    {
        ThrowIfFailing();
        lock (_lock)
        {
            var found = Journal
                .Where(record => record.IssuedAt >= query.IssuedSince && record.NotAfter >= query.Now && Matches(record, query))
                .OrderByDescending(record => record.NotAfter)
                .Select(record => new LiveCertificate(record.Serial, record.Authority, record.NotAfter))
                .ToList();
            return Task.FromResult(new LiveCertificates(
                found.Count, found.Count > 0 ? found[0].NotAfter : null, [.. found.Take(query.Limit)]));
        }
    }

    private static bool Matches(IssuanceRecord record, LiveQuery query) => query switch
    {
        { Serial: { } serial } => record.Serial == serial,
        _ when record.Kind != CertificateKind.Leaf => false,
        { Ban: { Kind: RevocationKind.Identity, Subject: var id } } => record.Subject?.ToString() == id,
        { Ban.Subject: var prefix } =>
            record.Subject?.ToString() is { } subject && (subject == prefix || subject.StartsWith(prefix + '/', StringComparison.Ordinal)),
        { Key: { } key } => record.Key.Equals(key),
        _ => record.Authority == query.Authority,
    };

    private void ThrowIfFailing()
    {
        if (Fails)
        {
            throw new JournalUnavailableException("the test says so");
        }
    }
}
