namespace SpiffeIdentity.Svids;

/// <summary>What became of a chain.</summary>
public abstract record X509SvidVerification
{
    private X509SvidVerification()
    {
    }

    /// <summary>Whoever proves that he holds the leaf's key is <see cref="X509Svid.Id"/>.</summary>
    /// <param name="Svid">The chain.</param>
    public sealed record Accepted(X509Svid Svid) : X509SvidVerification;

    /// <summary>The chain proves nothing.</summary>
    /// <param name="Error">The first rule broken.</param>
    public sealed record Refused(X509SvidError Error) : X509SvidVerification;
}
