using System.Collections.Immutable;
using Grpc.Core;
using MeshCA.Agent.Registration;

namespace MeshCA.Agent.Identities;

/// <summary>Where JWT-SVIDs come from: a bounded cache by entry and audiences, and the CA behind it.</summary>
internal interface IJwtSvids
{
    /// <summary>Gets a token that is at most half used up.</summary>
    /// <param name="entry">For which identity.</param>
    /// <param name="audiences">For whom; not empty.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The token, or why there is none.</returns>
    Task<JwtSvidOutcome> FetchAsync(RegistrationEntry entry, ImmutableArray<string> audiences, CancellationToken cancellationToken);
}

/// <summary>A JWT-SVID, or why there is none.</summary>
internal abstract record JwtSvidOutcome
{
    private JwtSvidOutcome()
    {
    }

    /// <summary>The token in compact form. Secret.</summary>
    internal sealed record Fetched(string Token, DateTimeOffset ExpiresAt) : JwtSvidOutcome
    {
        /// <inheritdoc />
        public override string ToString() => $"Fetched until {ExpiresAt:O}";
    }

    /// <summary>Why not, as the caller is told.</summary>
    internal sealed record Refused(Status Status) : JwtSvidOutcome;
}
