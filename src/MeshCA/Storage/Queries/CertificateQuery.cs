using MeshCA.Issuance;
using MeshCA.Registration;
using SpiffeIdentity;

namespace MeshCA.Storage.Queries;

/// <summary>Which certificates to find: one filter, which one index answers.</summary>
internal abstract record CertificateFilter
{
    private CertificateFilter()
    {
    }

    /// <summary>All.</summary>
    internal sealed record All : CertificateFilter;

    /// <summary>Of one identity.</summary>
    internal sealed record OfIdentity(SpiffeId Id) : CertificateFilter;

    /// <summary>Of one identity and all below it.</summary>
    internal sealed record Below(SpiffeIdPrefix Prefix) : CertificateFilter;

    /// <summary>With one serial number.</summary>
    internal sealed record WithSerial(SerialNumber Serial) : CertificateFilter;

    /// <summary>Signed by one authority.</summary>
    internal sealed record SignedBy(string Authority) : CertificateFilter;

    /// <summary>That end within a time; its end is outside.</summary>
    internal sealed record Expiring(DateTimeOffset From, DateTimeOffset Until) : CertificateFilter;
}

/// <summary>A page of certificates to find.</summary>
/// <param name="Filter">Which.</param>
/// <param name="Scopes">The identities that may be seen; empty: all.</param>
/// <param name="Size">Most certificates.</param>
/// <param name="After">Where the page before ended.</param>
internal sealed record CertificateQuery(
    CertificateFilter Filter, IReadOnlyList<SpiffeIdPrefix> Scopes, int Size, PageCursor? After)
{
    /// <summary>Whether JWT-SVIDs alone are to be found, or certificates alone; null: both.</summary>
    public bool? IsOfTokens { get; init; }
}

/// <summary>A page of certificates.</summary>
/// <param name="Entries">The certificates; fewer than asked for where many had to be left out.</param>
/// <param name="Next">Where to go on; null after the last page.</param>
internal sealed record CertificatePage(IReadOnlyList<JournalEntry> Entries, PageCursor? Next);
