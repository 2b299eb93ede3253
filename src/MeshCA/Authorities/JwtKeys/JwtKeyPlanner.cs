namespace MeshCA.Authorities.JwtKeys;

/// <summary>Decides the next step in the lives of JWT keys; pure, so that a crash between steps is answered by asking again.</summary>
/// <remarks>
/// One key signs, and the next one is published already: it is made when the one before it begins to sign. So the key that takes over on
/// the day on which the present one is compromised is one that verifiers have known for long.
/// </remarks>
internal static class JwtKeyPlanner
{
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

        if (IsDue(active, settings, now) && now >= prepared.Since + settings.Propagation)
        {
            return new JwtKeyStep.Activate(prepared.Id);
        }

        var over = keys.FirstOrDefault(key => key.LastTokenEnds is { } end && end <= now);
        return over is null ? new JwtKeyStep.None() : new JwtKeyStep.Retire(over.Id);
    }

    /// <summary>When the next key takes over, as far as the settings say; null where none signs.</summary>
    public static DateTimeOffset? NextActivation(IReadOnlyList<JwtKeyLife> keys, JwtKeySettings settings) =>
        keys.LastOrDefault(key => key.State == AuthorityState.Active) is { } active ? active.Since + settings.Lifetime : null;

    private static bool IsDue(JwtKeyLife active, JwtKeySettings settings, DateTimeOffset now) =>
        now >= active.Since + settings.Lifetime || !IsAsWanted(active, settings);

    private static bool IsAsWanted(JwtKeyLife key, JwtKeySettings settings) =>
        key.Algorithm == settings.Key.Algorithm && key.LongestToken == settings.LongestToken;
}

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

    /// <summary>Let the prepared key sign from now on.</summary>
    internal sealed record Activate(string Id) : JwtKeyStep;

    /// <summary>Take a key out of the bundle, after its last token.</summary>
    internal sealed record Retire(string Id) : JwtKeyStep;

    /// <summary>Take all keys out of the bundle: no JWT-SVIDs are issued any more.</summary>
    internal sealed record Withdraw(IReadOnlyList<string> Ids) : JwtKeyStep;
}
