using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace MeshCA.IntegrationTests.Running;

/// <summary>An answer of the CSR service, read the way ztunnel reads it (istio-ca §6.6).</summary>
internal sealed class CsrAnswer
{
    public CsrAnswer(IEnumerable<string> chain)
    {
        Elements = [.. chain];
        Leaf = X509Certificate2.CreateFromPem(Elements[0]);
        Middle = [.. Elements.Skip(1).SkipLast(1).Select(element => X509Certificate2.CreateFromPem(element))];
        Bundle.ImportFromPem(Elements[^1]);
    }

    public IReadOnlyList<string> Elements { get; }

    public X509Certificate2 Leaf { get; }

    /// <summary>The first certificate of each element between the first and the last.</summary>
    public IReadOnlyList<X509Certificate2> Middle { get; }

    /// <summary>Every certificate of the last element.</summary>
    public X509Certificate2Collection Bundle { get; } = [];

    public DateTimeOffset NotBefore => Leaf.NotBefore.ToUniversalTime();

    public DateTimeOffset NotAfter => Leaf.NotAfter.ToUniversalTime();

    /// <summary>SHA-256 of the leaf, as the journal keeps it.</summary>
    public string Fingerprint => Convert.ToHexStringLower(SHA256.HashData(Leaf.RawData));

    public string IntermediatesPem => string.Concat(Elements.Skip(1).SkipLast(1));

    /// <summary>How many PEM blocks an element holds.</summary>
    public static int BlocksOf(string element) => element.Split("-----BEGIN CERTIFICATE-----").Length - 1;

    /// <summary>Builds the path from the leaf through the middle to the bundle; nothing else is trusted or known.</summary>
    /// <returns>Empty where it holds.</returns>
    public string FindFault(DateTimeOffset now) => ChainFault.Find(Leaf, Middle, Bundle, now);
}

/// <summary>Builds paths with chosen roots at a chosen time.</summary>
internal static class ChainFault
{
    /// <summary>Builds one.</summary>
    /// <returns>Empty where a path leads to a root.</returns>
    public static string Find(
        X509Certificate2 leaf, IEnumerable<X509Certificate2> middle, X509Certificate2Collection roots, DateTimeOffset now)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.CustomTrustStore.AddRange(roots);
        chain.ChainPolicy.ExtraStore.AddRange(middle.ToArray());
        chain.ChainPolicy.VerificationTime = now.UtcDateTime;
        chain.ChainPolicy.VerificationTimeIgnored = false;
        return chain.Build(leaf) ? "" : string.Join(", ", chain.ChainStatus.Select(status => status.Status));
    }
}
