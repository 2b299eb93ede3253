using System.Runtime.InteropServices;
using AuthzEngine.Matching;

namespace AuthzEngine.Indexing;

/// <summary>Hashes of texts for tables whose keys are those of policies, so that nobody gains by making them collide.</summary>
internal static class TextHash
{
    // Odd numbers with as many ones as zeros: what is multiplied with them is spread over all bits.
    private const ulong Seed = 0x9E3779B97F4A7C15;
    private const ulong Factor = 0xD6E8FEB86659FD93;
    private const uint Offset = 2166136261;
    private const uint Prime = 16777619;

    /// <summary>Of the text as it is: sixteen bytes at a step.</summary>
    public static uint Of(ReadOnlySpan<char> text)
    {
        var bytes = MemoryMarshal.AsBytes(text);
        var hash = Seed ^ (ulong)bytes.Length;
        while (bytes.Length >= 16)
        {
            hash = Mix(MemoryMarshal.Read<ulong>(bytes) ^ hash, MemoryMarshal.Read<ulong>(bytes[8..]) ^ Factor);
            bytes = bytes[16..];
        }

        // What is left, read from both its ends: where they overlap, twice.
        var (low, high) = bytes.Length switch
        {
            >= 8 => (MemoryMarshal.Read<ulong>(bytes), MemoryMarshal.Read<ulong>(bytes[^8..])),
            >= 4 => (MemoryMarshal.Read<uint>(bytes), MemoryMarshal.Read<uint>(bytes[^4..])),
            >= 2 => (MemoryMarshal.Read<ushort>(bytes), 0UL),
            _ => (0UL, 0UL),
        };
        hash = Mix(low ^ hash, high ^ Factor);
        return (uint)((hash ^ (hash >> 32)) & uint.MaxValue);
    }

    /// <summary>The same for texts that differ in the case of ASCII letters only; FNV-1a.</summary>
    public static uint OfFolded(ReadOnlySpan<char> text)
    {
        var hash = Offset;
        foreach (var letter in text)
        {
            hash = unchecked((hash ^ AsciiFolding.Lower(letter)) * Prime);
        }

        return hash ^ (hash >> 15);
    }

    private static ulong Mix(ulong x, ulong y)
    {
        var high = Math.BigMul(x, y, out var low);
        return high ^ low;
    }
}
