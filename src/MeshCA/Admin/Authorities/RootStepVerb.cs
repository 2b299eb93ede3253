using System.CommandLine;
using Grpc.Core;
using MeshCA.Wire.Admin;

namespace MeshCA.Admin.Authorities;

/// <summary>The steps of a rotation by hand: <c>meshca root activate</c>, <c>retire</c>, <c>rollback</c>, <c>hold</c>, <c>resume</c>.</summary>
internal sealed class RootStepVerb : IAdminVerb
{
    private readonly OrderParameters _order;
    private readonly Func<Wire.Admin.Authorities.AuthoritiesClient, StepRequest, CallOptions, AsyncUnaryCall<OrderResponse>> _call;

    private RootStepVerb(
        TimeProvider clock,
        string name,
        string description,
        bool canForce,
        Func<Wire.Admin.Authorities.AuthoritiesClient, StepRequest, CallOptions, AsyncUnaryCall<OrderResponse>> call)
    {
        Name = name;
        Description = description;
        _order = new OrderParameters(clock, canForce);
        _call = call;
    }

    /// <inheritdoc />
    public string Name { get; }

    /// <inheritdoc />
    public string Description { get; }

    /// <inheritdoc />
    public IEnumerable<Symbol> Parameters => _order.All;

    /// <summary>All steps.</summary>
    public static IEnumerable<IAdminVerb> All(TimeProvider clock) =>
    [
        new RootStepVerb(
            clock, "root activate", "Let the new root of the rotation sign; refused where that strands somebody", canForce: true,
            (client, request, options) => client.ActivateAsync(request, options)),
        new RootStepVerb(
            clock, "root retire", "Take the root that no longer signs out of the trust bundle; refused where that strands somebody", canForce: true,
            (client, request, options) => client.RetireAsync(request, options)),
        new RootStepVerb(
            clock, "root rollback", "Let the previous root sign again, and the new one leave the trust bundle", canForce: true,
            (client, request, options) => client.RollbackAsync(request, options)),
        new RootStepVerb(
            clock, "root hold", "Halt the rotation", canForce: false, (client, request, options) => client.HoldAsync(request, options)),
        new RootStepVerb(
            clock, "root resume", "Let a halted rotation go on", canForce: false, (client, request, options) => client.ResumeAsync(request, options)),
    ];

    /// <inheritdoc />
    public Task<ExitCode> RunAsync(ParseResult arguments, AdminOutput output, CancellationToken cancellationToken) => _order.OrderAsync(
        arguments,
        output,
        async (client, options) => await _call(
            client, new StepRequest { Force = _order.IsForced(arguments), Reason = _order.Reason(arguments) }, options),
        cancellationToken);
}
