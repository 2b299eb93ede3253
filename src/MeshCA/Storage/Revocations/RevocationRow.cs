namespace MeshCA.Storage.Revocations;

/// <summary>One revocation in the form of its table's columns.</summary>
internal sealed class RevocationRow
{
    /// <summary>Its number.</summary>
    public long Number { get; set; }

    /// <summary><see cref="MeshCA.Revocations.RevocationKind"/>.</summary>
    public long Kind { get; set; }

    /// <summary>What it is about.</summary>
    public string Subject { get; set; } = "";

    /// <summary>Why, for people.</summary>
    public string Reason { get; set; } = "";

    /// <summary><see cref="MeshCA.Revocations.RevocationCode"/>.</summary>
    public long Code { get; set; }

    /// <summary>Who ordered it.</summary>
    public string Actor { get; set; } = "";

    /// <summary>Since when, microseconds.</summary>
    public long Time { get; set; }

    /// <summary>When a ban ends, microseconds.</summary>
    public long? ExpiresAt { get; set; }

    /// <summary>The authority on whose list it belongs.</summary>
    public string Issuer { get; set; } = "";

    /// <summary>The serial number that the list names, 16 octets; null: none.</summary>
    public byte[]? Serial { get; set; }

    /// <summary>End of the certificate's validity, seconds.</summary>
    public long? NotAfter { get; set; }

    /// <summary>The revocation that brought it.</summary>
    public long Cause { get; set; }

    /// <summary>Number of the first list that names it.</summary>
    public long PublishedIn { get; set; }
}
