using System.Diagnostics.CodeAnalysis;
using AuthzEngine.Matching;

namespace AuthzEngine.Indexing;

/// <summary>Texts that differ in the case of ASCII letters only are equal.</summary>
internal sealed class AsciiFoldingComparer : IEqualityComparer<string>, IAlternateEqualityComparer<ReadOnlySpan<char>, string>
{
    private const uint Offset = 2166136261;
    private const uint Prime = 16777619;

    public static AsciiFoldingComparer Instance { get; } = new();

    public bool Equals(string? x, string? y) => x is null || y is null ? x is null && y is null : AsciiFolding.Equal(x, y);

    public int GetHashCode([DisallowNull] string obj) => GetHashCode(obj.AsSpan());

    public bool Equals(ReadOnlySpan<char> alternate, string other) => AsciiFolding.Equal(alternate, other);

    // FNV-1a. The keys are those of policies, so nobody gains by colliding with them.
    public int GetHashCode(ReadOnlySpan<char> alternate)
    {
        var hash = Offset;
        foreach (var letter in alternate)
        {
            hash = unchecked((hash ^ AsciiFolding.Lower(letter)) * Prime);
        }

        return unchecked((int)hash);
    }

    public string Create(ReadOnlySpan<char> alternate) => alternate.ToString();
}
