using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using MeshCA.Cryptography;
using MeshCA.Issuance;
using MeshCA.Registration;
using MeshCA.Storage.Chaining;
using SpiffeIdentity;

namespace MeshCA.Storage.Schema;

/// <summary>One journal record in the form of its table's columns.</summary>
internal sealed class JournalRow : IChainedRow
{
    /// <summary>The newest format; says which fields <see cref="Encode"/> covers, and in which order.</summary>
    public const int CurrentVersion = 2;

    // Of certificates, which have no audience: what was written before tokens were stays as it is.
    private const int FirstVersion = 1;

    /// <inheritdoc />
    public long Sequence { get; set; }

    /// <summary>The format this row was written in.</summary>
    public long Version { get; set; }

    /// <summary><see cref="CertificateKind"/>.</summary>
    public long Kind { get; set; }

    /// <summary>The serial number, 16 bytes.</summary>
    public byte[] Serial { get; set; } = [];

    /// <summary>The SPIFFE ID.</summary>
    public string? Subject { get; set; }

    /// <summary>64 bits of the subject's hash: lets an index that only grows at its end answer for one subject (ADR 0004).</summary>
    public long SubjectTag { get; set; }

    /// <summary>SHA-256 of the certificate.</summary>
    public byte[] Certificate { get; set; } = [];

    /// <summary>SHA-256 of the public key.</summary>
    public byte[] Key { get; set; } = [];

    /// <summary>Begin of validity, seconds.</summary>
    public long NotBefore { get; set; }

    /// <summary>End of validity, seconds.</summary>
    public long NotAfter { get; set; }

    /// <summary>Lifetime asked for, microseconds.</summary>
    public long Requested { get; set; }

    /// <summary>The signing authority's id.</summary>
    public string Authority { get; set; } = "";

    /// <summary>How the caller proved its identity, and who asked where that was a node proxy; <see cref="StoredAuthenticator"/>.</summary>
    public string? Authenticator { get; set; }

    /// <summary>Time of the last token, microseconds.</summary>
    public long? TokenTime { get; set; }

    /// <summary>The token's id.</summary>
    public string? TokenId { get; set; }

    /// <summary>The token's cluster.</summary>
    public string? Cluster { get; set; }

    /// <summary>The token's pod.</summary>
    public string? PodName { get; set; }

    /// <summary>That pod's UID.</summary>
    public string? PodUid { get; set; }

    /// <summary>That pod's node.</summary>
    public string? NodeName { get; set; }

    /// <summary>Sequence of the bundle delivered.</summary>
    public long BundleSequence { get; set; }

    /// <summary>The caller's address.</summary>
    public string? Peer { get; set; }

    /// <summary>For whom a token is, one name a line; null for certificates.</summary>
    public string? Audience { get; set; }

    /// <summary>When it was issued, microseconds.</summary>
    public long IssuedAt { get; set; }

    /// <inheritdoc />
    public byte[] Hash { get; set; } = [];

    /// <summary>Takes a record; sequence and hash follow when it is written.</summary>
    public static JournalRow From(IssuanceRecord record)
    {
        var subject = record.Subject?.ToString();
        var row = new JournalRow
        {
            Version = record.Audience is null ? FirstVersion : CurrentVersion,
            Kind = (long)record.Kind,
            Serial = record.Serial.ToByteArray(),
            Subject = subject,
            SubjectTag = TagOf(subject),
            Certificate = record.Certificate.ToByteArray(),
            Key = record.Key.ToByteArray(),
            NotBefore = record.NotBefore.ToUnixTimeSeconds(),
            NotAfter = record.NotAfter.ToUnixTimeSeconds(),
            Requested = StoredTime.ToMicroseconds(record.RequestedLifetime),
            Authority = StoredText.Clean(record.Authority),
            BundleSequence = unchecked((long)record.BundleSequence),
            Peer = StoredText.CleanOrNull(record.Peer),
            Audience = StoredText.CleanOrNull(record.Audience),
            IssuedAt = StoredTime.ToMicroseconds(record.IssuedAt),
        };
        row.Take(record.Evidence);
        return row;
    }

    /// <summary>The tag of a subject; 0 for none.</summary>
    public static long TagOf(string? subject)
    {
        if (subject is null)
        {
            return 0;
        }

        Span<byte> text = stackalloc byte[SpiffeId.MaxLength];
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(text[..Encoding.UTF8.GetBytes(subject, text)], hash);
        return BinaryPrimitives.ReadInt64BigEndian(hash);
    }

    /// <summary>The record; its times are cut to the units of the store.</summary>
    /// <remarks>Never fails: a row that somebody changed is shown as far as it can be, and verifying names it.</remarks>
    public IssuanceRecord ToRecord() => new()
    {
        Kind = (CertificateKind)Math.Clamp(Kind, int.MinValue, int.MaxValue),
        Serial = SerialNumber.TryRead(Serial, out var serial) ? serial : default,
        Subject = SpiffeId.TryParse(Subject, out var subject, out _) ? subject : null,
        Certificate = HashOrZeros(Certificate),
        Key = HashOrZeros(Key),
        NotBefore = StoredTime.FromSeconds(NotBefore),
        NotAfter = StoredTime.FromSeconds(NotAfter),
        RequestedLifetime = StoredTime.SpanFromMicroseconds(Requested),
        Authority = Authority,
        Evidence = Evidence(),
        BundleSequence = unchecked((ulong)BundleSequence),
        Peer = Peer,
        Audience = Audience,
        IssuedAt = StoredTime.FromMicroseconds(IssuedAt),
    };

    /// <inheritdoc />
    public void Encode(CanonicalWriter writer)
    {
        EncodeFirst(writer);
        if (Version > FirstVersion || Audience is not null)
        {
            writer.Text(Audience);
        }
    }

    private static Fingerprint HashOrZeros(byte[] stored) =>
        Fingerprint.FromHash(stored.Length == Fingerprint.Size ? stored : new byte[Fingerprint.Size]);

    private void EncodeFirst(CanonicalWriter writer) => writer
        .Number(Version)
        .Number(Kind)
        .Bytes(Serial)
        .Text(Subject)
        .Number(SubjectTag)
        .Bytes(Certificate)
        .Bytes(Key)
        .Number(NotBefore)
        .Number(NotAfter)
        .Number(Requested)
        .Text(Authority)
        .Text(Authenticator)
        .Number(TokenTime)
        .Text(TokenId)
        .Text(Cluster)
        .Text(PodName)
        .Text(PodUid)
        .Text(NodeName)
        .Number(BundleSequence)
        .Text(Peer)
        .Number(IssuedAt);

    private void Take(AuthenticationEvidence? evidence)
    {
        if (evidence is null)
        {
            return;
        }

        Authenticator = StoredText.Clean(new StoredAuthenticator(evidence.Authenticator, evidence.RequestedBy).ToString());
        TokenTime = StoredTime.ToMicroseconds(evidence.TokenTime);
        TokenId = StoredText.Clean(evidence.TokenId);
        Cluster = StoredText.Clean(evidence.Cluster);
        PodName = StoredText.CleanOrNull(evidence.PodName);
        PodUid = StoredText.CleanOrNull(evidence.PodUid);
        NodeName = StoredText.CleanOrNull(evidence.NodeName);
    }

    private AuthenticationEvidence? Evidence() => Authenticator is null ? null : Evidence(StoredAuthenticator.Split(Authenticator));

    private AuthenticationEvidence Evidence(StoredAuthenticator authenticator) => new()
    {
        Authenticator = authenticator.Name,
        RequestedBy = authenticator.RequestedBy,
        TokenTime = StoredTime.FromMicroseconds(TokenTime ?? 0),
        TokenId = TokenId ?? "",
        Cluster = Cluster ?? "",
        PodName = PodName,
        PodUid = PodUid,
        NodeName = NodeName,
    };
}
