using System.Diagnostics.CodeAnalysis;
using SpiffeIdentity.Der;

namespace SpiffeIdentity.WorkloadApi.Messages;

/// <summary>DER elements one after the other, as the Workload API has certificates.</summary>
internal static class DerSequence
{
    /// <summary>Splits elements.</summary>
    /// <param name="concatenated">The elements; untrusted.</param>
    /// <param name="maxCount">Most elements.</param>
    /// <param name="elements">Each element, within the same memory.</param>
    /// <returns>False for malformed bytes, for more than the most, and for anything behind the last element.</returns>
    public static bool TrySplit(
        ReadOnlyMemory<byte> concatenated, int maxCount, [NotNullWhen(true)] out List<ReadOnlyMemory<byte>>? elements)
    {
        elements = [];
        var reader = new DerReader(concatenated.Span);
        var offset = 0;
        while (!reader.IsAtEnd)
        {
            if (elements.Count == maxCount || !reader.TryReadAny(out _, out _, out var encoded))
            {
                elements = null;
                return false;
            }

            elements.Add(concatenated.Slice(offset, encoded.Length));
            offset += encoded.Length;
        }

        return true;
    }
}
