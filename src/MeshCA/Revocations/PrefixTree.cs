using System.Collections.Frozen;

namespace MeshCA.Revocations;

/// <summary>Bans of prefixes, one level for each segment: a prefix ends where a segment ends.</summary>
/// <remarks>Finding costs one lookup for each segment of the ID, however many bans there are, and allocates nothing.</remarks>
internal sealed class PrefixTree
{
    private readonly FrozenDictionary<string, PrefixTree> _children;
    private readonly Revocation[] _here;

    private PrefixTree(IEnumerable<(string[] Segments, Revocation Revocation)> bans, int depth)
    {
        var (here, below) = (new List<Revocation>(), new List<(string[] Segments, Revocation Revocation)>());
        foreach (var ban in bans)
        {
            if (ban.Segments.Length == depth)
            {
                here.Add(ban.Revocation);
            }
            else
            {
                below.Add(ban);
            }
        }

        _here = [.. here];
        _children = below
            .GroupBy(ban => ban.Segments[depth], StringComparer.Ordinal)
            .ToFrozenDictionary(group => group.Key, group => new PrefixTree(group, depth + 1), StringComparer.Ordinal);
    }

    /// <summary>Compiles bans of prefixes.</summary>
    /// <param name="bans">The bans; their subjects are SPIFFE IDs.</param>
    public static PrefixTree Of(IEnumerable<Revocation> bans) =>
        new(bans.Select(ban => (SpiffeText.WithoutScheme(ban.Subject).ToString().Split('/'), ban)), depth: 0);

    /// <summary>Finds the ban with the shortest prefix of an ID.</summary>
    /// <param name="id">The ID; untrusted.</param>
    /// <param name="now">Bans that have ended are passed over.</param>
    public Revocation? Find(ReadOnlySpan<char> id, DateTimeOffset now)
    {
        if (!SpiffeText.HasScheme(id))
        {
            return null;
        }

        var node = this;
        foreach (var segment in SpiffeText.WithoutScheme(id).Split('/'))
        {
            var text = SpiffeText.WithoutScheme(id)[segment];
            if (!node._children.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(text, out var child))
            {
                return null;
            }

            node = child;
            foreach (var ban in node._here)
            {
                if (ban.IsInForce(now))
                {
                    return ban;
                }
            }
        }

        return null;
    }
}

/// <summary>The scheme of SPIFFE IDs as text.</summary>
internal static class SpiffeText
{
    private const string Scheme = "spiffe://";

    /// <summary>Whether a text begins with the scheme.</summary>
    public static bool HasScheme(ReadOnlySpan<char> id) => id.StartsWith(Scheme, StringComparison.Ordinal);

    /// <summary>What follows the scheme.</summary>
    public static ReadOnlySpan<char> WithoutScheme(ReadOnlySpan<char> id) => id[Scheme.Length..];
}
