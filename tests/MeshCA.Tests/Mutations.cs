using FsCheck;
using FsCheck.Fluent;

namespace MeshCA.Tests;

/// <summary>Byte strings near a good one: bits flipped, cut, lengthened, length fields changed.</summary>
internal static class Mutations
{
    public static Gen<byte[]> Of(byte[] good) => Gen.OneOf(
        from bit in Gen.Choose(0, (good.Length * 8) - 1) select Flip(good, bit),
        from first in Gen.Choose(0, (good.Length * 8) - 1)
        from second in Gen.Choose(0, (good.Length * 8) - 1)
        select Flip(Flip(good, first), second),
        from length in Gen.Choose(0, good.Length) select good[..length],
        from at in Gen.Choose(0, good.Length)
        from added in ArbMap.Default.GeneratorFor<byte[]>()
        select (byte[])[.. good[..at], .. added, .. good[at..]],
        from at in Gen.Choose(0, good.Length - 1)
        from value in Gen.Elements<byte>(0x00, 0x01, 0x05, 0x30, 0x31, 0x7F, 0x80, 0x81, 0x82, 0x84, 0xA0, 0xFF)
        select (byte[])[.. good[..at], value, .. good[(at + 1)..]],
        from at in Gen.Choose(0, good.Length - 1)
        from count in Gen.Choose(1, 8)
        select (byte[])[.. good[..at], .. good[Math.Min(good.Length, at + count)..]]);

    private static byte[] Flip(byte[] bytes, int bit)
    {
        var flipped = (byte[])bytes.Clone();
        flipped[bit / 8] ^= (byte)(1 << (bit % 8));
        return flipped;
    }
}
