namespace AuthzEngine.Evaluation;

/// <summary>The names within a peer's identity that namespaces and service accounts are matched on; authorization-policy §3.5.</summary>
internal static class PeerText
{
    private const string NamespaceMark = "/ns/";
    private const string AccountMark = "/sa/";
    private const int MaxPairs = 16;
    private const int MaxKey = 512;

    /// <summary>Each segment between <c>/ns/</c> and the next slash: any such pair of an identity counts.</summary>
    public static bool ReadNamespaces<TReader>(ReadOnlySpan<char> peer, ref TReader reader)
        where TReader : struct, ITextReader, allows ref struct
    {
        var at = 0;
        while (TryFindNamespace(peer, at, out var start, out var end))
        {
            if (reader.Read(peer[start..end]))
            {
                return true;
            }

            at = start - 1; // the slash that ends one mark may begin the next: `/ns/ns/`
        }

        return false;
    }

    /// <summary>Each <c>namespace/account</c>: a namespace, and an account that follows somewhere.</summary>
    /// <returns>Whether all were read; false for an identity that has absurdly many, or long ones.</returns>
    public static bool TryReadAccounts<TReader>(ReadOnlySpan<char> peer, ref TReader reader)
        where TReader : struct, ITextReader, allows ref struct
    {
        Span<char> key = stackalloc char[MaxKey];
        var (at, pairs) = (0, 0);
        while (TryFindNamespace(peer, at, out var start, out var end))
        {
            at = start - 1;
            for (var slash = end; TryFindAccount(peer, slash, out var account, out var accountEnd); slash = account - 1)
            {
                var length = end - start + 1 + accountEnd - account;
                if (++pairs > MaxPairs || length > MaxKey)
                {
                    return false;
                }

                peer[start..end].CopyTo(key);
                key[end - start] = '/';
                peer[account..accountEnd].CopyTo(key[(end - start + 1)..]);
                _ = reader.Read(key[..length]);
            }
        }

        return true;
    }

    private static bool TryFindNamespace(ReadOnlySpan<char> peer, int from, out int start, out int end)
    {
        start = After(NamespaceMark, peer, from);
        var length = start < 0 ? -1 : peer[start..].IndexOf('/');
        end = start + length;
        return length >= 0;
    }

    private static bool TryFindAccount(ReadOnlySpan<char> peer, int from, out int start, out int end)
    {
        start = After(AccountMark, peer, from);
        var length = start < 0 ? -1 : peer[start..].IndexOf('/');
        end = length < 0 ? peer.Length : start + length;
        return start >= 0;
    }

    private static int After(string mark, ReadOnlySpan<char> peer, int from)
    {
        var at = peer[from..].IndexOf(mark);
        return at < 0 ? -1 : from + at + mark.Length;
    }
}
