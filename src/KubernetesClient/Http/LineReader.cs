using System.IO;

namespace KubernetesClient.Http;

/// <summary>Reads lines of a stream that may never end.</summary>
/// <param name="stream">The stream; not disposed here.</param>
/// <param name="limit">Most bytes of a line.</param>
internal sealed class LineReader(Stream stream, int limit)
{
    private const int FirstBytes = 16 * 1024;

    private byte[] _buffer = new byte[FirstBytes];
    private int _start;
    private int _end;

    /// <summary>Whether a line was longer than the limit; nothing is read any more then.</summary>
    public bool IsTooLong { get; private set; }

    /// <summary>Reads the next line.</summary>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>The line without its end, valid until the next call; null at the end of the stream. A last line without an end is none.</returns>
    public async ValueTask<ReadOnlyMemory<byte>?> ReadAsync(CancellationToken cancellationToken)
    {
        var searched = 0;
        while (!IsTooLong)
        {
            var found = _buffer.AsSpan(_start + searched, _end - _start - searched).IndexOf((byte)'\n');
            if (found >= 0)
            {
                var line = _buffer.AsMemory(_start, searched + found);
                _start += searched + found + 1;
                return line;
            }

            searched = _end - _start;
            if (searched > limit)
            {
                IsTooLong = true;
                return null;
            }

            MakeRoom();
            var read = await stream.ReadAsync(_buffer.AsMemory(_end), cancellationToken);
            if (read == 0)
            {
                return null;
            }

            _end += read;
        }

        return null;
    }

    private void MakeRoom()
    {
        var length = _end - _start;
        if (length == _buffer.Length)
        {
            Array.Resize(ref _buffer, _buffer.Length * 2);
        }
        else if (length == 0 && _buffer.Length > FirstBytes)
        {
            _buffer = new byte[FirstBytes]; // one large event must not keep its memory for as long as the watch lives
        }
        else if (_start > 0)
        {
            _buffer.AsSpan(_start, length).CopyTo(_buffer);
        }

        (_start, _end) = (0, length);
    }
}
