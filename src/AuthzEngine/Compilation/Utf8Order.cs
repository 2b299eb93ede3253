using System.Text;

namespace AuthzEngine.Compilation;

/// <summary>The order of texts by their UTF-8 bytes, as Envoy's maps have it; that of UTF-16 differs beyond U+FFFF.</summary>
internal sealed class Utf8Order : IComparer<string>
{
    public static Utf8Order Instance { get; } = new();

    public int Compare(string? x, string? y)
    {
        ReadOnlySpan<char> left = x;
        ReadOnlySpan<char> right = y;
        var same = left.CommonPrefixLength(right);
        if (same == left.Length || same == right.Length)
        {
            return left.Length.CompareTo(right.Length);
        }

        // From the first difference on; a pair of surrogates that share their first half is compared as a whole.
        same -= same > 0 && char.IsHighSurrogate(left[same - 1]) ? 1 : 0;
        _ = Rune.DecodeFromUtf16(left[same..], out var first, out _);
        _ = Rune.DecodeFromUtf16(right[same..], out var second, out _);
        return first.CompareTo(second);
    }
}
