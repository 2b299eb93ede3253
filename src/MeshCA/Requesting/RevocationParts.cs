using Google.Protobuf;
using Grpc.Core;
using MeshCA.Wire.Identity;

namespace MeshCA.Requesting;

/// <summary>Puts a state of the revocations together from the messages that it comes in.</summary>
/// <param name="mostLists">Most bytes of lists that are kept: of a state with more, none is.</param>
/// <param name="mostBans">The same of bans. They have a share of their own: who has no room for lists must know who is banned.</param>
internal sealed class RevocationParts(int mostLists = RevocationParts.MaxSize, int mostBans = RevocationParts.MaxSize)
{
    /// <summary>Most bytes of a state; the service keeps fewer revocations than would fill it.</summary>
    public const int MaxSize = 512 * 1024 * 1024;

    private readonly List<Ban> _bans = [];
    private readonly List<RevocationList> _lists = [];
    private long _size;
    private long _bansSize;
    private long _listsSize;

    /// <summary>Whether the last whole state has all bans that came.</summary>
    public bool HasAllBans { get; private set; }

    /// <summary>Whether the last whole state has all lists that came.</summary>
    public bool HasAllLists { get; private set; }

    /// <summary>Takes the next part.</summary>
    /// <param name="part">The part, as it came.</param>
    /// <returns>The whole state with the last part, else null.</returns>
    /// <exception cref="RpcException">The state is too large.</exception>
    public RevocationState? Add(RevocationState part)
    {
        _size += part.CalculateSize();
        if (_size > MaxSize)
        {
            throw new RpcException(new Status(StatusCode.ResourceExhausted, $"a state of the revocations is larger than {MaxSize} bytes"));
        }

        _bansSize += part.Bans.Sum(ban => (long)ban.CalculateSize());
        _listsSize += part.Lists.Sum(list => (long)list.CalculateSize());
        Keep(_bans, part.Bans, _bansSize <= mostBans);
        Keep(_lists, part.Lists, _listsSize <= mostLists);
        if (part.More)
        {
            return null;
        }

        (HasAllBans, HasAllLists) = (_bansSize <= mostBans, _listsSize <= mostLists);
        var whole = new RevocationState
        {
            Revision = part.Revision,
            ListsComplete = part.ListsComplete && HasAllLists,
            Bans = { _bans },
            Lists = { _lists.GroupBy(list => list.Authority, StringComparer.Ordinal).Select(Join) },
        };
        _bans.Clear();
        _lists.Clear();
        (_size, _bansSize, _listsSize) = (0, 0, 0);
        return whole;
    }

    private static void Keep<T>(List<T> kept, IEnumerable<T> more, bool hasRoom)
    {
        if (hasRoom)
        {
            kept.AddRange(more);
        }
        else
        {
            kept.Clear();
        }
    }

    private static RevocationList Join(IGrouping<string, RevocationList> pieces)
    {
        var der = new byte[pieces.Sum(piece => piece.Der.Length)];
        var end = 0;
        foreach (var piece in pieces)
        {
            piece.Der.Span.CopyTo(der.AsSpan(end));
            end += piece.Der.Length;
        }

        return new() { Authority = pieces.Key, Der = UnsafeByteOperations.UnsafeWrap(der) };
    }
}
