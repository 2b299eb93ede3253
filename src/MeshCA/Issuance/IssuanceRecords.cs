namespace MeshCA.Issuance;

/// <summary>Makes journal records of what was signed.</summary>
internal static class IssuanceRecords
{
    /// <summary>The record of a workload's leaf.</summary>
    public static IssuanceRecord OfLeaf(
        SvidRequest request, IssuedCertificate certificate, ulong bundleSequence, DateTimeOffset now) =>
        Of(certificate, now) with
        {
            RequestedLifetime = request.RequestedLifetime > TimeSpan.Zero ? request.RequestedLifetime : TimeSpan.Zero,
            Evidence = request.Caller.Evidence,
            BundleSequence = bundleSequence,
            Peer = request.Peer,
        };

    /// <summary>The record of a certificate that this CA issued to itself.</summary>
    public static IssuanceRecord Of(IssuedCertificate certificate, DateTimeOffset now) => new()
    {
        Kind = certificate.Plan.Profile.Kind,
        Serial = certificate.Plan.Serial,
        Subject = certificate.Plan.SpiffeId,
        Certificate = certificate.Fingerprint,
        Key = certificate.Plan.PublicKey.Fingerprint,
        NotBefore = certificate.Plan.NotBefore,
        NotAfter = certificate.Plan.NotAfter,
        Authority = certificate.Authority,
        IssuedAt = now,
    };
}
