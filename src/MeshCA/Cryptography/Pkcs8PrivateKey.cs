using System.Security.Cryptography;

namespace MeshCA.Cryptography;

/// <summary>A private key as unencrypted PKCS#8 (RFC 5958), in memory that is zeroed when it is disposed of.</summary>
/// <remarks>
/// Whoever gets one disposes of it as soon as the key is loaded or sealed. The finalizer stands in where nobody can tell
/// when that is: with a signer that was replaced, answers may still be under way.
/// A class and not a record: a record's printed form would hold the key.
/// </remarks>
internal sealed class Pkcs8PrivateKey : IDisposable
{
    /// <summary>Enough for EC and for RSA up to 4096 bits.</summary>
    private const int UsualSize = 2560;

    private readonly byte[] _buffer;
    private readonly int _length;
    private bool _isDisposed;

    /// <summary>Takes an encoded key.</summary>
    /// <param name="der">The key and nothing behind it. Not copied: it is this object's to zero from then on.</param>
    public Pkcs8PrivateKey(byte[] der)
        : this(der, der.Length)
    {
    }

    private Pkcs8PrivateKey(byte[] buffer, int length)
    {
        _buffer = buffer;
        _length = length;
    }

    /// <summary>Zeroes what nobody disposed of.</summary>
    ~Pkcs8PrivateKey() => CryptographicOperations.ZeroMemory(_buffer);

    /// <summary>The encoded key; the caller keeps this object reachable while it reads, else the finalizer may zero under it.</summary>
    public ReadOnlySpan<byte> Der
    {
        get
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            return _buffer.AsSpan(0, _length);
        }
    }

    /// <summary>A copy of a platform key.</summary>
    public static Pkcs8PrivateKey Of(AsymmetricAlgorithm keyPair)
    {
        for (var size = UsualSize; ; size *= 2)
        {
            // Pinned: the collector would leave copies behind when it moves the key.
            var buffer = GC.AllocateArray<byte>(size, pinned: true);
            if (keyPair.TryExportPkcs8PrivateKey(buffer, out var length))
            {
                return new(buffer, length);
            }

            CryptographicOperations.ZeroMemory(buffer);
        }
    }

    /// <summary>Another copy, with a life of its own.</summary>
    public Pkcs8PrivateKey Copy()
    {
        var buffer = GC.AllocateUninitializedArray<byte>(_length, pinned: true);
        Der.CopyTo(buffer);
        GC.KeepAlive(this);
        return new(buffer);
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _isDisposed = true;
        CryptographicOperations.ZeroMemory(_buffer);
        GC.SuppressFinalize(this);
    }
}
