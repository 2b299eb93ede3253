using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using AuthzEngine.Policies;

namespace AuthzEngine.Normalization;

/// <summary>Normalizes the path of a request target as Envoy does before its filters, authorization-policy §5.</summary>
/// <remarks>
/// For callers that see the target as it came in. A decision point behind Envoy gets a normalized path, and doing it twice
/// would decode twice.
/// </remarks>
public static class PathNormalizer
{
    private const int OnStack = 512;

    /// <summary>Normalizes a target.</summary>
    /// <param name="target">The request target with its query; untrusted. Query and fragment stay as they are.</param>
    /// <param name="option">Which steps.</param>
    /// <param name="normalized">The target to decide on and to forward; the same object where nothing changes.</param>
    /// <returns>Whether there is one; no target with an octet NUL or with broken UTF-16 has one: HTTP 400.</returns>
    public static bool TryNormalize(string target, PathNormalization option, [NotNullWhen(true)] out string? normalized)
    {
        ArgumentNullException.ThrowIfNull(target);
        normalized = target;
        if (option == PathNormalization.None)
        {
            return true;
        }

        var end = target.AsSpan().IndexOfAny('?', '#');
        var path = end < 0 ? target : target.AsSpan(0, end);
        if (PathCanonicalizer.IsCanonical(path) && !(Merges(option) && path.Contains("//", StringComparison.Ordinal)))
        {
            return true;
        }

        normalized = Rewrite(target, path, option);
        return normalized is not null;
    }

    private static bool Merges(PathNormalization option) => option != PathNormalization.Base;

    private static string? Rewrite(string target, ReadOnlySpan<char> path, PathNormalization option)
    {
        // One part for the path with its slashes decoded, and one for what it becomes.
        var capacity = path.Length + PathCanonicalizer.MaxLength(path.Length);
        var rented = capacity > OnStack ? ArrayPool<char>.Shared.Rent(capacity) : null;
        var buffer = rented is null ? stackalloc char[OnStack] : rented;
        var length = Steps(path, option, buffer[..path.Length], buffer[path.Length..]);
        var normalized = length < 0 ? null : Join(buffer.Slice(path.Length, length), target, path);
        if (rented is not null)
        {
            ArrayPool<char>.Shared.Return(rented);
        }

        return normalized;
    }

    private static string Join(ReadOnlySpan<char> rewritten, string target, ReadOnlySpan<char> path) =>
        rewritten.SequenceEqual(path) ? target : string.Concat(rewritten, target.AsSpan(path.Length));

    private static int Steps(ReadOnlySpan<char> path, PathNormalization option, Span<char> decoded, Span<char> output)
    {
        if (option == PathNormalization.DecodeAndMergeSlashes)
        {
            path = decoded[..Slashes.Decode(path, decoded)];
        }

        var length = new PathCanonicalizer(path, output).Run();
        return length < 0 || !Merges(option) ? length : Slashes.Merge(output[..length]);
    }
}
