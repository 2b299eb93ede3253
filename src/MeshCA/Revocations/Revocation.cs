using System.Globalization;
using MeshCA.Issuance;

namespace MeshCA.Revocations;

/// <summary>One thing that is trusted no longer: a ban of identities, or the revocation of certificates.</summary>
internal sealed record Revocation
{
    /// <summary>Its number; never given twice.</summary>
    public required long Number { get; init; }

    /// <summary>What it is about.</summary>
    public required RevocationKind Kind { get; init; }

    /// <summary>The SPIFFE ID, serial number, hash of the SubjectPublicKeyInfo or authority id.</summary>
    public required string Subject { get; init; }

    /// <summary>Why, for people.</summary>
    public string Reason { get; init; } = "";

    /// <summary>Why, for lists.</summary>
    public RevocationCode Code { get; init; }

    /// <summary>Who ordered it.</summary>
    public required string Actor { get; init; }

    /// <summary>Since when.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>When a ban ends by itself; null: never.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>The authority on whose list it belongs; empty: on none.</summary>
    public string Issuer { get; init; } = "";

    /// <summary>The serial number that the list names; <c>default</c> where there is none.</summary>
    public SerialNumber Serial { get; init; }

    /// <summary>End of the certificate's validity; null where it is not about one certificate.</summary>
    public DateTimeOffset? NotAfter { get; init; }

    /// <summary>The revocation of a key that brought this one of a certificate; 0: it stands for itself.</summary>
    public long Cause { get; init; }

    /// <summary>Number of the first list that names it; 0: none does yet.</summary>
    public long PublishedIn { get; init; }

    /// <summary>Whether it bans identities.</summary>
    public bool IsBan => Kind is RevocationKind.Identity or RevocationKind.Prefix;

    /// <summary>Whether it holds at a time.</summary>
    public bool IsInForce(DateTimeOffset now) => ExpiresAt is not { } end || now < end;

    /// <summary>Names it for logs, audit and answers: number, kind and subject, not the reason.</summary>
    public string Describe() => string.Create(CultureInfo.InvariantCulture, $"{Number}: {NameOf(Kind)} {Subject}");

    /// <summary>The name of a kind.</summary>
    public static string NameOf(RevocationKind kind) => kind.ToString().ToLowerInvariant();
}
