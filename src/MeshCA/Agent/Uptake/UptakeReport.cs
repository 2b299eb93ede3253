using SpiffeIdentity.Bundles;

namespace MeshCA.Agent.Uptake;

/// <summary>What a workload's stream shows about the roots of the own trust domain. Untrusted: it speaks for its own stream alone.</summary>
/// <param name="InUse">The roots that are in use there; null: it is not known, or there are several.</param>
/// <param name="Refused">The roots that were not taken; null: none.</param>
/// <param name="Reason">Why not, printable; empty where none were refused.</param>
internal sealed record UptakeReport(X509BundleDigest? InUse, X509BundleDigest? Refused, string Reason)
{
    /// <summary>Nothing is known yet.</summary>
    public static readonly UptakeReport None = new(null, null, "");
}

/// <summary>How a stream stands to the roots that are wanted.</summary>
internal enum UptakeStanding
{
    /// <summary>It has them in use, or none are wanted.</summary>
    HasThem,

    /// <summary>It did not answer yet, and is waited for.</summary>
    Awaited,

    /// <summary>It said that it cannot use them.</summary>
    Refused,

    /// <summary>It did not answer, and is not waited for: its process let such a wait run out before, and has answered nothing since.</summary>
    Ignored,
}

/// <summary>Through which service a workload takes the roots.</summary>
internal enum UptakeKind
{
    /// <summary>Envoy's secret discovery: it takes each secret, or refuses it.</summary>
    Secrets,

    /// <summary>The Workload API, with the stream beside it on which our client says what it uses.</summary>
    WorkloadApi,
}
