namespace SpiffeIdentity.Svids;

/// <summary>What every certificate says, whoever it is for; <see cref="X509SvidPlan"/> checks it.</summary>
public sealed record CertificateTerms
{
    /// <summary>The holder's key in DER (RFC 5280 §4.1.2.7); may be untrusted. That its holder has the private half, and that an EC key is
    /// a point on its curve, the caller has checked.</summary>
    public required ReadOnlyMemory<byte> SubjectPublicKeyInfo { get; init; }

    /// <summary>Random bytes, never used twice: <see cref="X509SvidPlan.MinSerialLength"/> to <see cref="X509SvidPlan.MaxSerialLength"/> of
    /// them, the highest bit 0 where there are so many.</summary>
    public required ReadOnlyMemory<byte> SerialNumber { get; init; }

    /// <summary>Begin of the validity; a part of a second is cut off. See <see cref="X509SvidPlan.Backdate"/>.</summary>
    public required DateTimeOffset NotBefore { get; init; }

    /// <summary>End of the validity, inclusive; a part of a second is cut off.</summary>
    public required DateTimeOffset NotAfter { get; init; }
}
