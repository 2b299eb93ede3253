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
    /// <returns>False where it is longer than it may be, or says that what is lacking is in use.</returns>
    public static bool TryRead(Behind message, [NotNullWhen(true)] out ConsumerBehind? behind)
    {
        behind = message.Examples.Count <= MaxExamples && message.Examples.All(example => example.Length <= MaxLength)
            && (!message.HasSequenceInUse || message.SequenceInUse == 0 || message.SequenceInUse < message.Sequence)
            ? new ConsumerBehind((int)Math.Min(message.Count, int.MaxValue), [.. message.Examples])
            {
                Sequence = (long)message.Sequence, // one that was sent
                InUse = message.HasSequenceInUse ? (long)message.SequenceInUse : null,
            }
            : null;
        return behind is not null;
    }
}
