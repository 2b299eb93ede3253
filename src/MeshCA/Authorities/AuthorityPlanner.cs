namespace MeshCA.Authorities;

/// <summary>Decides the next step in the authorities' lives; pure, so that a crash between steps is answered by asking again.</summary>
internal static class AuthorityPlanner
{
    /// <summary>Decides.</summary>
    /// <param name="authorities">Every authority with the validity of its certificate.</param>
    /// <param name="now">The time.</param>
    /// <returns>The first step due; after it is durable, ask again.</returns>
    public static AuthorityStep Next(IReadOnlyList<AuthorityLife> authorities, DateTimeOffset now)
    {
        var root = authorities.LastOrDefault(a => a is { Kind: AuthorityKind.Root, State: AuthorityState.Active });
        if (root is null)
        {
            return new AuthorityStep.CreateRoot();
        }

        // Under a root whose key lives elsewhere the next intermediate comes by `meshca authority install`.
        var signer = authorities.LastOrDefault(a => a is { Kind: AuthorityKind.Intermediate, State: AuthorityState.Active });
        if (root.HasKey && (signer is null || signer.Issuer != root.Id || signer.IsTainted || signer.IsRevoked || IsDue(signer, root, now)))
        {
            return new AuthorityStep.CreateIntermediate(root.Id);
        }

        // An expired intermediate vouches for nothing any more, and it never stood in the bundle.
        var expired = authorities.FirstOrDefault(
            a => a is { Kind: AuthorityKind.Intermediate, State: AuthorityState.Old or AuthorityState.Prepared } && a.NotAfter < now);
        return expired is null ? new AuthorityStep.None() : new AuthorityStep.Retire(expired.Id);
    }

    private static bool IsDue(AuthorityLife signer, AuthorityLife root, DateTimeOffset now) =>
        IsPastHalfLife(signer, now) && WouldGainTime(signer, root);

    // Not from NotBefore: with a backdate longer than its life, an authority would be past half of it when it is made, and
    // the next one again, for ever.
    private static bool IsPastHalfLife(AuthorityLife authority, DateTimeOffset now) =>
        now >= authority.CreatedAt + ((authority.NotAfter - authority.CreatedAt) / 2);

    // Near the root's end a new intermediate would end with it too, and be half-way through its life at once, for ever.
    private static bool WouldGainTime(AuthorityLife signer, AuthorityLife root) => signer.NotAfter < root.NotAfter;
}

/// <summary>What the planner needs to know of an authority.</summary>
internal sealed record AuthorityLife(
    string Id,
    AuthorityKind Kind,
    AuthorityState State,
    string Issuer,
    DateTimeOffset CreatedAt,
    DateTimeOffset NotAfter)
{
    /// <summary>Whether its private key is in the store.</summary>
    public bool HasKey { get; init; } = true;

    /// <summary>Whether its key was declared compromised.</summary>
    public bool IsTainted { get; init; }

    /// <summary>Whether its certificate was revoked: nothing is issued by it any more.</summary>
    public bool IsRevoked { get; init; }
}

/// <summary>A step in the authorities' lives.</summary>
internal abstract record AuthorityStep
{
    private AuthorityStep()
    {
    }

    /// <summary>Nothing is due.</summary>
    internal sealed record None : AuthorityStep;

    /// <summary>Make the first root. It is active at once: nobody relies on another.</summary>
    internal sealed record CreateRoot : AuthorityStep;

    /// <summary>Make the next intermediate and let it sign from now on.</summary>
    internal sealed record CreateIntermediate(string RootId) : AuthorityStep;

    /// <summary>Put an expired intermediate out of use.</summary>
    internal sealed record Retire(string Id) : AuthorityStep;
}
