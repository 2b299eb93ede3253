using System.IO;
using MeshCA.Storage;

namespace MeshCA.Agent.Connecting;

/// <summary>Reads files that others write: bounded, and never waiting for a pipe that stands in a file's place.</summary>
internal static class SmallFile
{
    /// <summary>Reads one whole.</summary>
    /// <param name="path">Its path.</param>
    /// <param name="maxLength">Most bytes it may have.</param>
    /// <param name="fault">What is wrong, or null.</param>
    /// <returns>Its bytes, or null.</returns>
    public static byte[]? TryRead(string path, int maxLength, out string? fault)
    {
        try
        {
            if (FileKinds.Of(path) is var kind and not FileKind.Regular)
            {
                fault = kind == FileKind.None ? $"`{path}` is not there, or cannot be reached" : $"`{path}` is no file";
                return null;
            }

            using var file = File.OpenRead(path);
            var buffer = new byte[Math.Min(file.Length, maxLength) + 1];
            var length = file.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
            fault = length > maxLength ? $"`{path}` is longer than {maxLength} bytes" : null;
            return fault is null ? buffer[..length] : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            fault = e.Message;
            return null;
        }
    }
}
