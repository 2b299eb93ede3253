using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using MeshCA.Revocations;
using MeshCA.Revocations.Lists;
using MeshCA.Wire.Identity;

namespace MeshCA.Rpc.Bundles;

/// <summary>A state of the revocations as a stream has it, divided into messages; pure.</summary>
internal static class RevocationMessages
{
    /// <summary>Most bytes of bans and lists in one message: far below the 4 MiB that gRPC clients take by default.</summary>
    public const int MaxPart = 512 * 1024;

    // The tags and lengths around an item, as an upper bound.
    private const int Frame = 128;

    /// <summary>Makes the messages.</summary>
    /// <param name="snapshot">Has the bans.</param>
    /// <param name="lists">The lists, one for each authority.</param>
    /// <param name="isComplete">Whether every authority has a list.</param>
    /// <param name="now">Bans that have ended are left out.</param>
    public static IReadOnlyList<WatchResponse> Of(
        RevocationSnapshot snapshot, IReadOnlyList<PublishedList> lists, bool isComplete, DateTimeOffset now)
    {
        var (parts, used) = (new List<RevocationState> { Begin() }, 0);
        foreach (var ban in snapshot.Entries.Where(entry => entry.IsBan && entry.IsInForce(now)).Select(Of))
        {
            PartFor(ban.CalculateSize()).Bans.Add(ban);
        }

        foreach (var list in lists)
        {
            for (var rest = list.Der; rest.Length > 0; rest = rest[Math.Min(MaxPart - Frame, rest.Length)..])
            {
                var piece = rest[..Math.Min(MaxPart - Frame, rest.Length)];
                PartFor(piece.Length).Lists.Add(new RevocationList { Authority = list.Authority, Der = UnsafeByteOperations.UnsafeWrap(piece) });
            }
        }

        return [.. parts.Select(part => new WatchResponse { Revocations = part })];

        RevocationState Begin() => new() { Revision = snapshot.Revision, ListsComplete = isComplete };

        RevocationState PartFor(int size)
        {
            if (used > 0 && used + size + Frame > MaxPart)
            {
                parts[^1].More = true;
                parts.Add(Begin());
                used = 0;
            }

            used += size + Frame;
            return parts[^1];
        }
    }

    // Without reason and actor: whoever has an identity of the trust domain may open a stream.
    private static Ban Of(Revocation entry) => new()
    {
        Number = entry.Number,
        SpiffeId = entry.Subject,
        Prefix = entry.Kind == RevocationKind.Prefix,
        ExpiresAt = entry.ExpiresAt is { } end ? Timestamp.FromDateTimeOffset(end) : null,
    };
}
