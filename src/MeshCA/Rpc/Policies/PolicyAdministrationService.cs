using Grpc.Core;
using MeshCA.Authorities;
using MeshCA.Issuance;
using MeshCA.Policies;
using MeshCA.PolicySources;
using MeshCA.Rpc.Administration;
using MeshCA.Wire.Policies;

namespace MeshCA.Rpc.Policies;

/// <summary>Changes of policies, for administrators: translates between the wire and the loader.</summary>
internal sealed class PolicyAdministrationService(PolicyLoader loader, IPolicySnapshots snapshots)
    : PolicyAdministration.PolicyAdministrationBase
{
    private static readonly Status StoreUnavailable = new(StatusCode.Unavailable, "the store does not take policies at the moment");
    private static readonly Status Tampered = new(StatusCode.DataLoss, "the policies in the store were changed by something else");

    /// <inheritdoc />
    public override Task<ChangeResponse> Apply(ApplyRequest request, ServerCallContext context) => ChangeAsync(
        new PolicyChange.Apply(
            ActorOf(context),
            request.HasExpectedRevision ? request.ExpectedRevision : null,
            [.. request.Texts.Select(text => (text.Name, new SourceText(text.Content.ToByteArray())))]),
        context);

    /// <inheritdoc />
    public override Task<ChangeResponse> Delete(DeleteRequest request, ServerCallContext context)
    {
        var ids = new List<AuthzEngine.Policies.ResourceId>(request.Resources.Count);
        foreach (var resource in request.Resources)
        {
            ids.Add(PolicyMessages.TryRead(resource, out var id)
                ? id
                : throw new RpcException(new(StatusCode.InvalidArgument, $"`{resource.Kind}` is no kind of policy")));
        }

        var expected = request.HasExpectedRevision ? request.ExpectedRevision : default(long?);
        return ChangeAsync(new PolicyChange.Delete(ActorOf(context), expected, ids), context);
    }

    /// <inheritdoc />
    public override async Task<ListResponse> List(ListRequest request, ServerCallContext context) =>
        PolicyMessages.List(await GuardAsync(loader.ListAsync(context.CancellationToken)));

    /// <inheritdoc />
    public override Task<GetStatusResponse> GetStatus(GetStatusRequest request, ServerCallContext context) =>
        Task.FromResult(PolicyMessages.Status(loader.Status, snapshots.Current));

    /// <inheritdoc />
    public override async Task<AwaitRevisionResponse> AwaitRevision(AwaitRevisionRequest request, ServerCallContext context) =>
        new() { Revision = (await snapshots.WaitForAsync(request.Revision, context.CancellationToken)).Revision };

    private async Task<ChangeResponse> ChangeAsync(PolicyChange change, ServerCallContext context)
    {
        var outcome = await GuardAsync(loader.ChangeAsync(change, context.CancellationToken));
        return PolicyMessages.Change(outcome, snapshots.Current?.Revision);
    }

    private static async Task<T> GuardAsync<T>(Task<T> task)
    {
        try
        {
            return await task;
        }
        catch (JournalUnavailableException)
        {
            throw new RpcException(StoreUnavailable);
        }
        catch (KeySealException)
        {
            throw new RpcException(Tampered);
        }
    }

    private static string ActorOf(ServerCallContext context) => context.GetAdminCaller().Actor;
}
