using System.IO;
using System.Reflection;

namespace Kubernetes.Tests.Running;

/// <summary>Where the programs are that <c>scripts/install-kubernetes.sh</c> makes.</summary>
internal static class KubernetesPrograms
{
    public static string Repository { get; } = Path.GetFullPath(typeof(KubernetesPrograms).Assembly
        .GetCustomAttributes<AssemblyMetadataAttribute>().Single(attribute => attribute.Key == "RepositoryDirectory").Value!);

    public static string ApiServer => Find("kube-apiserver");

    public static string Kubectl => Find("kubectl");

    private static string Find(string name)
    {
        var path = Path.Combine(Repository, "artifacts", "kubernetes", name);
        return File.Exists(path) ? path : throw new FileNotFoundException($"{name} is missing: run scripts/install-kubernetes.sh, as `make test-long` does");
    }
}
