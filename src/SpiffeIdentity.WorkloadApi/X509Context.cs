using SpiffeIdentity.Bundles;

namespace SpiffeIdentity.WorkloadApi;

/// <summary>All that the Workload API gives a workload for X.509, as of one message.</summary>
/// <remarks>Immutable. What the message before held and this one does not has been withdrawn.</remarks>
public sealed class X509Context
{
    internal X509Context(
        IReadOnlyList<X509Credential> credentials,
        BundleSet bundles,
        RevocationLists revocations,
        IReadOnlySet<TrustDomain> partial,
        IReadOnlyList<string> leftOut)
    {
        Partial = partial;
        Credentials = credentials;
        Bundles = bundles;
        Revocations = revocations;
        LeftOut = leftOut;
    }

    /// <summary>The identities, at least one, in the server's order: the first one is the default. No two have the same hint.</summary>
    public IReadOnlyList<X509Credential> Credentials { get; }

    /// <summary>The default identity.</summary>
    public X509Credential Default => Credentials[0];

    /// <summary>The bundles to verify peers by: those of the own trust domains and the federated ones.</summary>
    public BundleSet Bundles { get; }

    /// <summary>Certificates that are not to be trusted any more.</summary>
    public RevocationLists Revocations { get; }

    /// <summary>Federated bundles that could not be read, and why, in words; not for decisions. Nobody of their trust domains is verified.</summary>
    public IReadOnlyList<string> LeftOut { get; }

    /// <summary>The trust domains of whose bundles an authority was left out.</summary>
    internal IReadOnlySet<TrustDomain> Partial { get; }
}

/// <summary>X.509 bundles of the Workload API, as of one message.</summary>
/// <param name="Bundles">The bundles: those of the own trust domain and the federated ones.</param>
/// <param name="Revocations">Certificates that are not to be trusted any more.</param>
public sealed record X509Bundles(BundleSet Bundles, RevocationLists Revocations)
{
    /// <summary>The trust domains of whose bundles an authority was left out.</summary>
    internal IReadOnlySet<TrustDomain> Partial { get; init; } = new HashSet<TrustDomain>();
}
