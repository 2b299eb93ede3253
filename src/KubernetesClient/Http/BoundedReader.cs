using System.IO;

namespace KubernetesClient.Http;

/// <summary>Reads what a server sends, up to a limit.</summary>
internal static class BoundedReader
{
    private const int FirstBytes = 16 * 1024;

    /// <summary>Reads all of a stream.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="announced">How long it says it is; null where it does not say. Not trusted.</param>
    /// <param name="limit">Most bytes.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>The bytes; null where there are more than the limit.</returns>
    public static async Task<ArraySegment<byte>?> ReadAsync(Stream stream, long? announced, int limit, CancellationToken cancellationToken)
    {
        if (announced > limit)
        {
            return null;
        }

        // What is announced but not sent must not cost memory: the first piece is small, and each next one doubles.
        var buffer = new byte[(int)Math.Min(announced + 1 ?? FirstBytes, FirstBytes)];
        var length = 0;
        while (true)
        {
            if (length == buffer.Length)
            {
                if (length > limit)
                {
                    return null;
                }

                Array.Resize(ref buffer, (int)Math.Min(buffer.Length * 2L, limit + 1L));
            }

            var read = await stream.ReadAsync(buffer.AsMemory(length), cancellationToken);
            if (read == 0)
            {
                if (length > limit)
                {
                    return null;
                }

                return new ArraySegment<byte>(buffer, 0, length);
            }

            length += read;
        }
    }
}
