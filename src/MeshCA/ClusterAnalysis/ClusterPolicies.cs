using AuthzEngine.Compilation;
using AuthzEngine.Formats.Mesh;
using AuthzEngine.Formats.Yaml;
using AuthzEngine.Policies;

namespace MeshCA.ClusterAnalysis;

/// <summary>A cluster's policies, read and judged once for all who look at them.</summary>
internal sealed class ClusterPolicies
{
    private ClusterPolicies(MeshSettings? written, MeshSettings settings, AdmittedTexts admitted)
    {
        Written = written;
        Settings = settings;
        Admitted = admitted;
        Modes = new(admitted.Resources.Resources.OfType<PeerAuthentication>(), settings);
    }

    /// <summary>The mesh's settings as they are written; null where they are not known.</summary>
    public MeshSettings? Written { get; }

    /// <summary>The settings that hold: Istio's defaults where nothing is written.</summary>
    public MeshSettings Settings { get; }

    /// <summary>What is in force, and what is to say about it.</summary>
    public AdmittedTexts Admitted { get; }

    /// <summary>Which mTLS mode holds where.</summary>
    public PeerAuthenticationModes Modes { get; }

    /// <summary>Reads them.</summary>
    public static ClusterPolicies Of(ClusterView cluster)
    {
        var limits = new YamlLimits();
        var written = cluster.MeshSettings is { } text ? MeshSettingsReader.Read(text.Name, text.Utf8, limits).Value : null;
        var settings = written ?? new MeshSettings { RootNamespace = cluster.RootNamespace };

        // As they stand: what istiod makes of an invalid one is not for us to improve on.
        var admitted = PolicyTexts.Read(cluster.Policies, limits).Admit(new(settings, AllowInvalid: true));
        return new(written, settings, admitted);
    }
}
