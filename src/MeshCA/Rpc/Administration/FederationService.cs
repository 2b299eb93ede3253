using System.Diagnostics;
using Google.Protobuf;
using Grpc.Core;
using MeshCA.Administration;
using MeshCA.Authorities;
using MeshCA.Consumers;
using MeshCA.Federation;
using MeshCA.Issuance;
using MeshCA.Registration;
using MeshCA.Rpc.Bundles;
using MeshCA.Telemetry;
using MeshCA.Wire.Admin;
using Microsoft.Extensions.Logging;
using SpiffeIdentity;
using SpiffeIdentity.Bundles;
using FederatedPeer = MeshCA.Federation.FederatedPeer;

namespace MeshCA.Rpc.Administration;

/// <summary>Our own bundle endpoint, as peers need to know it.</summary>
/// <param name="TrustDomains">The trust domains that our roots speak for.</param>
/// <param name="Id">The SPIFFE ID it proves under <c>https_spiffe</c>; null: that port is closed.</param>
internal sealed record OwnEndpoint(PermittedTrustDomains TrustDomains, SpiffeId? Id);

/// <summary>Federated trust domains, for administrators: translates between the wire, the register and the poller.</summary>
internal sealed class FederationService(
    FederationRegister register,
    FederationPoller poller,
    PeerPolls polls,
    PublishedBundles bundles,
    ConsumerRegistry consumers,
    OwnEndpoint own,
    TimeProvider clock,
    ILogger<FederationService> logger) : Wire.Admin.Federation.FederationBase
{
    /// <inheritdoc />
    public override async Task<FederationAnswer> Add(AddFederationRequest request, ServerCallContext context)
    {
        var order = FederationMessages.Read(request, context.GetAdminCaller().Actor, Malformed);
        if (!order.Bootstrap.IsEmpty)
        {
            Check(order.Relationship.TrustDomain, order.Bootstrap);
        }

        var planned = await ChangeAsync(stored => FederationPlanner.Add(stored, order, own.TrustDomains, clock.GetUtcNow()), context);
        Log.FederationChanged(
            logger, order.Actor, request.Replace ? "replaced" : "added", planned.TrustDomain.Name, FederationPlanner.Describe(order.Relationship));
        return Answer(planned.TrustDomain, await poller.PollAsync(planned.TrustDomain, context.CancellationToken));
    }

    /// <inheritdoc />
    public override Task<ListFederationResponse> List(ListFederationRequest request, ServerCallContext context)
    {
        var response = new ListFederationResponse();
        response.Peers.AddRange(register.Current.Peers.Select(Write));
        return Task.FromResult(response);
    }

    /// <inheritdoc />
    public override Task<FederationAnswer> Show(ShowFederationRequest request, ServerCallContext context) =>
        Task.FromResult(Answer(ReadName(request.TrustDomain), null));

    /// <inheritdoc />
    public override async Task<FederationAnswer> Refresh(RefreshFederationRequest request, ServerCallContext context)
    {
        var (name, caller) = (ReadName(request.TrustDomain), context.GetAdminCaller());
        var overrides = request.AcceptRollback || !request.Bundle.IsEmpty;
        if (overrides && caller.Role < AdminRole.SecurityOfficer)
        {
            throw new RpcException(GrpcStatus.Of(AdminRefusal.RoleTooLow, nameof(AdminRole.SecurityOfficer)));
        }

        if (overrides && request.Reason.Length == 0)
        {
            throw Malformed("what overrides the sequence needs a reason");
        }

        var word = new FederationOverride(caller.Actor, request.Reason);
        if (!request.Bundle.IsEmpty)
        {
            Check(name, request.Bundle.Memory);
            return Answer(name, await poller.TakeAsync(name, request.Bundle.Memory, word, context.CancellationToken));
        }

        return Answer(
            name,
            request.AcceptRollback
                ? await poller.ForceAsync(name, word, context.CancellationToken)
                : await poller.PollAsync(name, context.CancellationToken));
    }

    /// <inheritdoc />
    public override async Task<RemoveFederationResponse> Remove(RemoveFederationRequest request, ServerCallContext context)
    {
        var (name, actor) = (ReadName(request.TrustDomain), context.GetAdminCaller().Actor);
        var removed = await ChangeAsync(stored => FederationPlanner.Remove(stored, name, actor, request.Reason, clock.GetUtcNow()), context);
        polls.Forget(removed);
        Log.FederationChanged(logger, actor, "removed", name.Name, "its bundle is dropped");
        return new() { Peer = FederationMessages.Of(removed) };
    }

    /// <inheritdoc />
    public override async Task<InviteResponse> Invite(InviteRequest request, ServerCallContext context)
    {
        var (name, actor, key) = (ReadName(request.TrustDomain), context.GetAdminCaller().Actor, PollKey.Draw());
        if (bundles.Current is not { } bundle)
        {
            throw new RpcException(new(StatusCode.Unavailable, "there is no trust bundle at the moment"));
        }

        var path = $"/peers/{key}";
        FederationMessages.Check(request, path, own, Malformed);
        var invited = await ChangeAsync(
            stored => FederationPlanner.Invite(stored, name, own.TrustDomains, PollKey.HashOf(key), actor, request.Reason, clock.GetUtcNow()), context);
        polls.Void(invited);
        Log.FederationChanged(logger, actor, "invited", name.Name, "its fetches count");
        return new()
        {
            TrustDomain = own.TrustDomains.Own.Name,
            Path = path,
            EndpointId = own.Id?.ToString() ?? "",
            Bundle = UnsafeByteOperations.UnsafeWrap(bundle.SpiffeJson.Body),
        };
    }

    private async Task<FederatedPeer> ChangeAsync(Func<StoredFederation, FederationPlan> plan, ServerCallContext context)
    {
        try
        {
            return await register.ChangeAsync(plan, context.CancellationToken) switch
            {
                FederationPlan.Planned(_, var peer, _) => peer,
                FederationPlan.Nothing(var peer) => peer,
                FederationPlan.Refused(var reason, var detail) => throw new RpcException(new(FederationMessages.StatusOf(reason), detail)),
                _ => throw new UnreachableException(),
            };
        }
        catch (JournalUnavailableException e)
        {
            throw new RpcException(new(StatusCode.Unavailable, $"the store does not take changes of the federation at the moment: {e.Message}"));
        }
        catch (KeySealException)
        {
            throw new RpcException(new(StatusCode.DataLoss, "the federated peers in the store were changed by something else"));
        }
    }

    private FederationAnswer Answer(TrustDomain name, PollOutcome? outcome)
    {
        if (outcome is PollOutcome.Gone || register.Current.Find(name) is not { } known)
        {
            throw new RpcException(new(StatusCode.NotFound, $"there is no relationship with `{name}`"));
        }

        return new()
        {
            Peer = Write(known),
            Bundle = UnsafeByteOperations.UnsafeWrap(known.Peer.Document),
            Outcome = outcome?.Word ?? "",
            Detail = outcome is PollOutcome.Failed(_, var detail) ? detail : "",
        };
    }

    private Wire.Admin.FederatedPeer Write(KnownPeer known)
    {
        var id = PeerPolls.IdOf(known.Peer);
        return FederationMessages.Of(
            known, poller.StatusOf(known), known.Peer.PollKeyHash.Length > 0 ? consumers.Find(id) : null);
    }

    private static void Check(TrustDomain name, ReadOnlyMemory<byte> document)
    {
        if (document.Length > FederationPlanner.MaxDocument)
        {
            throw Malformed($"a bundle document has at most {FederationPlanner.MaxDocument} bytes");
        }

        if (!SpiffeBundleReader.TryRead(name, document, out _, out var error))
        {
            throw Malformed($"the bundle is no SPIFFE bundle document: {error}");
        }
    }

    private static TrustDomain ReadName(string text) => FederationMessages.ReadName(text, Malformed);

    private static RpcException Malformed(string detail) => new(new(StatusCode.InvalidArgument, detail));
}
