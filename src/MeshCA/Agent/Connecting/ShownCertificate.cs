using System.Diagnostics.CodeAnalysis;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace MeshCA.Agent.Connecting;

/// <summary>A certificate with its key, made ready for handshakes once and kept while its source has not changed.</summary>
internal sealed class ShownCertificate
{
    private readonly Lock _lock = new();
    private byte[] _sourceHash = [];
    private SslStreamCertificateContext? _context;

    /// <summary>Makes it ready.</summary>
    /// <param name="chain">Leaf and intermediates in PEM; untrusted.</param>
    /// <param name="key">The key in PEM. Secret.</param>
    /// <param name="now">The leaf must be valid then.</param>
    /// <param name="context">What handshakes take; the same object while chain and key are the same.</param>
    /// <param name="fault">What is wrong, or null.</param>
    public bool TryPrepare(
        ReadOnlySpan<byte> chain,
        ReadOnlySpan<byte> key,
        DateTimeOffset now,
        [NotNullWhen(true)] out SslStreamCertificateContext? context,
        [NotNullWhen(false)] out string? fault)
    {
        byte[] hash = [.. SHA256.HashData(chain), .. SHA256.HashData(key)];
        lock (_lock)
        {
            if (_context is null || !hash.AsSpan().SequenceEqual(_sourceHash))
            {
                _context = TryLoad(chain, key);
                _sourceHash = _context is null ? [] : hash;
            }

            context = _context;
        }

        if (context is null)
        {
            fault = "chain and key cannot be read, or do not belong together";
            return false;
        }

        var leaf = context.TargetCertificate;
        fault = now >= leaf.NotBefore.ToUniversalTime() && now <= leaf.NotAfter.ToUniversalTime()
            ? null
            : $"its certificate is valid from {leaf.NotBefore.ToUniversalTime():u} to {leaf.NotAfter.ToUniversalTime():u}";
        context = fault is null ? context : null;
        return context is not null;
    }

    private static SslStreamCertificateContext? TryLoad(ReadOnlySpan<byte> chain, ReadOnlySpan<byte> key)
    {
        try
        {
            var certificates = new X509Certificate2Collection();
            var text = Encoding.ASCII.GetString(chain);
            certificates.ImportFromPem(text);
            var leaf = X509Certificate2.CreateFromPem(text, Encoding.ASCII.GetString(key));

            // The intermediates too: a server that knows the root alone finds no path to it without them.
            return SslStreamCertificateContext.Create(leaf, [.. certificates.Skip(1)], offline: true);
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            return null;
        }
    }
}
