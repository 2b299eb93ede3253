using System.IO;
using System.Security.Cryptography;

namespace MeshCA.Storage;

/// <summary>A directory that receives a workload's key, chain and roots, under the names Istio's agent gives them.</summary>
internal static class CredentialDirectory
{
    /// <summary>Leaf and intermediates.</summary>
    public const string ChainFile = "cert-chain.pem";

    /// <summary>The private key, 0600.</summary>
    public const string KeyFile = "key.pem";

    /// <summary>The trust bundle.</summary>
    public const string RootsFile = "root-cert.pem";

    private const UnixFileMode Secret = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode Public = Secret | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    /// <summary>Writes the three files, each whole or not at all; the key before the chain that speaks of it.</summary>
    public static void Write(string directory, string keyPem, string chainPem, string rootsPem)
    {
        Directory.CreateDirectory(directory);
        Replace(Path.Combine(directory, RootsFile), rootsPem, Public);
        Replace(Path.Combine(directory, KeyFile), keyPem, Secret);
        Replace(Path.Combine(directory, ChainFile), chainPem, Public);
    }

    private static void Replace(string path, string content, UnixFileMode mode)
    {
        var aside = $"{path}.{RandomNumberGenerator.GetHexString(16, lowercase: true)}";
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = mode;
        }

        using (var writer = new StreamWriter(aside, options))
        {
            writer.Write(content);
        }

        File.Move(aside, path, overwrite: true);
    }
}
