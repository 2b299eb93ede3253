using AuthzEngine.Requests;

namespace AuthzEngine.Matching;

/// <summary>The way to a claim, <c>[a][b][c]</c>; authorization-policy §3.7.</summary>
/// <param name="Names">Names of nested objects, then of the claim; at least one. Dots are part of names.</param>
public sealed record ClaimPath(IReadOnlyList<string> Names)
{
    /// <summary>Reads the brackets after <c>request.auth.claims</c>.</summary>
    /// <param name="brackets">From the first <c>[</c> to the last <c>]</c>.</param>
    /// <returns>One name for each pair of brackets; all between the outermost is one name where they are not a clean sequence.</returns>
    public static ClaimPath Of(string brackets)
    {
        ArgumentNullException.ThrowIfNull(brackets);
        var inner = brackets[1..^1];
        var names = inner.Split("][");
        return names.Any(name => name.Length == 0 || name.AsSpan().ContainsAny('[', ']')) ? new([inner]) : new(names);
    }

    /// <summary>Walks to the claim, through objects only.</summary>
    /// <param name="payload">The payload; null without a token.</param>
    /// <returns>The claim, or null where it or an object on the way is missing.</returns>
    public ClaimValue? Find(ClaimValue.Struct? payload)
    {
        ClaimValue? at = payload;
        for (var i = 0; i < Names.Count && at is not null; i++)
        {
            at = at is ClaimValue.Struct(var members) && members.TryGetValue(Names[i], out var next) ? next : null;
        }

        return at;
    }
}
