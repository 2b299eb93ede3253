using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using MeshCA.Cryptography;
using Xunit;

namespace MeshCA.Tests.Cryptography;

public sealed class Pkcs8PrivateKeyTests
{
    [Fact]
    public void Disposing_zeroes_the_key_and_ends_its_use()
    {
        byte[] buffer = [1, 2, 3];
        var key = new Pkcs8PrivateKey(buffer);
        Assert.Equal([1, 2, 3], key.Der.ToArray());
        key.Dispose();
        Assert.Equal([0, 0, 0], buffer);
        Assert.Throws<ObjectDisposedException>(() => key.Der.Length);
        Assert.Throws<ObjectDisposedException>(key.Copy);
    }

    [Fact]
    public void A_copy_outlives_its_original()
    {
        var original = new Pkcs8PrivateKey([1, 2, 3]);
        using var copy = original.Copy();
        original.Dispose();
        Assert.Equal([1, 2, 3], copy.Der.ToArray());
    }

    [Fact]
    public void A_key_that_nobody_disposed_of_is_zeroed_when_the_collector_takes_it()
    {
        var buffer = new byte[] { 1, 2, 3 };
        Forget(buffer);
        GC.Collect();
        GC.WaitForPendingFinalizers();
        Assert.Equal([0, 0, 0], buffer);
    }

    [Fact]
    public void A_platform_key_is_taken_whole_and_nothing_behind_it()
    {
        using var ec = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        using var key = Pkcs8PrivateKey.Of(ec);
        Assert.Equal(ec.ExportPkcs8PrivateKey(), key.Der.ToArray());
    }

    [Fact]
    public void A_key_larger_than_usual_is_taken_whole()
    {
        using var large = new LargeKey();
        using var key = Pkcs8PrivateKey.Of(large);
        Assert.Equal(LargeKey.Encoded, key.Der.ToArray());
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Forget(byte[] buffer) => _ = new Pkcs8PrivateKey(buffer);

    /// <summary>Longer than any RSA key this test would want to wait for.</summary>
    private sealed class LargeKey : AsymmetricAlgorithm
    {
        public static byte[] Encoded { get; } = [.. Enumerable.Range(0, 10_000).Select(i => (byte)(i % 251))];

        public override bool TryExportPkcs8PrivateKey(Span<byte> destination, out int bytesWritten)
        {
            var fits = Encoded.AsSpan().TryCopyTo(destination);
            bytesWritten = fits ? Encoded.Length : 0;
            return fits;
        }
    }
}
