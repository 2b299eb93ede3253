using System.Collections.Immutable;
using System.Diagnostics;
using System.Text;
using Grpc.Core;
using MeshCA.Agent.Identities;
using MeshCA.Agent.Sockets;
using MeshCA.Agent.Views;
using MeshCA.Configuration;
using Spiffe.Wire.Workload;
using SpiffeIdentity;
using SpiffeIdentity.Bundles;
using SpiffeIdentity.Svids;

namespace MeshCA.Agent.WorkloadApi;

/// <summary>The SPIFFE Workload API: who calls the kernel says, and what it gets its entries say.</summary>
internal sealed class WorkloadApiService(
    WorkloadStreams streams, IJwtSvids tokens, LeftOutIdentities leftOut, WorkloadOptions options, TimeProvider clock)
    : SpiffeWorkloadAPI.SpiffeWorkloadAPIBase
{
    // Of the 4 MiB that clients take.
    private const int MaxTokenBytes = 7 * 512 * 1024;

    private const int MaxAudiences = 16;
    private const int MaxAudienceLength = 255;

    /// <inheritdoc />
    public override Task FetchX509SVID(X509SVIDRequest request, IServerStreamWriter<X509SVIDResponse> responseStream, ServerCallContext context)
    {
        var connection = ConnectionOf(context);
        return streams.RunAsync("x509_svids", connection, static view => view.Standing, Select, responseStream, context.CancellationToken);

        X509SVIDResponse Select(WorkloadView view)
        {
            leftOut.TellIdentities(connection.Peer, view);
            return WorkloadMessages.X509Svids(view);
        }
    }

    /// <inheritdoc />
    public override Task FetchX509Bundles(
        X509BundlesRequest request, IServerStreamWriter<X509BundlesResponse> responseStream, ServerCallContext context) =>
        streams.RunAsync(
            "x509_bundles", ConnectionOf(context), StandingForBundles, WorkloadMessages.X509Bundles, responseStream, context.CancellationToken);

    /// <inheritdoc />
    public override Task FetchJWTBundles(
        JWTBundlesRequest request, IServerStreamWriter<JWTBundlesResponse> responseStream, ServerCallContext context) =>
        streams.RunAsync(
            "jwt_bundles", ConnectionOf(context), StandingForBundles, WorkloadMessages.JwtBundles, responseStream, context.CancellationToken);

    /// <inheritdoc />
    public override async Task<JWTSVIDResponse> FetchJWTSVID(JWTSVIDRequest request, ServerCallContext context)
    {
        if (request.Audience.Count is 0 or > MaxAudiences
            || request.Audience.Any(audience => audience.Length == 0 || Encoding.UTF8.GetByteCount(audience) > MaxAudienceLength))
        {
            throw streams.Refuse(WorkloadRefusal.AudienceMalformed);
        }

        SpiffeId? wanted = null;
        if (request.SpiffeId.Length > 0 && !SpiffeId.TryParse(request.SpiffeId, out wanted, out _))
        {
            throw streams.Refuse(WorkloadRefusal.IdMalformed);
        }

        var connection = ConnectionOf(context);
        using var place = streams.Enter(WorkloadStreams.Calls, connection);
        var (_, view) = await streams.FindAsync(connection, static view => view.Standing, context.CancellationToken);

        // Whoever names none gets tokens of the identities that it has certificates of.
        ImmutableArray<ViewedIdentity> identities = wanted is null
            ? FittingIdentities.Of(view).Taken
            : [.. view.Identities.Where(identity => identity.Id.Equals(wanted))];
        if (identities.IsEmpty)
        {
            throw wanted is not null && view.BanOf(wanted) is { } ban ? streams.Refuse(ban) : streams.Refuse(WorkloadRefusal.NotEntitled);
        }

        ImmutableArray<string> audiences = [.. request.Audience.Distinct(StringComparer.Ordinal)];
        var fetched = await Task.WhenAll(identities.Select(identity => FetchAsync(identity, audiences, context.CancellationToken)));
        var response = WorkloadMessages.JwtSvids(fetched, MaxTokenBytes);
        if (wanted is null)
        {
            leftOut.TellTokens(connection.Peer, view, view.Identities.Length - response.Svids.Count);
        }

        return response;
    }

    /// <inheritdoc />
    public override async Task<ValidateJWTSVIDResponse> ValidateJWTSVID(ValidateJWTSVIDRequest request, ServerCallContext context)
    {
        if (request.Audience.Length == 0 || request.Svid.Length is 0 or > JwtSvid.MaxLength)
        {
            throw streams.Refuse(WorkloadRefusal.TokenMalformed);
        }

        using var place = streams.Enter(WorkloadStreams.Calls, ConnectionOf(context));
        var (_, view) = await streams.FindAsync(ConnectionOf(context), StandingForBundles, context.CancellationToken);
        var bundles = view.Once("", BundlesOf);
        switch (JwtSvidValidator.Validate(request.Svid, request.Audience, bundles, clock.GetUtcNow()))
        {
            case JwtSvidValidation.Accepted(var svid) when view.State.Bans.Find(svid.Id) is { } ban:
                _ = streams.Refuse(WorkloadRefusal.IdentityBanned); // counted; the status is that of a token
                throw new RpcException(new Status(StatusCode.InvalidArgument, $"the token is not valid: its subject is banned, ban {ban.Describe()}"));
            case JwtSvidValidation.Accepted(var svid):
                var isForeign = view.Bundle is not { } own || !svid.Id.MemberOf(own.TrustDomain);
                return TokenClaims.TryRead(svid, isForeign, out var claims)
                    ? new ValidateJWTSVIDResponse { SpiffeId = svid.Id.ToString(), Claims = claims }
                    : throw streams.Refuse(WorkloadRefusal.TokenMalformed);

            // The rule alone: nothing that an unverified token says.
            case JwtSvidValidation.Refused(var error):
                throw new RpcException(new Status(StatusCode.InvalidArgument, $"the token is not valid: {error}"));
            default:
                throw new UnreachableException();
        }
    }

    private static WorkloadConnection ConnectionOf(ServerCallContext context) => WorkloadSocket.ConnectionOf(context.GetHttpContext());

    private static BundleSet BundlesOf(WorkloadView view) =>
        view.State.Federated.Values.Prepend(view.Bundle).OfType<TrustBundle>().Aggregate(BundleSet.Empty, static (set, bundle) => set.With(bundle));

    private WorkloadStanding StandingForBundles(WorkloadView view) => view.StandingForBundles(options.BundlesForEverybody);

    private async Task<JWTSVID> FetchAsync(ViewedIdentity identity, ImmutableArray<string> audiences, CancellationToken cancellationToken) =>
        await tokens.FetchAsync(identity.Entry, audiences, cancellationToken) switch
        {
            // The credential may be another's by now, and the SVID will be.
            JwtSvidOutcome.Fetched { Id: { } other } when !other.Equals(identity.Id) => throw streams.Refuse(WorkloadRefusal.NotReady),

            // While it was got, the ban may have come.
            JwtSvidOutcome.Fetched when streams.BanOf(identity.Id) is { } ban => throw streams.Refuse(ban),
            JwtSvidOutcome.Fetched(var token, _) => new JWTSVID { SpiffeId = identity.Id.ToString(), Svid = token, Hint = identity.Entry.Hint },
            JwtSvidOutcome.Refused(var status) => throw new RpcException(status),
            _ => throw new UnreachableException(),
        };
}
