using System.IO;
using System.Security.Cryptography;

namespace Kubernetes.Tests.Running;

/// <summary>A key-encryption key that several replicas share.</summary>
internal static class KeyFile
{
    /// <summary>Settings with one of a cluster's own.</summary>
    public static IEnumerable<(string Key, string Value)> Settings(KubernetesCluster cluster)
    {
        var path = cluster.File("kek");
        if (!File.Exists(path))
        {
            File.WriteAllText(path, Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)));
            File.SetUnixFileMode(path, UnixFileMode.UserRead);
        }

        return [("Storage:CreateKeyEncryptionKey", "false"), ("Storage:KeyEncryptionKeyFile", path)];
    }
}
