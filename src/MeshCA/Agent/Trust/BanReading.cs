using MeshCA.Agent.Identities;
using MeshCA.Revocations;
using MeshCA.Wire.Identity;
using SpiffeIdentity;

namespace MeshCA.Agent.Trust;

/// <summary>Reads the bans of a state of the revocations. Pure.</summary>
internal static class BanReading
{
    /// <summary>Reads them.</summary>
    /// <param name="state">The state, whole; untrusted.</param>
    /// <param name="now">Bans that have ended are left out.</param>
    /// <param name="malformed">How many name no identity: they ban nobody.</param>
    public static HeldBans Read(RevocationState state, DateTimeOffset now, out int malformed)
    {
        var bans = state.Bans.Select(Read).OfType<Revocation>().ToList();
        malformed = state.Bans.Count - bans.Count;
        return HeldBans.Of(state.Revision, bans, now);
    }

    private static Revocation? Read(Ban ban) => SpiffeId.TryParse(ban.SpiffeId, out var id, out _)
        ? new()
        {
            Number = ban.Number,
            Kind = ban.Prefix ? RevocationKind.Prefix : RevocationKind.Identity,
            Subject = id.ToString(),
            Actor = "",
            Time = default,
            ExpiresAt = EndOf(ban),
        }
        : null;

    // An end that is no time is none: the ban holds until a state comes without it.
    private static DateTimeOffset? EndOf(Ban ban)
    {
        try
        {
            return ban.ExpiresAt?.ToDateTimeOffset();
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentOutOfRangeException)
        {
            return null;
        }
    }
}
