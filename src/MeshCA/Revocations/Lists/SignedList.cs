using System.Collections.Frozen;
using MeshCA.Issuance;

namespace MeshCA.Revocations.Lists;

/// <summary>A list that was just signed and is not stored yet.</summary>
/// <param name="Stored">The list.</param>
/// <param name="NextUpdate">When the next one is there at the latest.</param>
/// <param name="Serials">The certificates that it names.</param>
internal sealed record SignedList(StoredList Stored, DateTimeOffset NextUpdate, FrozenSet<SerialNumber> Serials);

/// <summary>What one round publishes.</summary>
/// <param name="Signed">Lists that were signed here.</param>
/// <param name="Supplied">Lists that the operator supplies.</param>
internal sealed record Publication(IReadOnlyList<SignedList> Signed, IReadOnlyList<PublishedList> Supplied)
{
    /// <summary>Authorities whose lists nobody needs any more.</summary>
    public IReadOnlyCollection<string> Gone { get; init; } = [];

    /// <summary>Whether there is anything to keep of it.</summary>
    /// <param name="entries">The revocations.</param>
    public bool Changes(IReadOnlyList<Revocation> entries) =>
        Signed.Count > 0 || Gone.Count > 0 || entries.Any(entry => entry.PublishedIn == 0 && Mark(entry) != entry);

    /// <summary>The revocation, with the number of the list that names it first.</summary>
    /// <param name="entry">The revocation.</param>
    public Revocation Mark(Revocation entry)
    {
        if (entry.PublishedIn > 0 || entry.Issuer.Length == 0)
        {
            return entry;
        }

        var number = Signed.FirstOrDefault(list => list.Stored.Authority == entry.Issuer && list.Serials.Contains(entry.Serial))?.Stored.Number
            ?? Supplied.FirstOrDefault(list => list.Authority == entry.Issuer && list.Serials.Contains(entry.Serial))?.ShortNumber
            ?? 0;
        return number == 0 ? entry : entry with { PublishedIn = number };
    }
}
