using AuthzEngine.Formats.Yaml;
using AuthzEngine.Formats.Yaml.Fields;
using AuthzEngine.Policies;

namespace AuthzEngine.Formats.Mesh;

/// <summary>Reads the mesh's settings: Istio's MeshConfig, of which only what concerns policies is taken, and our switches.</summary>
public static class MeshSettingsReader
{
    private static readonly Dictionary<string, PathNormalization> Normalizations = new()
    {
        ["DEFAULT"] = PathNormalization.Base,
        ["NONE"] = PathNormalization.None,
        ["BASE"] = PathNormalization.Base,
        ["MERGE_SLASHES"] = PathNormalization.MergeSlashes,
        ["DECODE_AND_MERGE_SLASHES"] = PathNormalization.DecodeAndMergeSlashes,
    };

    private static readonly Dictionary<string, RepeatedHeaders> HeaderMatchings = new()
    {
        ["INDIVIDUALLY"] = RepeatedHeaders.Individually,
        ["JOINED"] = RepeatedHeaders.Joined,
    };

    private static readonly Dictionary<string, RequestPrincipalMatching> PrincipalMatchings = new()
    {
        ["ISSUER_AND_SUBJECT"] = RequestPrincipalMatching.IssuerAndSubject,
        ["JOINED"] = RequestPrincipalMatching.Joined,
    };

    /// <summary>Reads the settings.</summary>
    /// <param name="sourceName">File name, or another name of the source, for findings.</param>
    /// <param name="utf8">YAML or JSON; untrusted.</param>
    /// <param name="limits">How much is read.</param>
    /// <returns>The settings; what the file does not say has Istio's defaults.</returns>
    public static MeshReadResult<MeshSettings> Read(string sourceName, ReadOnlyMemory<byte> utf8, YamlLimits limits) =>
        MeshFile.Read(sourceName, utf8, limits, Settings);

    private static MeshSettings Settings(ObjectReader mesh)
    {
        var defaults = new MeshSettings();
        var settings = defaults with
        {
            RootNamespace = mesh.Text("rootNamespace") is { Length: > 0 } root ? root : defaults.RootNamespace,
            TrustDomain = mesh.Text("trustDomain") is { Length: > 0 } domain ? domain : defaults.TrustDomain,
            TrustDomainAliases = mesh.Texts("trustDomainAliases"),
            PathNormalization = mesh.Object("pathNormalization") is { } normalization
                ? Normalization(normalization)
                : defaults.PathNormalization,
            ExtensionProviders = ExtensionProviderReader.Read(mesh),
        };
        if (mesh.Object("meshca") is { } switches)
        {
            settings = Switches(switches, settings);
        }

        mesh.End(UnknownFields.OnlyMisspelledRefused);
        return settings;
    }

    private static PathNormalization Normalization(ObjectReader reader)
    {
        var normalization = reader.Choice("normalization", Normalizations, PathNormalization.Base);
        reader.End(UnknownFields.Refused);
        return normalization;
    }

    private static MeshSettings Switches(ObjectReader reader, MeshSettings settings)
    {
        var read = settings with
        {
            MultipleCustomProviders = reader.Boolean("multipleCustomProviders", settings.MultipleCustomProviders),
            SelectorBasedGatewayPolicy = reader.Boolean("selectorBasedGatewayPolicy", settings.SelectorBasedGatewayPolicy),
            Revision = reader.OptionalText("revision") ?? settings.Revision,
            RepeatedHeaders = reader.Choice("repeatedHeaders", HeaderMatchings, settings.RepeatedHeaders),
            RequestPrincipals = reader.Choice("requestPrincipals", PrincipalMatchings, settings.RequestPrincipals),
        };
        reader.End(UnknownFields.Refused);
        return read;
    }
}
