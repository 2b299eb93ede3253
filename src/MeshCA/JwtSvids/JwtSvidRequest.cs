using MeshCA.Authorities.JwtKeys;
using MeshCA.Issuance;
using MeshCA.IssuancePolicies;
using MeshCA.Registration;

namespace MeshCA.JwtSvids;

/// <summary>A token that an authenticated caller asks for.</summary>
/// <param name="Caller">Who asks, and whose identity the token will carry.</param>
/// <param name="Audience">For whom it is.</param>
/// <param name="RequestedLifetime">Zero or less asks for the default.</param>
/// <param name="Peer">The caller's transport address, for the record.</param>
internal sealed record JwtSvidRequest(CallerIdentity Caller, JwtAudience Audience, TimeSpan RequestedLifetime, string Peer);

/// <summary>The answer to a <see cref="JwtSvidRequest"/>; a class and not a record, whose printed form would show the token.</summary>
internal abstract class JwtSvidOutcome
{
    private JwtSvidOutcome()
    {
    }

    /// <summary>The token is signed and its record durable.</summary>
    /// <param name="token">In compact form. Secret.</param>
    /// <param name="id">Its <c>jti</c>, a number in hexadecimal.</param>
    /// <param name="ready">What was signed.</param>
    internal sealed class Issued(string token, SerialNumber id, JwtSvidPreparation.Ready ready) : JwtSvidOutcome
    {
        /// <summary>The token in compact form. Secret.</summary>
        public string Token { get; } = token;

        /// <summary>Its <c>jti</c>, a number in hexadecimal.</summary>
        public SerialNumber Id { get; } = id;

        /// <summary>Its end.</summary>
        public DateTimeOffset ExpiresAt => ready.ExpiresAt;

        /// <summary>The key that signed it.</summary>
        public string KeyId => ready.Signer.Id;

        /// <summary>Name of the rule of the issuance policy that allowed it.</summary>
        public string Rule => ready.Rule.Name;

        /// <inheritdoc />
        public override string ToString() => $"Issued {Id} until {ExpiresAt:O}";
    }

    /// <summary>Nothing leaves.</summary>
    /// <param name="rejection">Which rule, and more for log and audit.</param>
    internal sealed class Rejected(IssuanceOutcome.Rejected rejection) : JwtSvidOutcome
    {
        /// <summary>Which rule, and more for log and audit.</summary>
        public IssuanceOutcome.Rejected Rejection { get; } = rejection;
    }
}

/// <summary>What became of a request for a token before anything is signed.</summary>
internal abstract record JwtSvidPreparation
{
    private JwtSvidPreparation()
    {
    }

    /// <summary>The token can be signed as it stands.</summary>
    /// <param name="Signer">Signs it.</param>
    /// <param name="IssuedAt">Its <c>iat</c>, whole seconds.</param>
    /// <param name="ExpiresAt">Its <c>exp</c>, whole seconds.</param>
    /// <param name="Rule">The rule of the issuance policy that allowed it.</param>
    /// <param name="BundleSequence">Sequence of the bundle that its key is in.</param>
    internal sealed record Ready(
        JwtSigner Signer, DateTimeOffset IssuedAt, DateTimeOffset ExpiresAt, IssuanceRule Rule, ulong BundleSequence) : JwtSvidPreparation;

    /// <summary>There will be none.</summary>
    internal sealed record Rejected(IssuanceOutcome.Rejected Rejection) : JwtSvidPreparation;
}
