using MeshCA.Storage.Consumers;
using MeshCA.Storage.Federation;
using MeshCA.Storage.Policies;
using MeshCA.Storage.Revocations;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace MeshCA.Storage.Schema;

/// <summary>The schema: what migrations are made from and admin queries run on. The hot path never comes here.</summary>
internal sealed class StoreContext(DbContextOptions<StoreContext> options) : DbContext(options)
{
    /// <summary>The issuance journal.</summary>
    public DbSet<JournalRow> Journal => Set<JournalRow>();

    /// <summary>The audit events.</summary>
    public DbSet<AuditRow> AuditEvents => Set<AuditRow>();

    /// <summary>The authorities.</summary>
    public DbSet<AuthorityRow> Authorities => Set<AuthorityRow>();

    /// <summary>The signed checkpoints.</summary>
    public DbSet<CheckpointRow> Checkpoints => Set<CheckpointRow>();

    /// <summary>What retention removed.</summary>
    public DbSet<GapRow> Gaps => Set<GapRow>();

    /// <summary>Facts about the store.</summary>
    public DbSet<MetaRow> Meta => Set<MetaRow>();

    /// <summary>Versions of policy resources.</summary>
    public DbSet<PolicyRow> Policies => Set<PolicyRow>();

    /// <summary>The texts that they stand in.</summary>
    public DbSet<PolicyTextRow> PolicyTexts => Set<PolicyTextRow>();

    /// <summary>Bans and revocations.</summary>
    public DbSet<RevocationRow> Revocations => Set<RevocationRow>();

    /// <summary>Their lists.</summary>
    public DbSet<RevocationListRow> RevocationLists => Set<RevocationListRow>();

    /// <summary>Who reports which trust bundle it has in use.</summary>
    public DbSet<ConsumerRow> Consumers => Set<ConsumerRow>();

    /// <summary>Federated trust domains with their bundles.</summary>
    public DbSet<FederationRow> FederatedPeers => Set<FederationRow>();

    /// <inheritdoc />
    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        ArgumentNullException.ThrowIfNull(modelBuilder);
        modelBuilder.Entity<JournalRow>(MapJournal);
        modelBuilder.Entity<AuditRow>(MapAudit);
        modelBuilder.Entity<AuthorityRow>(MapAuthorities);
        modelBuilder.Entity<CheckpointRow>(MapCheckpoints);
        modelBuilder.Entity<GapRow>(MapGaps);
        modelBuilder.Entity<MetaRow>(MapMeta);
        modelBuilder.Entity<PolicyRow>(MapPolicies);
        modelBuilder.Entity<PolicyTextRow>(MapPolicyTexts);
        modelBuilder.Entity<RevocationRow>(MapRevocations);
        modelBuilder.Entity<RevocationListRow>(MapRevocationLists);
        modelBuilder.Entity<ConsumerRow>(MapConsumers);
        modelBuilder.Entity<FederationRow>(MapFederatedPeers);
    }

    private static void MapJournal(EntityTypeBuilder<JournalRow> row)
    {
        row.ToTable("journal").HasKey(journal => journal.Sequence);
        row.Property(journal => journal.Sequence).HasColumnName("seq").ValueGeneratedNever();
        row.Property(journal => journal.Version).HasColumnName("version");
        row.Property(journal => journal.Kind).HasColumnName("kind");
        row.Property(journal => journal.Serial).HasColumnName("serial");
        row.Property(journal => journal.Subject).HasColumnName("subject");
        row.Property(journal => journal.SubjectTag).HasColumnName("subject_tag");
        row.Property(journal => journal.Certificate).HasColumnName("certificate");
        row.Property(journal => journal.Key).HasColumnName("key");
        row.Property(journal => journal.NotBefore).HasColumnName("not_before_s");
        row.Property(journal => journal.NotAfter).HasColumnName("not_after_s");
        row.Property(journal => journal.Requested).HasColumnName("requested_us");
        row.Property(journal => journal.Authority).HasColumnName("authority");
        row.Property(journal => journal.Authenticator).HasColumnName("authenticator");
        row.Property(journal => journal.TokenTime).HasColumnName("token_us");
        row.Property(journal => journal.TokenId).HasColumnName("token_id");
        row.Property(journal => journal.Cluster).HasColumnName("cluster");
        row.Property(journal => journal.PodName).HasColumnName("pod_name");
        row.Property(journal => journal.PodUid).HasColumnName("pod_uid");
        row.Property(journal => journal.NodeName).HasColumnName("node_name");
        row.Property(journal => journal.BundleSequence).HasColumnName("bundle_sequence");
        row.Property(journal => journal.Peer).HasColumnName("peer");
        row.Property(journal => journal.IssuedAt).HasColumnName("issued_us");
        row.Property(journal => journal.Hash).HasColumnName("hash");
        row.Property(journal => journal.Audience).HasColumnName("audience");

        // Both grow at their end only: a random key here would cost every insert a random page (ADR 0004).
        row.HasIndex(journal => new { journal.NotBefore, journal.Serial }).HasDatabaseName("journal_serial");
        row.HasIndex(journal => new { journal.IssuedAt, journal.SubjectTag }).HasDatabaseName("journal_time");
    }

    private static void MapAudit(EntityTypeBuilder<AuditRow> row)
    {
        row.ToTable("audit_events").HasKey(audit => audit.Sequence);
        row.Property(audit => audit.Sequence).HasColumnName("seq").ValueGeneratedNever();
        row.Property(audit => audit.Version).HasColumnName("version");
        row.Property(audit => audit.Time).HasColumnName("time_us");
        row.Property(audit => audit.Action).HasColumnName("action");
        row.Property(audit => audit.Actor).HasColumnName("actor");
        row.Property(audit => audit.Target).HasColumnName("target");
        row.Property(audit => audit.Outcome).HasColumnName("outcome");
        row.Property(audit => audit.Detail).HasColumnName("detail");
        row.Property(audit => audit.Hash).HasColumnName("hash");
        row.HasIndex(audit => audit.Time).HasDatabaseName("audit_time");
    }

    private static void MapAuthorities(EntityTypeBuilder<AuthorityRow> row)
    {
        row.ToTable("authorities").HasKey(authority => authority.Ordinal);
        row.Property(authority => authority.Ordinal).HasColumnName("ordinal").ValueGeneratedNever();
        row.Property(authority => authority.Id).HasColumnName("id").IsRequired();
        row.Property(authority => authority.Kind).HasColumnName("kind");
        row.Property(authority => authority.State).HasColumnName("state");
        row.Property(authority => authority.Issuer).HasColumnName("issuer");
        row.Property(authority => authority.Certificate).HasColumnName("certificate");
        row.Property(authority => authority.SealedKey).HasColumnName("sealed_key");
        row.Property(authority => authority.CreatedAt).HasColumnName("created_us");
        row.Property(authority => authority.StateSince).HasColumnName("since_us");
        row.Property(authority => authority.TaintedAt).HasColumnName("tainted_us");
        row.HasIndex(authority => authority.Id).IsUnique().HasDatabaseName("authorities_id");
    }

    private static void MapCheckpoints(EntityTypeBuilder<CheckpointRow> row)
    {
        row.ToTable("checkpoints").HasKey(checkpoint => checkpoint.Number);
        row.Property(checkpoint => checkpoint.Number).HasColumnName("number").ValueGeneratedNever();
        row.Property(checkpoint => checkpoint.Version).HasColumnName("version");
        row.Property(checkpoint => checkpoint.Time).HasColumnName("time_us");
        row.Property(checkpoint => checkpoint.Reason).HasColumnName("reason");
        row.Property(checkpoint => checkpoint.FirstNumber).HasColumnName("first_number");
        row.Property(checkpoint => checkpoint.Previous).HasColumnName("previous");
        row.Property(checkpoint => checkpoint.JournalSequence).HasColumnName("journal_seq");
        row.Property(checkpoint => checkpoint.JournalHash).HasColumnName("journal_hash");
        row.Property(checkpoint => checkpoint.AuditSequence).HasColumnName("audit_seq");
        row.Property(checkpoint => checkpoint.AuditHash).HasColumnName("audit_hash");
        row.Property(checkpoint => checkpoint.GapsHash).HasColumnName("gaps_hash");
        row.Property(checkpoint => checkpoint.Key).HasColumnName("key");
        row.Property(checkpoint => checkpoint.Signature).HasColumnName("signature");
    }

    private static void MapGaps(EntityTypeBuilder<GapRow> row)
    {
        row.ToTable("gaps").HasKey(gap => new { gap.Chain, gap.First });
        row.Property(gap => gap.Chain).HasColumnName("chain");
        row.Property(gap => gap.First).HasColumnName("first_seq");
        row.Property(gap => gap.Last).HasColumnName("last_seq");
        row.Property(gap => gap.Hash).HasColumnName("hash");
        row.Ignore(gap => gap.Before);
    }

    private static void MapMeta(EntityTypeBuilder<MetaRow> row)
    {
        row.ToTable("meta").HasKey(meta => meta.Name);
        row.Property(meta => meta.Name).HasColumnName("name");
        row.Property(meta => meta.Value).HasColumnName("value");
    }

    private static void MapPolicies(EntityTypeBuilder<PolicyRow> row)
    {
        row.ToTable("policies").HasKey(policy => new { policy.Role, policy.Kind, policy.Namespace, policy.Name });
        row.Property(policy => policy.Role).HasColumnName("role");
        row.Property(policy => policy.Kind).HasColumnName("kind");
        row.Property(policy => policy.Namespace).HasColumnName("namespace");
        row.Property(policy => policy.Name).HasColumnName("name");
        row.Property(policy => policy.Revision).HasColumnName("revision");
        row.Property(policy => policy.Source).HasColumnName("source");
        row.Property(policy => policy.TextHash).HasColumnName("text_hash");
    }

    private static void MapPolicyTexts(EntityTypeBuilder<PolicyTextRow> row)
    {
        row.ToTable("policy_texts").HasKey(text => text.Hash);
        row.Property(text => text.Hash).HasColumnName("hash");
        row.Property(text => text.Text).HasColumnName("text");
    }

    private static void MapRevocations(EntityTypeBuilder<RevocationRow> row)
    {
        row.ToTable("revocations").HasKey(revocation => revocation.Number);
        row.Property(revocation => revocation.Number).HasColumnName("number").ValueGeneratedNever();
        row.Property(revocation => revocation.Kind).HasColumnName("kind");
        row.Property(revocation => revocation.Subject).HasColumnName("subject");
        row.Property(revocation => revocation.Reason).HasColumnName("reason");
        row.Property(revocation => revocation.Code).HasColumnName("code");
        row.Property(revocation => revocation.Actor).HasColumnName("actor");
        row.Property(revocation => revocation.Time).HasColumnName("time_us");
        row.Property(revocation => revocation.ExpiresAt).HasColumnName("expires_us");
        row.Property(revocation => revocation.Issuer).HasColumnName("issuer");
        row.Property(revocation => revocation.Serial).HasColumnName("serial");
        row.Property(revocation => revocation.NotAfter).HasColumnName("not_after_s");
        row.Property(revocation => revocation.Cause).HasColumnName("cause");
        row.Property(revocation => revocation.PublishedIn).HasColumnName("published_in");
    }

    private static void MapRevocationLists(EntityTypeBuilder<RevocationListRow> row)
    {
        row.ToTable("revocation_lists").HasKey(list => list.Authority);
        row.Property(list => list.Authority).HasColumnName("authority");
        row.Property(list => list.Number).HasColumnName("number");
        row.Property(list => list.Der).HasColumnName("der");
    }

    private static void MapFederatedPeers(EntityTypeBuilder<FederationRow> row)
    {
        row.ToTable("federated_peers").HasKey(peer => peer.TrustDomain);
        row.Property(peer => peer.TrustDomain).HasColumnName("trust_domain");
        row.Property(peer => peer.Url).HasColumnName("url");
        row.Property(peer => peer.Profile).HasColumnName("profile");
        row.Property(peer => peer.EndpointId).HasColumnName("endpoint_id");
        row.Property(peer => peer.Identities).HasColumnName("identities");
        row.Property(peer => peer.Document).HasColumnName("document");
        row.Property(peer => peer.AcceptedAt).HasColumnName("accepted_us");
        row.Property(peer => peer.CheckedAt).HasColumnName("checked_us");
        row.Property(peer => peer.PollKeyHash).HasColumnName("poll_key");
        row.Property(peer => peer.Actor).HasColumnName("actor");
        row.Property(peer => peer.CreatedAt).HasColumnName("created_us");
    }

    private static void MapConsumers(EntityTypeBuilder<ConsumerRow> row)
    {
        row.ToTable("consumers").HasKey(consumer => new { consumer.Kind, consumer.Identity, consumer.Instance });
        row.Property(consumer => consumer.Kind).HasColumnName("kind");
        row.Property(consumer => consumer.Identity).HasColumnName("identity");
        row.Property(consumer => consumer.Instance).HasColumnName("instance");
        row.Property(consumer => consumer.PodUid).HasColumnName("pod_uid");
        row.Property(consumer => consumer.Peer).HasColumnName("peer");
        row.Property(consumer => consumer.Sequence).HasColumnName("sequence");
        row.Property(consumer => consumer.SeenAt).HasColumnName("seen_us");
        row.Property(consumer => consumer.Words).HasColumnName("words");
        row.Property(consumer => consumer.Seal).HasColumnName("seal");
    }
}
