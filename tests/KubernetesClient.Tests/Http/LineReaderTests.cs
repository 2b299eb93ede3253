using System.IO;
using System.Text;
using KubernetesClient.Http;
using Xunit;

namespace KubernetesClient.Tests.Http;

public sealed class LineReaderTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(100_000)]
    public async Task Lines_come_whole_however_they_are_cut(int piece)
    {
        string[] lines = ["a", "", new string('b', 40_000), "c", new string('d', 20_000)];
        var reader = new LineReader(new Pieces(Encoding.UTF8.GetBytes(string.Join('\n', lines) + "\n"), piece), 50_000);
        foreach (var line in lines)
        {
            Assert.Equal(line, Encoding.UTF8.GetString((await reader.ReadAsync(Token))!.Value.Span));
        }

        Assert.Null(await reader.ReadAsync(Token));
        Assert.False(reader.IsTooLong);
    }

    [Fact]
    public async Task A_last_line_without_its_end_is_none()
    {
        var reader = new LineReader(new MemoryStream("a\nb"u8.ToArray()), 10);
        Assert.NotNull(await reader.ReadAsync(Token));
        Assert.Null(await reader.ReadAsync(Token));
    }

    [Theory]
    [InlineData(100, false)]
    [InlineData(100_000, false)]
    [InlineData(100_001, true)]
    [InlineData(int.MaxValue, true)]
    public async Task A_line_over_the_limit_ends_it(int length, bool isTooLong)
    {
        var reader = new LineReader(new Endless(length), 100_000);
        Assert.Equal(isTooLong, await reader.ReadAsync(Token) is null);
        Assert.Equal(isTooLong, reader.IsTooLong);
    }

    // So many letters, then line ends.
    private sealed class Endless(int letters) : Pieces([], 1)
    {
        private int _left = letters;

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var count = Math.Min(buffer.Length, Math.Max(_left, 1));
            buffer.Span[..count].Fill(_left > 0 ? (byte)'x' : (byte)'\n');
            _left -= Math.Min(count, _left);
            return ValueTask.FromResult(count);
        }
    }
}

/// <summary>A stream that gives its bytes in pieces.</summary>
internal class Pieces(byte[] bytes, int piece) : MemoryStream(bytes)
{
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        base.ReadAsync(buffer[..Math.Min(piece, buffer.Length)], cancellationToken);
}
