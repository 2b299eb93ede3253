namespace MeshCA.Storage.Schema;

/// <summary>One authority in the form of its table's columns.</summary>
internal sealed class AuthorityRow
{
    /// <summary>Order of creation.</summary>
    public long Ordinal { get; set; }

    /// <summary>The subject key identifier in hexadecimal.</summary>
    public string Id { get; set; } = "";

    /// <summary><see cref="Authorities.AuthorityKind"/>.</summary>
    public long Kind { get; set; }

    /// <summary><see cref="Authorities.AuthorityState"/>.</summary>
    public long State { get; set; }

    /// <summary>The id of the authority that signed it.</summary>
    public string Issuer { get; set; } = "";

    /// <summary>The certificate in DER.</summary>
    public byte[] Certificate { get; set; } = [];

    /// <summary>The private key, sealed; null where the key lives elsewhere.</summary>
    public byte[]? SealedKey { get; set; }

    /// <summary>When it was created, microseconds.</summary>
    public long CreatedAt { get; set; }

    /// <summary>When it came to its state, microseconds; null in rows of older versions.</summary>
    public long? StateSince { get; set; }

    /// <summary>When its key was declared compromised, microseconds; null: it is not.</summary>
    public long? TaintedAt { get; set; }
}
