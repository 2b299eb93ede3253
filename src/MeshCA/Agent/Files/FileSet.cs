using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using MeshCA.Agent.Identities;
using MeshCA.Configuration;
using MeshCA.Storage;
using SpiffeIdentity.Bundles;
using SpiffeIdentity.Pem;

namespace MeshCA.Agent.Files;

/// <summary>One file of a set.</summary>
/// <remarks>A class and not a record, so that no log prints it by accident.</remarks>
internal sealed class SetFile(string name, string content, bool isSecret)
{
    /// <summary>Its name in the directory.</summary>
    public string Name => name;

    /// <summary>Its content. Perhaps secret.</summary>
    public ReadOnlyMemory<byte> Content { get; } = Encoding.ASCII.GetBytes(content);

    /// <summary>Whether it holds the key.</summary>
    public bool IsSecret => isSecret;
}

/// <summary>What is written for an SVID and a bundle: files that belong together. Pure.</summary>
internal static class FileSet
{
    /// <summary>Puts it together.</summary>
    /// <param name="svid">The SVID with its key.</param>
    /// <param name="bundle">The roots by which peers are verified.</param>
    /// <param name="options">The names.</param>
    public static ImmutableArray<SetFile> Of(HeldSvid svid, TrustBundle bundle, AgentFilesOptions options)
    {
        var (chainName, keyName, rootsName) = NamesOf(options.Layout);
        var chain = PemWriter.WriteCertificates(svid.Svid.Certificates);
        var key = PemEncoding.WriteString("PRIVATE KEY", svid.PrivateKey.Span) + "\n";
        var files = ImmutableArray.Create(
            new SetFile(chainName, chain, isSecret: false),
            new SetFile(keyName, key, isSecret: true),
            new SetFile(rootsName, bundle.X509.ToPem(), isSecret: false));
        return options.CombinedFile.Length > 0 ? files.Add(new SetFile(options.CombinedFile, chain + key, isSecret: true)) : files;
    }

    private static (string Chain, string Key, string Roots) NamesOf(AgentFilesLayout layout) => layout switch
    {
        AgentFilesLayout.Spiffe => ("svid.pem", "svid_key.pem", "svid_bundle.pem"),
        AgentFilesLayout.Istio => (CredentialDirectory.ChainFile, CredentialDirectory.KeyFile, CredentialDirectory.RootsFile),
        AgentFilesLayout.Kubernetes => ("tls.crt", "tls.key", "ca.crt"),
        _ => throw new System.Diagnostics.UnreachableException(),
    };
}
