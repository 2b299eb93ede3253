using System.IO;
using System.IO.Compression;
using System.Text.Json;
using System.Text.Json.Serialization;
using MeshCA.Authorities;
using MeshCA.Federation;
using MeshCA.Revocations;
using MeshCA.Storage.Federation;
using MeshCA.Storage.Revocations;
using MeshCA.Storage.Schema;
using MeshCA.Storage.Sealing;

namespace MeshCA.Storage.Sharing;

/// <summary>The shared state as it is written: rows as in the store's tables, compressed, and sealed as a whole.</summary>
/// <remarks>
/// Sealed whole since whoever may write the secret could else add a root, lift a ban, or put one authority's certificate beside
/// another's state. Keys are sealed once more each by itself, so that reading the state opens none of them.
/// </remarks>
internal sealed class SharedStateDocument
{
    // Of sealed content, so this bounds mistakes and not attackers.
    private const int MaxLength = 32 << 20;

    /// <summary>The authorities' revision.</summary>
    public required ulong Revision { get; init; }

    /// <summary>The revision that last changed the roots.</summary>
    public required ulong BundleSequence { get; init; }

    /// <summary>The authorities, oldest first.</summary>
    public required IReadOnlyList<AuthorityRow> Authorities { get; init; }

    /// <summary>The rotation; null before the first.</summary>
    public RotationRecord? Rotation { get; init; }

    /// <summary>The revocations' revision.</summary>
    public required long RevocationRevision { get; init; }

    /// <summary>The last number that a revocation was given.</summary>
    public required long LastNumber { get; init; }

    /// <summary>The last number that a list was given.</summary>
    public required long LastListNumber { get; init; }

    /// <summary>The revocations.</summary>
    public required IReadOnlyList<RevocationRow> Revocations { get; init; }

    /// <summary>The lists.</summary>
    public required IReadOnlyList<RevocationListRow> Lists { get; init; }

    /// <summary>The federated peers' revision; null before the first.</summary>
    public long? FederationRevision { get; init; }

    /// <summary>The federated peers; null: none.</summary>
    public IReadOnlyList<FederationRow>? FederatedPeers { get; init; }

    /// <summary>Who took it over.</summary>
    public Claim? Claim { get; init; }

    /// <summary>Writes a state.</summary>
    /// <param name="state">The state.</param>
    /// <param name="kek">Seals it.</param>
    /// <param name="context">What the seal vouches for: which secret it is in.</param>
    public static byte[] Seal(SharedState state, KeyEncryptionKey kek, string context)
    {
        using var compressed = new MemoryStream();
        using (var brotli = new BrotliStream(compressed, CompressionLevel.Optimal, leaveOpen: true))
        {
            JsonSerializer.Serialize(brotli, Of(state), SharedStateJson.Default.SharedStateDocument);
        }

        return kek.Seal(compressed.ToArray(), context);
    }

    /// <summary>Reads a state back.</summary>
    /// <param name="sealedState">From the secret; untrusted.</param>
    /// <param name="kek">Sealed it.</param>
    /// <param name="context">As for <see cref="Seal"/>.</param>
    /// <exception cref="KeySealException">Another key sealed it, it was changed or moved, or a newer version wrote it.</exception>
    public static SharedState Open(ReadOnlySpan<byte> sealedState, KeyEncryptionKey kek, string context)
    {
        try
        {
            using var compressed = new MemoryStream(kek.Open(sealedState, context));
            using var brotli = new BrotliStream(compressed, CompressionMode.Decompress);
            using var json = new MemoryStream();
            CopyBounded(brotli, json);
            return JsonSerializer.Deserialize(json.GetBuffer().AsSpan(0, (int)json.Length), SharedStateJson.Default.SharedStateDocument) is { } document
                ? document.ToState()
                : throw new KeySealException("the shared state is empty");
        }
        catch (Exception e) when (e is JsonException or InvalidDataException)
        {
            throw new KeySealException("the shared state is not one this version knows", e);
        }
    }

    private static void CopyBounded(Stream from, MemoryStream to)
    {
        var buffer = new byte[16 << 10];
        int read;
        while ((read = from.Read(buffer)) > 0)
        {
            if (to.Length + read > MaxLength)
            {
                throw new KeySealException($"the shared state is larger than {MaxLength} bytes");
            }

            to.Write(buffer, 0, read);
        }
    }

    private static SharedStateDocument Of(SharedState state) => new()
    {
        Revision = state.Authorities.Revision,
        BundleSequence = state.Authorities.BundleSequence,
        Authorities = [.. state.Authorities.Authorities.Select((record, index) => ToRow(record, index, state.SealedKeys.GetValueOrDefault(record.Id)))],
        Rotation = state.Authorities.Rotation,
        RevocationRevision = state.Revocations.Revision,
        LastNumber = state.Revocations.LastNumber,
        LastListNumber = state.Revocations.LastListNumber,
        Revocations = [.. state.Revocations.Entries.Select(RevocationTable.ToRow)],
        Lists = [.. state.Revocations.Lists.Select(RevocationTable.ToRow)],
        FederationRevision = state.Federation.Revision > 0 ? state.Federation.Revision : null,
        FederatedPeers = state.Federation.Revision > 0 ? [.. state.Federation.Peers.Select(FederationRow.From)] : null,
        Claim = state.Claim,
    };

    private static AuthorityRow ToRow(AuthorityRecord record, int index, byte[]? sealedKey) => new()
    {
        Ordinal = index + 1,
        Id = record.Id,
        Kind = (long)record.Kind,
        State = (long)record.State,
        Issuer = record.Issuer,
        Certificate = record.Certificate.ToArray(),
        SealedKey = sealedKey,
        CreatedAt = StoredTime.ToMicroseconds(record.CreatedAt),
        StateSince = record.StateSince is { } since ? StoredTime.ToMicroseconds(since) : null,
        TaintedAt = record.TaintedAt is { } tainted ? StoredTime.ToMicroseconds(tainted) : null,
    };

    private SharedState ToState() => new()
    {
        Authorities = new AuthoritySet(Revision, BundleSequence, [.. Authorities.Select(AuthorityTable.ToRecord)]) { Rotation = Rotation },
        SealedKeys = Authorities.Where(row => row.SealedKey is not null).ToDictionary(row => row.Id, row => row.SealedKey!), // not null: just asked
        Revocations = new()
        {
            Revision = RevocationRevision,
            LastNumber = LastNumber,
            LastListNumber = LastListNumber,
            Entries = [.. Revocations.Select(RevocationTable.ToRevocation)],
            Lists = [.. Lists.Select(list => new StoredList(list.Authority, list.Number, list.Der))],
        },
        Federation = FederationRevision is { } revision
            ? new() { Revision = revision, Peers = [.. (FederatedPeers ?? []).Select(row => row.ToPeer() ?? throw new KeySealException("a federated peer of the shared state is none"))] }
            : StoredFederation.None,
        Claim = Claim,
    };
}

/// <summary>How the shared state is written; a member that a newer version adds is refused, not forgotten.</summary>
[JsonSourceGenerationOptions(UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(SharedStateDocument))]
internal sealed partial class SharedStateJson : JsonSerializerContext;
