using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace KubernetesClient.Http;

/// <summary>Certificates in PEM.</summary>
internal static class PemCertificates
{
    /// <summary>Reads all of them.</summary>
    /// <param name="pem">The text; null where it could not be read.</param>
    /// <returns>The certificates; null where they do not parse.</returns>
    public static X509Certificate2Collection? Parse(byte[]? pem)
    {
        if (pem is null)
        {
            return null;
        }

        var found = new X509Certificate2Collection();
        try
        {
            found.ImportFromPem(Encoding.UTF8.GetString(pem));
            return found;
        }
        catch (CryptographicException)
        {
            return null;
        }
    }
}
