using System.Buffers;

namespace AuthzEngine.Matching;

/// <summary>A value of <c>paths</c>: a generic pattern, or a path template; authorization-policy §3.8.</summary>
public abstract record PathPattern
{
    private PathPattern()
    {
    }

    /// <summary>Whether a path matches.</summary>
    /// <param name="path">The path without query and fragment; untrusted.</param>
    /// <returns>Whether it does.</returns>
    public abstract bool Matches(ReadOnlySpan<char> path);

    /// <summary>Reads a value. It is a template when it holds <c>{*}</c> or <c>{**}</c>.</summary>
    /// <param name="value">The value of a policy.</param>
    /// <param name="pattern">The pattern, or null.</param>
    /// <returns>Whether it is one; only a template can fail.</returns>
    public static bool TryParse(string value, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out PathPattern? pattern)
    {
        ArgumentNullException.ThrowIfNull(value);
        pattern = value.Contains("{*}", StringComparison.Ordinal) || value.Contains("{**}", StringComparison.Ordinal)
            ? Template.Of(value)
            : new Generic(TextPattern.Of(value));
        return pattern is not null;
    }

    /// <summary>A generic pattern.</summary>
    /// <param name="Pattern">The pattern.</param>
    public sealed record Generic(TextPattern Pattern) : PathPattern
    {
        /// <inheritdoc/>
        public override bool Matches(ReadOnlySpan<char> path) => Pattern.Matches(path);
    }

    /// <summary>A path template: literals, <c>{*}</c> for one segment, at most one <c>{**}</c> for any number.</summary>
    public sealed record Template : PathPattern
    {
        private static readonly SearchValues<char> Segment =
            SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~%!$&'()+,;:@=");

        private static readonly SearchValues<char> Segments =
            SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~%!$&'()+,;:@=/");

        // Literals with one `{*}` between each two; then, when Tail is there, `{**}` and the tail.
        private readonly string[] _literals;
        private readonly string? _tail;

        private Template(string text, string[] literals, string? tail) => (Text, _literals, _tail) = (text, literals, tail);

        /// <summary>The template as written.</summary>
        public string Text { get; }

        /// <summary>What every matching path starts with.</summary>
        public string LiteralPrefix => _literals[0];

        /// <summary>What every matching path ends with.</summary>
        public string LiteralSuffix => _tail ?? _literals[^1];

        internal static Template? Of(string value)
        {
            var rest = value.IndexOf("{**}", StringComparison.Ordinal);
            var head = rest < 0 ? value : value[..rest];
            var tail = rest < 0 ? null : value[(rest + 4)..];
            var literals = head.Split("{*}");

            // An operator must be a whole segment, else two of them could share a segment: authorization-policy §6.3.
            var whole = literals.SkipLast(1).All(literal => literal is "" or [.., '/'])
                && literals.Skip(1).All(literal => literal is "" or ['/', ..])
                && (tail is null || (head is "" or [.., '/'] && tail is "" or ['/', ..]));
            var between = literals.Length > 2 && literals.AsSpan(1..^1).Contains("");
            var odd = literals.Append(tail ?? "").Any(literal => literal.AsSpan().ContainsAnyExcept(Segments));
            return whole && !between && !odd ? new Template(value, literals, tail) : null;
        }

        /// <inheritdoc/>
        public override bool Matches(ReadOnlySpan<char> path)
        {
            for (var i = 0; i < _literals.Length; i++)
            {
                if (i > 0 && !TakeSegment(ref path))
                {
                    return false;
                }

                if (!path.StartsWith(_literals[i], StringComparison.Ordinal))
                {
                    return false;
                }

                path = path[_literals[i].Length..];
            }

            return _tail is null
                ? path.IsEmpty
                : path.EndsWith(_tail, StringComparison.Ordinal) && !path[..^_tail.Length].ContainsAnyExcept(Segments);
        }

        // A literal after `{*}` starts with a slash or is the end: the longest run is the only one that can match.
        private static bool TakeSegment(ref ReadOnlySpan<char> path)
        {
            var end = path.IndexOfAnyExcept(Segment);
            var length = end < 0 ? path.Length : end;
            path = path[length..];
            return length > 0;
        }
    }
}
