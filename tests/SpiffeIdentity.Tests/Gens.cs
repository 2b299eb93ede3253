using FsCheck;
using FsCheck.Fluent;

namespace SpiffeIdentity.Tests;

/// <summary>Generators of inputs, good ones and nearly good ones.</summary>
internal static class Gens
{
    private const string Lower = "abcdefghijklmnopqrstuvwxyz0123456789.-_";

    public static Gen<string> TrustDomainNames { get; } = Text(Lower, 1, 40);

    public static Gen<string> SpiffeIdTexts { get; } =
        from name in TrustDomainNames
        from segments in Text(Lower + "ABCXYZ", 1, 10).Where(segment => segment is not ("." or "..")).ListOf()
        select "spiffe://" + name + string.Concat(segments.Select(segment => "/" + segment));

    /// <summary>IDs with a few characters changed, and any text at all.</summary>
    public static Gen<string> NearlySpiffeIds { get; } = Gen.OneOf(
        from text in SpiffeIdTexts
        from at in Gen.Choose(0, text.Length - 1)
        from character in Gen.Elements("/.:@%?#ÜA \0é\ud800a".ToCharArray())
        select text[..at] + character + text[(at + 1)..],
        ArbMap.Default.GeneratorFor<string>().Select(text => text ?? ""),
        ArbMap.Default.GeneratorFor<string>().Select(text => "spiffe://" + text));

    /// <summary>Byte strings: any, and a good one with bits flipped, cut, lengthened.</summary>
    public static Gen<byte[]> Mutations(byte[] good) => Gen.OneOf(
        from at in Gen.Choose(0, (good.Length * 8) - 1) select Flip(good, at),
        from first in Gen.Choose(0, (good.Length * 8) - 1)
        from second in Gen.Choose(0, (good.Length * 8) - 1)
        select Flip(Flip(good, first), second),
        from length in Gen.Choose(0, good.Length) select good[..length],
        from at in Gen.Choose(0, good.Length)
        from added in ArbMap.Default.GeneratorFor<byte[]>()
        select (byte[])[.. good[..at], .. added, .. good[at..]],
        from at in Gen.Choose(0, good.Length - 1)
        from value in Gen.Elements<byte>(0x00, 0x7F, 0x80, 0x81, 0x82, 0x84, 0xFF, 0x30, 0x31, 0xA0)
        select (byte[])[.. good[..at], value, .. good[(at + 1)..]],
        ArbMap.Default.GeneratorFor<byte[]>());

    private static byte[] Flip(byte[] bytes, int bit)
    {
        var flipped = (byte[])bytes.Clone();
        flipped[bit / 8] ^= (byte)(1 << (bit % 8));
        return flipped;
    }

    private static Gen<string> Text(string alphabet, int minLength, int maxLength) =>
        from length in Gen.Choose(minLength, maxLength)
        from characters in Gen.Elements(alphabet.ToCharArray()).ArrayOf(length)
        select new string(characters);
}
