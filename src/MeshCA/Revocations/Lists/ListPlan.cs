using MeshCA.Issuance;

namespace MeshCA.Revocations.Lists;

/// <summary>Everything a list will say, decided before a byte of it is written.</summary>
internal sealed record ListPlan
{
    /// <summary>Who signs it.</summary>
    public required IssuerName Issuer { get; init; }

    /// <summary>Its number, RFC 5280 §5.2.3.</summary>
    public required long Number { get; init; }

    /// <summary>When it was made, whole seconds.</summary>
    public required DateTimeOffset ThisUpdate { get; init; }

    /// <summary>When the next one is there at the latest, whole seconds.</summary>
    public required DateTimeOffset NextUpdate { get; init; }

    /// <summary>The certificates that it names; each has a serial.</summary>
    public required IReadOnlyList<Revocation> Entries { get; init; }
}
