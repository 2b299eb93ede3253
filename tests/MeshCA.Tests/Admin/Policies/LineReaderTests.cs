using System.IO;
using System.IO.Pipelines;
using System.Text;
using MeshCA.Admin.Policies;
using Xunit;

namespace MeshCA.Tests.Admin.Policies;

public sealed class LineReaderTests
{
    [Theory]
    [InlineData("", new string[0])]
    [InlineData("a", new[] { "a" })]
    [InlineData("a\n", new[] { "a" })]
    [InlineData("a\r\n\r\n \nb\r\n", new[] { "a", "b" })]
    [InlineData("\n\n", new string[0])]
    [InlineData("\ufeffa\n\ufeffb", new[] { "a", "\ufeffb" })]
    public async Task Lines_end_with_a_line_feed_or_the_stream(string text, string[] lines) =>
        Assert.Equal(lines, await ReadAsync(Encoding.UTF8.GetBytes(text)));

    [Fact]
    public async Task A_line_may_be_longer_than_what_is_read_at_once()
    {
        var (one, other) = (new string('a', 1_000_000), new string('b', 70_000));

        Assert.Equal([one, other], await ReadAsync(Encoding.UTF8.GetBytes($"{one}\n{other}")));
    }

    [Fact]
    public async Task A_line_beyond_the_limit_is_refused()
    {
        var text = new byte[LineReader.MaxLength + 200_000];

        Assert.Contains("line 1", (await Assert.ThrowsAsync<IOException>(() => ReadAsync(text))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wait_for_bytes_that_do_not_come_ends_with_the_token()
    {
        var pipe = new Pipe();
        await using var lines = new LineReader(pipe.Reader.AsStream());
        using var stop = new CancellationTokenSource();
        var wait = lines.FillAsync(stop.Token);
        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => wait);
    }

    private static async Task<List<string>> ReadAsync(byte[] bytes)
    {
        await using var lines = new LineReader(new MemoryStream(bytes));
        var read = new List<string>();
        await foreach (var line in lines.AllAsync(TestContext.Current.CancellationToken))
        {
            read.Add(Encoding.UTF8.GetString(line.Span));
        }

        return read;
    }
}
