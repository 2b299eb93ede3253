namespace AuthzEngine.Normalization;

/// <summary>The steps of path normalization that are about slashes only.</summary>
internal static class Slashes
{
    /// <summary>Decodes <c>%2F</c> and <c>%5C</c>, once: what that uncovers stays encoded.</summary>
    /// <returns>The number of characters written.</returns>
    public static int Decode(ReadOnlySpan<char> path, Span<char> output)
    {
        var length = 0;
        for (var i = 0; i < path.Length; i++)
        {
            var decoded = path[i..] switch
            {
                ['%', '2', 'F' or 'f', ..] => '/',
                ['%', '5', 'C' or 'c', ..] => '\\',
                _ => '%',
            };
            output[length++] = decoded == '%' ? path[i] : decoded;
            i += decoded == '%' ? 0 : 2;
        }

        return length;
    }

    /// <summary>Makes one slash of each run of slashes, in place.</summary>
    /// <remarks>A path of slashes alone keeps two, its leading and its trailing one, as in Envoy.</remarks>
    /// <returns>The new length.</returns>
    public static int Merge(Span<char> path)
    {
        if (!path.ContainsAnyExcept('/'))
        {
            return Math.Min(path.Length, 2);
        }

        var length = 0;
        foreach (var letter in path)
        {
            if (letter != '/' || length == 0 || path[length - 1] != '/')
            {
                path[length++] = letter;
            }
        }

        return length;
    }
}
