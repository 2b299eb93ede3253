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
        if (!root.HasKey)
        {
            return null; // nobody here signs the next one's cross-certificate
        }

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
        && StoredAuthorities.Of(set).LastOrDefault(a => a is { Kind: AuthorityKind.Root, State: AuthorityState.Active }) is { } root
        && DueAt(root, settings) is { } due
        && now >= due;

    /// <summary>Whether the end of the active root is near, and nothing replaces it.</summary>
    /// <param name="root">The active root.</param>
    /// <param name="rotation">The rotation that is under way; null: none is.</param>
    /// <param name="warning">How long before the end.</param>
    /// <param name="longest">How long a rotation that goes well waits at most before the next root signs.</param>
    /// <param name="now">The time.</param>
    public static RootAlarm AlarmOf(AuthorityLife root, RotationRecord? rotation, TimeSpan warning, TimeSpan longest, DateTimeOffset now) =>
        (root.NotAfter - now < warning, rotation) switch
        {
            (false, _) => RootAlarm.None,
            (_, null) => RootAlarm.NoRotation,
            (_, { Phase: RotationPhase.Draining }) => RootAlarm.None, // the active root is the new one
            (_, { } waiting) => now - waiting.StartedAt >= longest ? RootAlarm.RotationWaits : RootAlarm.None,
        };
}

/// <summary>What is wrong about the end of the active root.</summary>
internal enum RootAlarm
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>It is near, and no rotation is under way.</summary>
    NoRotation,

    /// <summary>It is near, and the rotation that is under way waits for longer than one that goes well.</summary>
    RotationWaits,
}
