namespace MeshCA.Authentication.Keys;

/// <summary>A key that verified something, and whether its source still publishes it: one that was withdrawn vouches for nothing.</summary>
internal sealed class KeyInForce(KeyRing ring, VerificationKey key)
{
    private VerificationKeySet? _seenIn;

    /// <summary>Whether the source still publishes the key.</summary>
    public bool IsPublished
    {
        get
        {
            var keys = ring.Current?.Keys;
            if (ReferenceEquals(keys, _seenIn) && keys is not null)
            {
                return true;
            }

            var published = keys?.Contains(key) == true;
            _seenIn = published ? keys : null;
            return published;
        }
    }
}
