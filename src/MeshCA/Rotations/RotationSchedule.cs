using MeshCA.Authorities;

namespace MeshCA.Rotations;

/// <summary>Tells when a rotation begins by itself; pure.</summary>
internal static class RotationSchedule
{
    /// <summary>When the active root is due to be replaced; null: not by itself.</summary>
    /// <param name="root">The active root.</param>
    /// <param name="settings">How rotations are carried on.</param>
    public static DateTimeOffset? DueAt(AuthorityLife root, RotationSettings settings)
    {
        var byAge = settings.AtShareOfLife > 0
            ? root.CreatedAt + ((root.NotAfter - root.CreatedAt) * settings.AtShareOfLife)
            : default(DateTimeOffset?);
        var byDate = settings.At is { } at && root.CreatedAt < at ? at : default(DateTimeOffset?);
        return (byAge, byDate) switch
        {
            ({ } age, { } date) => age < date ? age : date,
            _ => byAge ?? byDate,
        };
    }

    /// <summary>Whether a rotation is to begin now.</summary>
    /// <remarks>One that was taken back is not begun again by itself: somebody had a reason.</remarks>
    public static bool IsDue(AuthoritySet set, RotationSettings settings, DateTimeOffset now) =>
        set.Rotation is null or { Phase: RotationPhase.Completed }
        && StoredAuthorities.Of(set).LastOrDefault(a => a is { Kind: AuthorityKind.Root, State: AuthorityState.Active }) is { HasKey: true } root
        && DueAt(root, settings) is { } due
        && now >= due;
}
