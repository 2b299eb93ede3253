using System.Collections.Immutable;
using Grpc.Core;
using MeshCA.Agent.Registration;
using SpiffeIdentity;

namespace MeshCA.Agent.Identities;

/// <summary>Where JWT-SVIDs come from: a bounded cache by entry and audiences, and the CA behind it.</summary>
internal interface IJwtSvids
{
    /// <summary>Gets a token that is at most half used up, or an older one while the CA cannot be asked.</summary>
    /// <param name="entry">For which identity.</param>
    /// <param name="audiences">For whom; not empty.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The token, or why there is none.</returns>
    Task<JwtSvidOutcome> FetchAsync(RegistrationEntry entry, ImmutableArray<string> audiences, CancellationToken cancellationToken);
}

/// <summary>A JWT-SVID, or why there is none. No record: those print what they hold.</summary>
internal abstract class JwtSvidOutcome
{
    private JwtSvidOutcome()
    {
    }

    /// <summary>There is one.</summary>
    /// <param name="token">In compact form. Secret.</param>
    /// <param name="expiresAt">From this moment on it is worth nothing.</param>
    internal sealed class Fetched(string token, DateTimeOffset expiresAt) : JwtSvidOutcome
    {
        /// <summary>The token in compact form. Secret.</summary>
        public string Token => token;

        /// <summary>From this moment on the token is worth nothing.</summary>
        public DateTimeOffset ExpiresAt => expiresAt;

        /// <summary>For whom it is; null where nobody looked.</summary>
        public SpiffeId? Id { get; init; }

        /// <summary>The <c>kid</c> of the key that signed it.</summary>
        public string KeyId { get; init; } = "";

        /// <summary>Takes it apart.</summary>
        public void Deconstruct(out string token, out DateTimeOffset expiresAt) => (token, expiresAt) = (Token, ExpiresAt);

        /// <inheritdoc />
        public override string ToString() => $"Fetched until {ExpiresAt:O}";
    }

    /// <summary>There is none.</summary>
    /// <param name="status">Why not, as the caller is told.</param>
    internal sealed class Refused(Status status) : JwtSvidOutcome
    {
        /// <summary>Why not, as the caller is told.</summary>
        public Status Status => status;

        /// <summary>Takes it apart.</summary>
        public void Deconstruct(out Status status) => status = Status;

        /// <inheritdoc />
        public override string ToString() => $"Refused: {Status}";
    }
}
