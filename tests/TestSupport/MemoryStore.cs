using MeshCA.Auditing;
using MeshCA.Authorities;
using MeshCA.Issuance;

namespace TestSupport;

/// <summary>Journal, authorities and audit in memory; fails when told to.</summary>
internal sealed class MemoryStore : IIssuanceJournal, IAuthorityStore, IAuditLog
{
    private readonly Lock _lock = new();
    private readonly List<AuthorityRecord> _authorities = [];

    public List<IssuanceRecord> Journal { get; } = [];

    public List<AuditEvent> Audit { get; } = [];

    public bool Fails { get; set; }

    public ulong Revision { get; private set; }

    public ulong BundleSequence { get; private set; }

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
            return Task.FromResult(new AuthoritySet(Revision, BundleSequence, [.. _authorities]));
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
                if (change.Moved.TryGetValue(_authorities[i].Id, out var state))
                {
                    _authorities[i] = Moved(_authorities[i], state);
                }
            }

            _authorities.AddRange(change.Added);
            Journal.AddRange(change.Issued);
            Audit.Add(change.Audit);
            return Task.FromResult<AuthoritySet?>(new AuthoritySet(Revision, BundleSequence, [.. _authorities]));
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

    private static AuthorityRecord Moved(AuthorityRecord record, AuthorityState state) => new()
    {
        Id = record.Id,
        Kind = record.Kind,
        State = state,
        Issuer = record.Issuer,
        Certificate = record.Certificate,
        PrivateKey = record.PrivateKey,
        CreatedAt = record.CreatedAt,
    };

    private void ThrowIfFailing()
    {
        if (Fails)
        {
            throw new JournalUnavailableException("the test says so");
        }
    }
}
