using System.Diagnostics.CodeAnalysis;
using MeshCA.Consumers;
using MeshCA.Wire.Identity;

namespace MeshCA.Rpc.Bundles;

/// <summary>Reads what a client says of those behind it that lack a bundle.</summary>
internal static class BehindMessages
{
    private const int MaxExamples = 8;
    private const int MaxLength = 256;

    /// <summary>Reads it.</summary>
    /// <param name="message">The message; untrusted.</param>
    /// <param name="behind">What it says, or null.</param>
    /// <returns>False where it is longer than it may be.</returns>
    public static bool TryRead(Behind message, [NotNullWhen(true)] out ConsumerBehind? behind)
    {
        behind = message.Examples.Count <= MaxExamples && message.Examples.All(example => example.Length <= MaxLength)
            ? new ConsumerBehind((int)Math.Min(message.Count, int.MaxValue), [.. message.Examples])
            : null;
        return behind is not null;
    }
}
