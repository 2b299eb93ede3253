using System.CommandLine;
using Grpc.Core;
using MeshCA.Wire.Admin;

namespace MeshCA.Admin.Authorities;

/// <summary>Orders about one authority: <c>meshca root renew</c>, <c>root taint</c>, <c>root revoke</c>, <c>authority taint</c>, <c>authority revoke</c>.</summary>
internal sealed class RootAuthorityVerb : IAdminVerb
{
    private readonly Argument<string> _id = new("id") { Description = "The authority's id, as `meshca authority list` shows it" };
    private readonly OrderParameters _order;
    private readonly Func<Wire.Admin.Authorities.AuthoritiesClient, AuthorityRequest, CallOptions, AsyncUnaryCall<OrderResponse>> _call;

    private RootAuthorityVerb(
        TimeProvider clock,
        string name,
        string description,
        bool canForce,
        Func<Wire.Admin.Authorities.AuthoritiesClient, AuthorityRequest, CallOptions, AsyncUnaryCall<OrderResponse>> call)
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
    public IEnumerable<Symbol> Parameters => [_id, .. _order.All];

    /// <summary>All of them.</summary>
    public static IEnumerable<IAdminVerb> All(TimeProvider clock) =>
    [
        new RootAuthorityVerb(
            clock, "root renew", "Give a root a later end with the same key and key identifier; no rotation", canForce: false,
            (client, request, options) => client.RenewAsync(request, options)),
        new RootAuthorityVerb(
            clock, "root taint", "Declare the key of a root that does not sign compromised: what stands under it is renewed at once", canForce: false,
            (client, request, options) => client.TaintAsync(request, options)),
        new RootAuthorityVerb(
            clock, "root revoke", "Take a root out of the trust bundle for good; refused where certificates under it are valid", canForce: true,
            (client, request, options) => client.RevokeAsync(request, options)),
        new RootAuthorityVerb(
            clock, "authority taint", "Declare the key of an intermediate, or one of JWT-SVIDs, compromised: the next one signs at once", canForce: false,
            (client, request, options) => client.TaintAsync(request, options)),
        new RootAuthorityVerb(
            clock, "authority revoke", "Take a key of JWT-SVIDs out of the trust bundle for good; one that does not sign, and was tainted first", canForce: true,
            (client, request, options) => client.RevokeAsync(request, options)),
    ];

    /// <inheritdoc />
    public Task<ExitCode> RunAsync(ParseResult arguments, AdminOutput output, CancellationToken cancellationToken) => _order.OrderAsync(
        arguments,
        output,
        async (client, options) => await _call(
            client,
            new AuthorityRequest
            {
                Id = arguments.GetRequiredValue(_id),
                Force = _order.IsForced(arguments),
                Reason = _order.Reason(arguments),
            },
            options),
        cancellationToken);
}
