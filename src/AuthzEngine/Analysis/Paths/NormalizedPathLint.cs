using System.Buffers;
using System.Globalization;
using AuthzEngine.Analysis.Subjects;
using AuthzEngine.Diagnostics;
using AuthzEngine.Policies;

namespace AuthzEngine.Analysis.Paths;

/// <summary>A path in a form that normalization leaves none in: values are never normalized, authorization-policy §5.</summary>
internal static class NormalizedPathLint
{
    private static readonly SearchValues<char> Unreserved =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~");

    public static IEnumerable<Remark> Check(WrittenField field, AnalyzedPolicy policy) =>
        field.Attribute != RuleAttribute.Path || policy.Mesh.Settings.PathNormalization == PathNormalization.None
            ? []
            : field.EachValue(LintCodes.PathNotNormalized, value => Reason(value, policy.Mesh.Settings.PathNormalization) is { } reason
                ? new(
                    $"{Excerpt.Of(value)} {reason}, which no path has once it is normalized: {field.NeverMatches}",
                    "write the path as the mesh normalizes it")
                : null);

    private static string? Reason(string value, PathNormalization normalization) =>
        PathText.WholeSegments(value).Any(segment => segment is "." or "..") ? "holds the segment `.` or `..`"
        : value.Contains('\\', StringComparison.Ordinal) ? "holds a backslash"
        : Octets(value).Any(octet => Unreserved.Contains((char)octet)) ? "holds an escaped letter, digit, `-`, `.`, `_` or `~`"
        : normalization >= PathNormalization.MergeSlashes && value.Contains("//", StringComparison.Ordinal) ? "holds two slashes in a row"
        : normalization == PathNormalization.DecodeAndMergeSlashes && Octets(value).Any(octet => (char)octet is '/' or '\\') ? "holds an escaped slash"
        : null;

    private static IEnumerable<byte> Octets(string value)
    {
        for (var at = value.IndexOf('%', StringComparison.Ordinal); at >= 0; at = value.IndexOf('%', at + 1))
        {
            if (at + 2 < value.Length && byte.TryParse(value.AsSpan(at + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var octet))
            {
                yield return octet;
            }
        }
    }
}
