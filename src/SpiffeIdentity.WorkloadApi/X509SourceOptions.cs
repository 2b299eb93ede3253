namespace SpiffeIdentity.WorkloadApi;

/// <summary>How an <see cref="X509Source"/> works.</summary>
public sealed class X509SourceOptions : WorkloadApiOptions
{
    /// <summary>Chooses the identity to show, of all that this workload has; asked anew with each update. Null for the default one.
    /// Where it takes none (null), there is no SVID to show.</summary>
    public Func<IReadOnlyList<X509Credential>, X509Credential?>? Choose { get; init; }
}
