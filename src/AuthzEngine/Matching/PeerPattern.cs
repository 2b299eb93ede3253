using System.Diagnostics;

namespace AuthzEngine.Matching;

/// <summary>A pattern on a peer's whole identity, authorization-policy §3.5.</summary>
/// <remarks>
/// Each case is one of the regular expressions that Istio writes, as a scan: linear in the identity, and the text of
/// a policy is never an expression. Where an expression has a dot, a newline matches none.
/// </remarks>
public abstract record PeerPattern
{
    private const string Scheme = "spiffe://";

    private PeerPattern()
    {
    }

    /// <summary>Whether an identity matches.</summary>
    /// <param name="identity">The URI SAN, scheme included; else DNS SAN or subject. Untrusted text of a verified certificate.</param>
    /// <returns>Whether it does.</returns>
    public abstract bool Matches(ReadOnlySpan<char> identity);

    /// <summary>A value of <c>principals</c>, after the trust domain was expanded.</summary>
    /// <param name="value">The value, without scheme.</param>
    /// <returns>The pattern.</returns>
    public static PeerPattern OfPrincipal(string value)
    {
        var pattern = TextPattern.Of(value);
        return pattern.Kind switch
        {
            TextMatch.NonEmpty => new Identity(pattern),
            TextMatch.Suffix => new SpiffeSuffix(pattern.Text),
            TextMatch.Prefix or TextMatch.Exact => new Identity(pattern with { Text = Scheme + pattern.Text }),
            _ => throw new UnreachableException(),
        };
    }

    /// <summary>A value of <c>namespaces</c>.</summary>
    /// <param name="value">The value; every star spans anything.</param>
    /// <returns>The pattern.</returns>
    public static PeerPattern OfNamespace(string value)
    {
        ArgumentNullException.ThrowIfNull(value);
        var pieces = value.Split('*');
        pieces[0] = "/ns/" + pieces[0];
        pieces[^1] += "/";
        return new InOrder(pieces);
    }

    /// <summary>A value of <c>serviceAccounts</c>.</summary>
    /// <param name="value"><c>namespace/name</c>, or <c>name</c>.</param>
    /// <param name="policyNamespace">The namespace of a bare name.</param>
    /// <returns>The pattern.</returns>
    public static PeerPattern OfServiceAccount(string value, string policyNamespace)
    {
        ArgumentNullException.ThrowIfNull(value);
        var slash = value.IndexOf('/', StringComparison.Ordinal);
        return slash < 0 ? new ServiceAccount(policyNamespace, value) : new ServiceAccount(value[..slash], value[(slash + 1)..]);
    }

    /// <summary>A value of <c>trustDomains</c>.</summary>
    /// <param name="value">The value, with at most one star.</param>
    /// <returns>The pattern.</returns>
    public static PeerPattern OfTrustDomain(string value)
    {
        ArgumentNullException.ThrowIfNull(value);
        var star = value.IndexOf('*', StringComparison.Ordinal);
        return value == "*"
            ? new Identity(new TextPattern(TextMatch.Prefix, Scheme))
            : star < 0
                ? new Identity(new TextPattern(TextMatch.Prefix, Scheme + value + "/"))
                : new TrustDomain(value[..star], value[(star + 1)..]);
    }

    /// <summary>The whole identity against one text.</summary>
    /// <param name="Pattern">The text, scheme included.</param>
    public sealed record Identity(TextPattern Pattern) : PeerPattern
    {
        /// <inheritdoc/>
        public override bool Matches(ReadOnlySpan<char> identity) => Pattern.Matches(identity);
    }

    /// <summary><c>spiffe://.*</c> and an end.</summary>
    /// <param name="Suffix">The end.</param>
    public sealed record SpiffeSuffix(string Suffix) : PeerPattern
    {
        /// <inheritdoc/>
        public override bool Matches(ReadOnlySpan<char> identity) =>
            identity.Length >= Scheme.Length + Suffix.Length
            && identity.StartsWith(Scheme, StringComparison.Ordinal)
            && identity.EndsWith(Suffix, StringComparison.Ordinal)
            && !identity.Contains('\n');
    }

    /// <summary><c>.*a.*b.*</c>: pieces that follow each other with anything between.</summary>
    /// <param name="Pieces">The pieces; some may be empty.</param>
    public sealed record InOrder(IReadOnlyList<string> Pieces) : PeerPattern
    {
        /// <inheritdoc/>
        public override bool Matches(ReadOnlySpan<char> identity)
        {
            if (identity.Contains('\n'))
            {
                return false;
            }

            // The leftmost place of each piece leaves the most room for the rest: no backtracking.
            for (var i = 0; i < Pieces.Count; i++)
            {
                var at = identity.IndexOf(Pieces[i], StringComparison.Ordinal);
                if (at < 0)
                {
                    return false;
                }

                identity = identity[(at + Pieces[i].Length)..];
            }

            return true;
        }
    }

    /// <summary><c>spiffe://.+/ns/N/(.+/|)sa/S(/.+)?</c></summary>
    /// <param name="Namespace">N.</param>
    /// <param name="Name">S.</param>
    public sealed record ServiceAccount(string Namespace, string Name) : PeerPattern
    {
        private readonly string _ns = $"/ns/{Namespace}/";
        private readonly string _sa = $"sa/{Name}";

        /// <inheritdoc/>
        public override bool Matches(ReadOnlySpan<char> identity)
        {
            if (!identity.StartsWith(Scheme, StringComparison.Ordinal) || identity.Length <= Scheme.Length
                || identity.Contains('\n'))
            {
                return false;
            }

            // From the second character of the trust domain on; the leftmost place leaves every later one reachable.
            var rest = identity[(Scheme.Length + 1)..];
            var at = rest.IndexOf(_ns, StringComparison.Ordinal);
            return at >= 0 && EndsInAccount(rest[(at + _ns.Length)..]);
        }

        private bool EndsInAccount(ReadOnlySpan<char> rest)
        {
            for (var from = 0; from < rest.Length; from++)
            {
                var at = rest[from..].IndexOf(_sa, StringComparison.Ordinal);
                if (at < 0)
                {
                    return false;
                }

                at += from;
                var before = at == 0 || (at >= 2 && rest[at - 1] == '/');
                var after = rest[(at + _sa.Length)..];
                if (before && (after.IsEmpty || (after.Length >= 2 && after[0] == '/')))
                {
                    return true;
                }

                from = at;
            }

            return false;
        }
    }

    /// <summary><c>spiffe://</c> and a trust domain with one star, which spans no slash.</summary>
    /// <param name="Before">What comes before the star.</param>
    /// <param name="After">What comes after it.</param>
    public sealed record TrustDomain(string Before, string After) : PeerPattern
    {
        private readonly string _start = Scheme + Before;
        private readonly string _end = After + "/";

        /// <inheritdoc/>
        public override bool Matches(ReadOnlySpan<char> identity)
        {
            if (!identity.StartsWith(_start, StringComparison.Ordinal))
            {
                return false;
            }

            // The star spans anything but a slash, a newline too; what follows spans anything but a newline.
            var rest = identity[_start.Length..];
            var slash = rest.IndexOf('/');
            for (var at = 0; at <= slash; at++)
            {
                if (rest[at..].StartsWith(_end, StringComparison.Ordinal) && !rest[(at + _end.Length)..].Contains('\n'))
                {
                    return true;
                }
            }

            return false;
        }
    }
}
