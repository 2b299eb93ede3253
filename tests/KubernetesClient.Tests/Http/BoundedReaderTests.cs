using System.IO;
using KubernetesClient.Http;
using Xunit;

namespace KubernetesClient.Tests.Http;

public sealed class BoundedReaderTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<int, long?> Lengths()
    {
        var rows = new TheoryData<int, long?>();
        foreach (var length in (int[])[0, 1, 16_383, 16_384, 16_385, 99_999, 100_000])
        {
            rows.Add(length, null);
            rows.Add(length, length);
            rows.Add(length, 0); // a lie
        }

        return rows;
    }

    [Theory]
    [MemberData(nameof(Lengths))]
    public async Task Up_to_the_limit_all_is_read(int length, long? announced)
    {
        var bytes = new byte[length];
        new Random(length).NextBytes(bytes);
        Assert.Equal(bytes, await BoundedReader.ReadAsync(new Pieces(bytes, 777), announced, 100_000, Token));
    }

    [Theory]
    [InlineData(100_001, null)]
    [InlineData(100_001, 5L)]
    [InlineData(1, 100_001L)]
    [InlineData(1_000_000, 1_000_000L)]
    public async Task Over_the_limit_nothing_is(int length, long? announced) =>
        Assert.False((await BoundedReader.ReadAsync(new MemoryStream(new byte[length]), announced, 100_000, Token)).HasValue);
}
