using System.Globalization;
using System.IO;
using MeshCA.Revocations.Lists;
using MeshCA.Wire.Identity;

namespace MeshCA.Admin;

/// <summary>A state of the revocations as <c>meshca bundle watch</c> prints it.</summary>
/// <param name="Time">When it came.</param>
/// <param name="Revision">Its revision.</param>
/// <param name="Bans">Who is banned.</param>
/// <param name="Lists">The revocation lists.</param>
/// <param name="ListsComplete">Whether every authority has a list.</param>
internal sealed record RevocationLine(
    DateTimeOffset Time, long Revision, IReadOnlyList<BanItem> Bans, IReadOnlyList<ListItem> Lists, bool ListsComplete)
{
    /// <summary>Takes one off the wire.</summary>
    /// <exception cref="InvalidDataException">A list is none.</exception>
    public static RevocationLine Of(RevocationState state, DateTimeOffset now) =>
        new(now, state.Revision, [.. state.Bans.Select(BanItem.Of)], [.. state.Lists.Select(ListItem.Of)], state.ListsComplete);

    /// <summary>One line for people.</summary>
    public static string Render(RevocationLine line) => AdminOutput.Printable(string.Create(
        CultureInfo.InvariantCulture,
        $"{line.Time:u}  revision {line.Revision}  bans: {Join(line.Bans)}  lists: {Join(line.Lists)}{(line.ListsComplete ? "" : "; lists are missing")}"));

    private static string Join<T>(IReadOnlyList<T> items) => items.Count == 0 ? "none" : string.Join(", ", items);
}

/// <summary>A ban as it is printed.</summary>
/// <param name="Number">Its number.</param>
/// <param name="SpiffeId">The identity.</param>
/// <param name="Prefix">Whether all below it are banned too.</param>
/// <param name="ExpiresAt">When it ends by itself; null: never.</param>
internal sealed record BanItem(long Number, string SpiffeId, bool Prefix, DateTimeOffset? ExpiresAt)
{
    /// <summary>Takes one off the wire.</summary>
    public static BanItem Of(Ban ban) => new(ban.Number, ban.SpiffeId, ban.Prefix, ban.ExpiresAt?.ToDateTimeOffset());

    /// <inheritdoc />
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"{SpiffeId}{(Prefix ? " and below" : "")}{(ExpiresAt is { } end ? $" until {end:u}" : "")}");
}

/// <summary>A revocation list as it is printed.</summary>
/// <param name="Authority">Whose it is.</param>
/// <param name="Number">Its number.</param>
/// <param name="Certificates">How many certificates it names.</param>
/// <param name="NextUpdate">When the next one is there at the latest.</param>
internal sealed record ListItem(string Authority, string Number, int Certificates, DateTimeOffset NextUpdate)
{
    /// <summary>Takes one off the wire.</summary>
    /// <exception cref="InvalidDataException">It is none.</exception>
    public static ListItem Of(RevocationList list) => PublishedList.Of(list.Authority, list.Der.Memory) is { } read
        ? new(read.Authority, read.Number, read.Serials.Count, read.NextUpdate)
        : throw new InvalidDataException($"the revocation list of authority {list.Authority} cannot be read");

    /// <inheritdoc />
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Authority} number {Number} with {Certificates}");
}
