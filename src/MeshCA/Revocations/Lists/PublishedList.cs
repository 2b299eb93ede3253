using System.Collections.Frozen;
using System.Security.Cryptography;
using System.Text;
using MeshCA.Authorities;
using MeshCA.Issuance;

namespace MeshCA.Revocations.Lists;

/// <summary>A list in the forms it is handed out in.</summary>
internal sealed class PublishedList
{
    private const string PemLabel = "X509 CRL"; // RFC 7468 §6

    private PublishedList(string authority, ReadOnlyMemory<byte> der, ListFields fields)
    {
        Authority = authority;
        Der = der;
        Pem = Encoding.ASCII.GetBytes(PemEncoding.WriteString(PemLabel, der.Span) + "\n");
        Number = fields.Number.ToString(System.Globalization.CultureInfo.InvariantCulture);
        ShortNumber = (long)System.Numerics.BigInteger.Min(System.Numerics.BigInteger.Max(fields.Number, 1), long.MaxValue);
        ThisUpdate = fields.ThisUpdate;
        NextUpdate = fields.NextUpdate;
        Serials = fields.Serials.ToFrozenSet();
    }

    /// <summary>Id of the authority that signed it.</summary>
    public string Authority { get; }

    /// <summary>Its number.</summary>
    public string Number { get; }

    /// <summary>The same as far as it fits; lists of other software may have numbers of 20 octets.</summary>
    public long ShortNumber { get; }

    /// <summary>When it was made.</summary>
    public DateTimeOffset ThisUpdate { get; }

    /// <summary>When the next one is there at the latest.</summary>
    public DateTimeOffset NextUpdate { get; }

    /// <summary>The certificates that it names.</summary>
    public FrozenSet<SerialNumber> Serials { get; }

    /// <summary>The list.</summary>
    public ReadOnlyMemory<byte> Der { get; }

    /// <summary>The list as PEM, with a line end behind its last line.</summary>
    public ReadOnlyMemory<byte> Pem { get; }

    /// <summary>Reads a list that was signed here.</summary>
    /// <exception cref="KeySealException">It is none: something else put it into the store.</exception>
    public static PublishedList Of(StoredList stored) =>
        Of(stored.Authority, stored.Der) ?? throw new KeySealException($"the stored list of authority `{stored.Authority}` cannot be read");

    /// <summary>Reads a list.</summary>
    /// <param name="authority">Who signed it.</param>
    /// <param name="der">The list; its signature is not looked at.</param>
    /// <returns>Null where it is none.</returns>
    public static PublishedList? Of(string authority, ReadOnlyMemory<byte> der) =>
        ListFields.TryDivide(der, out var tbs, out _) && ListFields.TryRead(tbs, out var fields) ? new(authority, der, fields) : null;
}
