namespace MeshCA.Authorities.JwtKeys;

/// <summary>Decides the next step in the lives of JWT keys; pure, so that a crash between steps is answered by asking again.</summary>
/// <remarks>
/// One key signs, and the next one is published already: it is made when the one before it begins to sign. So the key that takes over on
/// the day on which the present one is compromised is one that verifiers have known for long.
/// </remarks>
internal static class JwtKeyPlanner
{
    /// <summary>The part of a key's lifetime for which it signs on past its time, at most, while somebody lacks the next key.</summary>
    public const double Patience = 0.25;

    /// <summary>Decides.</summary>
    /// <param name="keys">Every JWT key, oldest first.</param>
    /// <param name="settings">How keys are made and replaced.</param>
    /// <param name="now">The time.</param>
    /// <returns>The first step due; after it is durable, ask again.</returns>
    public static JwtKeyStep Next(IReadOnlyList<JwtKeyLife> keys, JwtKeySettings settings, DateTimeOffset now)
    {
        if (!settings.IsEnabled)
        {
            var published = keys.Where(key => key.IsPublished).Select(key => key.Id).ToList();
            return published.Count == 0 ? new JwtKeyStep.None() : new JwtKeyStep.Withdraw(published);
        }

        var active = keys.LastOrDefault(key => key.State == AuthorityState.Active);
        var prepared = keys.LastOrDefault(key => key is { State: AuthorityState.Prepared, IsTainted: false });
        if (active is null || active.IsTainted)
        {
            // Better a key that some verifiers look up first than none, or one that somebody else has too.
            return prepared is null ? new JwtKeyStep.Create(AuthorityState.Active, null) : new JwtKeyStep.Activate(prepared.Id);
        }

        if (prepared is null || !IsAsWanted(prepared, settings))
        {
            return new JwtKeyStep.Create(AuthorityState.Prepared, prepared?.Id);
        }

        // When the prepared one takes over depends on who has it (Rotations.JwtKeyCoordinator).
        var over = keys.FirstOrDefault(key => key.LastTokenEnds is { } end && end <= now);
        return over is null ? new JwtKeyStep.None() : new JwtKeyStep.Retire(over.Id);
    }

    /// <summary>When the prepared key takes over from the active one.</summary>
    /// <param name="keys">Every JWT key, oldest first.</param>
    /// <param name="settings">How keys are made and replaced.</param>
    /// <returns>Null where there are not both: then <see cref="Next"/> makes or moves one at once.</returns>
    public static JwtKeyHandover? HandoverOf(IReadOnlyList<JwtKeyLife> keys, JwtKeySettings settings)
    {
        var active = keys.LastOrDefault(key => key is { State: AuthorityState.Active, IsTainted: false });
        var next = keys.LastOrDefault(key => key is { State: AuthorityState.Prepared, IsTainted: false });
        if (!settings.IsEnabled || active is null || next is null || !IsAsWanted(next, settings))
        {
            return null;
        }

        var ready = next.Since + settings.Propagation;
        var due = IsAsWanted(active, settings) && active.Since + settings.Lifetime is var over && over > ready ? over : ready;
        return new(active, next, due, due + (settings.Lifetime * Patience));
    }

    private static bool IsAsWanted(JwtKeyLife key, JwtKeySettings settings) =>
        key.Algorithm == settings.Key.Algorithm && key.LongestToken == settings.LongestToken;
}

/// <summary>How one key takes over from another.</summary>
/// <param name="Active">The key that signs.</param>
/// <param name="Next">The key that will.</param>
/// <param name="DueAt">From when on it does, once everybody that reports has it.</param>
/// <param name="LatestAt">When it does all the same: no key signs for ever because somebody never reports.</param>
internal sealed record JwtKeyHandover(JwtKeyLife Active, JwtKeyLife Next, DateTimeOffset DueAt, DateTimeOffset LatestAt);

/// <summary>A step in the lives of JWT keys.</summary>
internal abstract record JwtKeyStep
{
    private JwtKeyStep()
    {
    }

    /// <summary>Nothing is due.</summary>
    internal sealed record None : JwtKeyStep;

    /// <summary>Make a key.</summary>
    /// <param name="State">Active where no other can sign, else prepared.</param>
    /// <param name="Replaces">A prepared key that is not as it is wanted any more, and never signed; null: none.</param>
    internal sealed record Create(AuthorityState State, string? Replaces) : JwtKeyStep;

    /// <summary>Let the prepared key sign at once, since no other can.</summary>
    internal sealed record Activate(string Id) : JwtKeyStep;

    /// <summary>Take a key out of the bundle, after its last token.</summary>
    internal sealed record Retire(string Id) : JwtKeyStep;

    /// <summary>Take all keys out of the bundle: no JWT-SVIDs are issued any more.</summary>
    internal sealed record Withdraw(IReadOnlyList<string> Ids) : JwtKeyStep;
}
