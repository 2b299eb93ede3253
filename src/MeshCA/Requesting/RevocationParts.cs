using Google.Protobuf;
using Grpc.Core;
using MeshCA.Wire.Identity;

namespace MeshCA.Requesting;

/// <summary>Puts a state of the revocations together from the messages that it comes in.</summary>
/// <param name="mostKept">Most bytes that are kept: what is larger becomes a state without bans and lists.</param>
internal sealed class RevocationParts(int mostKept = RevocationParts.MaxSize)
{
    /// <summary>Most bytes of a state; the service keeps fewer revocations than would fill it.</summary>
    public const int MaxSize = 512 * 1024 * 1024;

    private readonly List<RevocationState> _parts = [];
    private long _size;

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

        if (_size > mostKept)
        {
            _parts.Clear();
        }
        else
        {
            _parts.Add(part);
        }

        if (part.More)
        {
            return null;
        }

        var whole = new RevocationState
        {
            Revision = part.Revision,
            ListsComplete = part.ListsComplete && _size <= mostKept,
            Bans = { _parts.SelectMany(each => each.Bans) },
            Lists = { _parts.SelectMany(each => each.Lists).GroupBy(list => list.Authority, StringComparer.Ordinal).Select(Join) },
        };
        _parts.Clear();
        _size = 0;
        return whole;
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
