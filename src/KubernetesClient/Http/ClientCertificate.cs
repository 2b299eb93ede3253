using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using KubernetesClient.Configuration;

namespace KubernetesClient.Http;

/// <summary>The certificate to call with, read again with each connection: somebody else renews it.</summary>
/// <param name="certificate">The certificate in PEM.</param>
/// <param name="key">Its key in PEM.</param>
internal sealed class ClientCertificate(CredentialContent certificate, CredentialContent key) : IDisposable
{
    private readonly Lock _lock = new();
    private readonly List<X509Certificate2> _old = [];
    private byte[]? _read;
    private X509Certificate2? _current;

    /// <summary>The certificate with its key; null where there never was one to read.</summary>
    public X509Certificate2? Current
    {
        get
        {
            lock (_lock)
            {
                var now = certificate.Read();
                if (now is not null && (_read is null || !now.AsSpan().SequenceEqual(_read)) && Parse(now, key.Read()) is { } renewed)
                {
                    // Connections that were opened with the one before may still use it.
                    if (_current is not null)
                    {
                        _old.Add(_current);
                    }

                    (_read, _current) = (now, renewed);
                }

                return _current;
            }
        }
    }

    /// <summary>Reads a certificate and its key.</summary>
    /// <param name="certificate">The certificate; null where it could not be read.</param>
    /// <param name="key">The key; null where it could not be read.</param>
    /// <returns>Both in one; null where they do not parse, or do not belong together.</returns>
    public static X509Certificate2? Parse(byte[]? certificate, byte[]? key)
    {
        if (certificate is null || key is null)
        {
            return null;
        }

        try
        {
            return X509Certificate2.CreateFromPem(Encoding.UTF8.GetString(certificate), Encoding.UTF8.GetString(key));
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            return null;
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        lock (_lock)
        {
            _current?.Dispose();
            _old.ForEach(old => old.Dispose());
            _old.Clear();
            _current = null;
        }
    }
}
