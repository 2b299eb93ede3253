using AuthzEngine.Diagnostics;

namespace MeshCA.ClusterAnalysis;

/// <summary>A kind of finding of <c>meshca analyze</c>; <c>docs/analysis-findings.md</c> has a row for each.</summary>
/// <param name="Id">Stable name: <c>IST</c> and istioctl's own number where it means the same there (istio-ca §8), else <c>MCA</c>.</param>
/// <param name="Severity">How bad the worst of them is.</param>
internal sealed record AnalysisCode(string Id, Severity Severity)
{
    /// <summary>An authority that is still handed out, or signs, has ended.</summary>
    public static readonly AnalysisCode AuthorityExpired = new("MCA0001", Severity.Error);

    /// <summary>An authority ends within the time that replacing it takes.</summary>
    public static readonly AnalysisCode AuthorityExpires = new("MCA0002", Severity.Warning);

    /// <summary>A channel lacks a root that the issuer publishes.</summary>
    public static readonly AnalysisCode RootMissing = new("MCA0003", Severity.Error);

    /// <summary>A channel has a root that the issuer does not publish.</summary>
    public static readonly AnalysisCode RootForeign = new("MCA0004", Severity.Warning);

    /// <summary>A namespace has no roots at all.</summary>
    public static readonly AnalysisCode ChannelMissing = new("MCA0005", Severity.Error);

    /// <summary>A channel holds no readable roots.</summary>
    public static readonly AnalysisCode ChannelUnreadable = new("MCA0006", Severity.Error);

    /// <summary>Clusters trust different roots.</summary>
    public static readonly AnalysisCode ClustersDiffer = new("MCA0007", Severity.Error);

    /// <summary>The certificate handed to istiod does not lead to the roots.</summary>
    public static readonly AnalysisCode ServingCertificateUntrusted = new("MCA0008", Severity.Error);

    /// <summary>The issuer cannot be reached.</summary>
    public static readonly AnalysisCode IssuerUnreachable = new("MCA0009", Severity.Error);

    /// <summary>The issuer answers, and is not ready.</summary>
    public static readonly AnalysisCode IssuerNotReady = new("MCA0010", Severity.Error);

    /// <summary>Something could not be looked at.</summary>
    public static readonly AnalysisCode NotLookedAt = new("MCA0011", Severity.Warning);

    /// <summary>One set of roots speaks for several trust domains.</summary>
    public static readonly AnalysisCode TrustDomainsShareRoots = new("MCA0012", Severity.Info);

    /// <summary>A pod outside of the mesh: workloads that demand mTLS refuse it.</summary>
    public static readonly AnalysisCode BreaksUnderStrict = new("MCA0020", Severity.Warning);

    /// <summary>mTLS is demanded of a workload that has no proxy to demand it.</summary>
    public static readonly AnalysisCode StrictNotEnforced = new("MCA0021", Severity.Warning);

    /// <summary>mTLS is switched off.</summary>
    public static readonly AnalysisCode MutualTlsDisabled = new("MCA0022", Severity.Warning);

    /// <summary>Plaintext is accepted beside mTLS.</summary>
    public static readonly AnalysisCode PlaintextAccepted = new("MCA0023", Severity.Info);

    /// <summary>Ports go around the proxy.</summary>
    public static readonly AnalysisCode PortsBypassProxy = new("MCA0024", Severity.Warning);

    /// <summary>A service that is open to the outside leads to workloads that demand mTLS, past every gateway.</summary>
    public static readonly AnalysisCode OutsideMeetsStrict = new("MCA0025", Severity.Warning);

    /// <summary>The kubelet's probes meet a demand for mTLS.</summary>
    public static readonly AnalysisCode ProbesMeetStrict = new("MCA0026", Severity.Warning);

    /// <summary>A policy names something that is not there.</summary>
    public static readonly AnalysisCode ReferenceMissing = new("IST0101", Severity.Error);

    /// <summary>A namespace is not in the mesh.</summary>
    public static readonly AnalysisCode NamespaceNotInjected = new("IST0102", Severity.Info);

    /// <summary>A pod of the mesh lacks its proxy.</summary>
    public static readonly AnalysisCode PodLacksProxy = new("IST0103", Severity.Warning);

    /// <summary>A policy is invalid.</summary>
    public static readonly AnalysisCode PolicyInvalid = new("IST0106", Severity.Error);

    /// <summary>Labels of a namespace contradict each other.</summary>
    public static readonly AnalysisCode LabelsContradict = new("IST0123", Severity.Warning);

    /// <summary>A policy selects no workload.</summary>
    public static readonly AnalysisCode PolicySelectsNothing = new("IST0127", Severity.Warning);

    /// <summary>A policy is valid, and Istio warns of it.</summary>
    public static readonly AnalysisCode PolicyDoubtful = new("IST0133", Severity.Warning);

    /// <summary>A webhook cannot be called.</summary>
    public static readonly AnalysisCode WebhookBroken = new("IST0139", Severity.Error);

    /// <summary>A right is missing to look at something.</summary>
    public static readonly AnalysisCode RightMissing = new("IST0141", Severity.Error);

    /// <summary>A container runs as the proxy's own user, whose traffic goes around it.</summary>
    public static readonly AnalysisCode RunsAsProxy = new("IST0144", Severity.Warning);

    /// <summary>A policy has no effect.</summary>
    public static readonly AnalysisCode PolicyWithoutEffect = new("IST0167", Severity.Warning);

    /// <summary>A policy's status says that something is wrong with it.</summary>
    public static readonly AnalysisCode NegativeCondition = new("IST0171", Severity.Warning);
}
