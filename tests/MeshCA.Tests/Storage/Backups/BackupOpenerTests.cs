using System.IO;
using FsCheck;
using FsCheck.Fluent;
using MeshCA.Storage.Backups;
using MeshCA.Storage.Sealing;
using Xunit;

namespace MeshCA.Tests.Storage.Backups;

public sealed class BackupOpenerTests : IDisposable
{
    private readonly KeyEncryptionKey _kek = new(new byte[32], "test");

    [Fact]
    public void What_was_sealed_is_read_back_chunk_by_chunk()
    {
        var (content, error) = Read(Seal([1, 2], [3], []));
        Assert.Equal(BackupError.None, error);
        Assert.Equal([1, 2, 3], content);
    }

    [Fact]
    public void Arbitrary_bytes_are_refused_without_an_exception() =>
        Prop.ForAll<byte[]>(bytes => Read(bytes).Error != BackupError.None).QuickCheckThrowOnFailure();

    [Fact]
    public void Any_change_cut_or_insertion_is_refused() =>
        Prop.ForAll<int, byte, byte>((at, value, kind) =>
        {
            var sealedBytes = Seal([1, 2, 3], [4, 5], []);
            var i = (at & int.MaxValue) % sealedBytes.Length;
            byte[] changed = (kind % 4) switch
            {
                0 => sealedBytes[..i],
                1 => [.. sealedBytes[..i], value, .. sealedBytes[i..]],
                2 => [.. sealedBytes[..i], .. sealedBytes[(i + 1)..]],
                _ => [.. sealedBytes[..i], (byte)(sealedBytes[i] ^ (value | 1)), .. sealedBytes[(i + 1)..]],
            };
            return Read(changed).Error != BackupError.None;
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Chunks_cannot_change_places()
    {
        var bytes = Seal([1], [2], []);
        var size = sizeof(int) + 1 + BackupFormat.TagSize;
        var (a, b) = (BackupFormat.HeaderSize, BackupFormat.HeaderSize + size);
        Assert.Equal(BackupError.Damaged, Read([.. bytes[..a], .. bytes[b..(b + size)], .. bytes[a..b], .. bytes[(b + size)..]]).Error);
    }

    [Fact]
    public void A_length_beyond_the_limit_allocates_nothing() =>
        Assert.Equal(BackupError.Damaged, Read([.. Seal([])[..BackupFormat.HeaderSize], 0x7F, 0xFF, 0xFF, 0xFF]).Error);

    public void Dispose() => _kek.Dispose();

    private byte[] Seal(params byte[][] chunks)
    {
        using var output = new MemoryStream();
        using var sealer = new BackupSealer(output, _kek);
        for (var i = 0; i < chunks.Length; i++)
        {
            sealer.Write(chunks[i], isLast: i == chunks.Length - 1);
        }

        return output.ToArray();
    }

    private (List<byte> Content, BackupError Error) Read(byte[] bytes)
    {
        var content = new List<byte>();
        if (!BackupOpener.TryOpen(new MemoryStream(bytes), _kek, out var opener, out var error))
        {
            return (content, error);
        }

        using (opener)
        {
            var buffer = new byte[BackupFormat.ChunkSize];
            while (!opener.IsEnded)
            {
                if (!opener.TryRead(buffer, out var length))
                {
                    return (content, BackupError.Damaged);
                }

                content.AddRange(buffer[..length]);
            }
        }

        return (content, BackupError.None);
    }
}
