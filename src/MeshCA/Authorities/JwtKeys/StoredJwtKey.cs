using System.Formats.Asn1;
using System.Globalization;
using System.Security.Cryptography;
using MeshCA.Cryptography;

namespace MeshCA.Authorities.JwtKeys;

/// <summary>What a JWT key's record has in the place of a certificate: the public key, and the longest lifetime of a token that it may sign.</summary>
/// <remarks>
/// In DER: <c>SEQUENCE { INTEGER 1, INTEGER seconds, SubjectPublicKeyInfo }</c>. The longest lifetime is the key's own and not read off
/// the settings of the day: when a key may leave must not depend on whether a setting was lowered meanwhile.
/// </remarks>
/// <param name="LongestToken">The longest lifetime of a token, whole seconds.</param>
/// <param name="PublicKey">The public key.</param>
internal sealed record StoredJwtKey(TimeSpan LongestToken, SubjectPublicKey PublicKey)
{
    private const int Version = 1;

    // Ten years: more is not what this service writes.
    private const long MostSeconds = 315_576_000;

    /// <summary>Reads the stored form.</summary>
    /// <param name="stored">From the store, whose seal vouches for it.</param>
    /// <exception cref="KeySealException">It is not what this version writes.</exception>
    public static StoredJwtKey Read(ReadOnlyMemory<byte> stored)
    {
        try
        {
            var outer = new AsnReader(stored, AsnEncodingRules.DER);
            var sequence = outer.ReadSequence();
            outer.ThrowIfNotEmpty();
            if (sequence.TryReadInt32(out var version) && version == Version
                && sequence.TryReadInt64(out var seconds) && seconds is > 0 and <= MostSeconds)
            {
                var key = KeyOf(sequence.ReadEncodedValue());
                sequence.ThrowIfNotEmpty();
                return new(TimeSpan.FromSeconds(seconds), key);
            }
        }
        catch (Exception e) when (e is AsnContentException or CryptographicException or NotSupportedException)
        {
            throw new KeySealException("a stored JWT key is not one this version knows", e);
        }

        throw new KeySealException("a stored JWT key is not one this version knows");
    }

    /// <summary>Writes the stored form.</summary>
    public byte[] Encode()
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            writer.WriteInteger(Version);
            writer.WriteInteger(LongestToken.Ticks / TimeSpan.TicksPerSecond);
            writer.WriteEncodedValue(PublicKey.SubjectPublicKeyInfo.Span);
        }

        return writer.Encode();
    }

    /// <inheritdoc />
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{PublicKey.Algorithm}, tokens of {LongestToken:c} at most");

    private static SubjectPublicKey KeyOf(ReadOnlyMemory<byte> info)
    {
        var fields = new AsnReader(info, AsnEncodingRules.DER).ReadSequence();
        if (fields.ReadSequence().ReadObjectIdentifier() == Oids.RsaEncryption)
        {
            using var rsa = RSA.Create();
            rsa.ImportSubjectPublicKeyInfo(info.Span, out _);
            return SubjectPublicKey.Of(rsa);
        }

        using var ecdsa = ECDsa.Create();
        ecdsa.ImportSubjectPublicKeyInfo(info.Span, out _);
        return SubjectPublicKey.Of(ecdsa);
    }
}
