using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.IO;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;

namespace MeshCA.Admin.Policies;

/// <summary>Reads lines of bytes as they come: a line is there as soon as its end is.</summary>
internal sealed class LineReader : IAsyncDisposable
{
    /// <summary>Longest line in bytes; one that holds its own policies may be long.</summary>
    public const int MaxLength = 16 * 1024 * 1024;

    private static readonly byte[] ByteOrderMark = [0xef, 0xbb, 0xbf];

    private readonly PipeReader _pipe;
    private ReadOnlySequence<byte> _buffer;
    private bool _ended;

    /// <summary>Takes a stream over.</summary>
    /// <param name="stream">The stream.</param>
    public LineReader(Stream stream) => _pipe = PipeReader.Create(stream, new StreamPipeReaderOptions(bufferSize: 64 * 1024));

    /// <summary>Number of lines taken so far.</summary>
    public long Count { get; private set; }

    /// <summary>Takes the next line, if all of it is there.</summary>
    /// <param name="line">The line without its end; holds until the next call of <see cref="FillAsync"/>.</param>
    /// <returns>Whether there is one; if not, <see cref="FillAsync"/> waits for more.</returns>
    public bool TryTake(out ReadOnlyMemory<byte> line)
    {
        line = default;
        if (_buffer.PositionOf((byte)'\n') is { } end)
        {
            line = Contiguous(_buffer.Slice(0, end));
            _buffer = _buffer.Slice(_buffer.GetPosition(1, end));
        }
        else if (_ended && !_buffer.IsEmpty)
        {
            line = Contiguous(_buffer);
            _buffer = default;
        }
        else
        {
            return false;
        }

        line = line.Span is [.., (byte)'\r'] ? line[..^1] : line;
        line = Count == 0 && line.Span.StartsWith(ByteOrderMark) ? line[ByteOrderMark.Length..] : line;
        Count++;
        return true;
    }

    /// <summary>Waits for more bytes.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>Whether there may be a line; false at the end of the stream.</returns>
    /// <exception cref="IOException">A line is longer than <see cref="MaxLength"/>.</exception>
    public async Task<bool> FillAsync(CancellationToken cancellationToken)
    {
        if (_ended)
        {
            return false;
        }

        if (_buffer.Length > MaxLength)
        {
            throw new IOException($"line {Count + 1} has more than {MaxLength} bytes");
        }

        Release();

        // Reading from a terminal or pipe hears no token; the wait must end all the same.
        var read = await _pipe.ReadAsync(cancellationToken).AsTask().WaitAsync(cancellationToken);
        _buffer = read.Buffer;
        _ended = read.IsCompleted;
        return true;
    }

    /// <summary>Goes through the lines that are not blank.</summary>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <returns>The lines; each holds until the next.</returns>
    public async IAsyncEnumerable<ReadOnlyMemory<byte>> AllAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        while (await FillAsync(cancellationToken))
        {
            while (TryTake(out var line))
            {
                if (!IsBlank(line))
                {
                    yield return line;
                }
            }
        }
    }

    /// <summary>Whether a line says nothing.</summary>
    public static bool IsBlank(ReadOnlyMemory<byte> line) => line.Span.Trim(" \t"u8).IsEmpty;

    /// <inheritdoc />
    public async ValueTask DisposeAsync() => await _pipe.CompleteAsync();

    [SuppressMessage("Usage", "VSTHRD103:Call async methods when in an async method", Justification = "AdvanceTo does no I/O.")]
    private void Release()
    {
        if (!_buffer.Equals(default(ReadOnlySequence<byte>)))
        {
            _pipe.AdvanceTo(_buffer.Start, _buffer.End);
        }
    }

    private static ReadOnlyMemory<byte> Contiguous(ReadOnlySequence<byte> line) => line.IsSingleSegment ? line.First : line.ToArray();
}
