using System.Collections.Immutable;
using Grpc.Core;
using MeshCA.Agent.Identities;
using MeshCA.Agent.Registration;

namespace MeshCA.IntegrationTests.Agents;

/// <summary>Stands in where a test hands the agent its states, and nobody mints tokens.</summary>
internal sealed class NoJwtSvids : IJwtSvids
{
    private static readonly JwtSvidOutcome Refusal =
        new JwtSvidOutcome.Refused(new Status(StatusCode.Unimplemented, "no JWT-SVIDs are issued here"));

    public Task<JwtSvidOutcome> FetchAsync(RegistrationEntry entry, ImmutableArray<string> audiences, CancellationToken cancellationToken) =>
        Task.FromResult(Refusal);
}
