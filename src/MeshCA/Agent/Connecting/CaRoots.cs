using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MeshCA.Configuration;
using SpiffeIdentity;
using SpiffeIdentity.Bundles;

namespace MeshCA.Agent.Connecting;

/// <summary>The roots by which the CA's own certificate is judged: the file, and the trust bundle once it was seen to be of the same authority.</summary>
/// <remarks>
/// A CA that turned to a new root shows it before a file that others distribute has it (istio-ca §5.4). The bundle came over a
/// connection that the file's roots vouched for, so it may vouch for the next, but only where file and bundle ever shared a root:
/// a CA whose port has certificates of another authority is never believed by the mesh's.
/// </remarks>
internal sealed class CaRoots
{
    private const int MaxFileLength = 1 << 20;
    private readonly AgentOptions _options;
    private readonly TrustDomain _trustDomain;
    private readonly Lock _lock = new();
    private X509Bundle? _file;
    private bool _isSame;

    /// <summary>Nothing is read yet.</summary>
    /// <param name="options">Names the file.</param>
    public CaRoots(AgentOptions options)
    {
        _options = options;
        _trustDomain = TrustDomain.Parse(options.TrustDomain);
    }

    /// <summary>Why the file could not be read the last time; null where it could.</summary>
    public string? Fault { get; private set; }

    /// <summary>The file's roots where they are of the same authority as the trust bundle; null else.</summary>
    /// <param name="bundle">The trust bundle.</param>
    public X509Bundle? SharedWith(X509Bundle bundle)
    {
        lock (_lock)
        {
            var file = Read();
            _isSame = _isSame || (file is not null && file.Authorities.Any(root => bundle.Contains(root.Span)));
            return _isSame ? file : null;
        }
    }

    /// <summary>The roots to connect with, the file read anew.</summary>
    /// <param name="bundle">The present trust bundle; null while there is none.</param>
    /// <returns>Certificates in DER, in the order of their hashes; empty for the system's; null where there are none.</returns>
    public ImmutableArray<ReadOnlyMemory<byte>>? Find(X509Bundle? bundle)
    {
        if (_options.RootsFile == AgentOptions.SystemRoots)
        {
            return [];
        }

        lock (_lock)
        {
            if (Read() is not { } file)
            {
                return null;
            }

            _isSame = _isSame || (bundle is not null && file.Authorities.Any(root => bundle.Contains(root.Span)));
            var more = _isSame && bundle is not null ? bundle.Authorities.Where(root => !file.Contains(root.Span) && IsCertificate(root)) : [];
            return [.. file.Authorities.Concat(more).OrderBy(root => Convert.ToHexStringLower(SHA256.HashData(root.Span)), StringComparer.Ordinal)];
        }
    }

    // A file that is gone, or being written, leaves what it held.
    private X509Bundle? Read()
    {
        if (_options.RootsFile == AgentOptions.SystemRoots)
        {
            return null;
        }

        if (SmallFile.TryRead(_options.RootsFile, MaxFileLength, out var fault) is not { } bytes)
        {
            Fault = fault;
            return _file;
        }

        var readable = Readable(System.Text.Encoding.ASCII.GetString(bytes));
        if (readable.Count > 0 && X509Bundle.TryCreate(_trustDomain, readable, out var bundle, out var error))
        {
            (_file, Fault) = (bundle, null);
        }
        else
        {
            Fault = $"`{_options.RootsFile}` holds no certificate of an authority";
        }

        return _file;
    }

    // Certificates that cannot be read are passed over, as pilot-agent does in files (istio-ca §6.2).
    private List<ReadOnlyMemory<byte>> Readable(string pem)
    {
        var readable = new List<ReadOnlyMemory<byte>>();
        var rest = pem.AsSpan();
        while (readable.Count < X509Bundle.MaxAuthorities && PemEncoding.TryFind(rest, out var fields))
        {
            if (rest[fields.Label] is "CERTIFICATE" && TryDecode(rest[fields.Base64Data], out var der)
                && X509Bundle.TryCreate(_trustDomain, [der], out _, out _))
            {
                readable.Add(der);
            }

            rest = rest[fields.Location.End..];
        }

        return readable;
    }

    private static bool TryDecode(ReadOnlySpan<char> base64, out ReadOnlyMemory<byte> der)
    {
        var buffer = new byte[base64.Length];
        var decoded = Convert.TryFromBase64Chars(base64, buffer, out var length);
        der = buffer.AsMemory(0, length);
        return decoded && IsCertificate(der);
    }

    private static bool IsCertificate(ReadOnlyMemory<byte> der)
    {
        try
        {
            using var certificate = X509CertificateLoader.LoadCertificate(der.Span);
            return true;
        }
        catch (CryptographicException)
        {
            return false;
        }
    }
}
