using System.CommandLine;
using MeshCA.Admin.Authorities;
using MeshCA.Wire.Admin;

namespace MeshCA.Admin.Tokens;

/// <summary><c>meshca jwt rotate</c>: the next key of JWT-SVIDs signs before its time.</summary>
internal sealed class JwtRotateVerb(TimeProvider clock) : IAdminVerb
{
    private readonly OrderParameters _order = new(clock, canForce: true);

    /// <inheritdoc />
    public string Name => "jwt rotate";

    /// <inheritdoc />
    public string Description => "Let the next key of JWT-SVIDs sign; refused where it was not published for long enough";

    /// <inheritdoc />
    public IEnumerable<Symbol> Parameters => _order.All;

    /// <inheritdoc />
    public Task<ExitCode> RunAsync(ParseResult arguments, AdminOutput output, CancellationToken cancellationToken) => _order.OrderAsync(
        arguments,
        output,
        async (client, options) => await client.RotateJwtKeyAsync(
            new StepRequest { Force = _order.IsForced(arguments), Reason = _order.Reason(arguments) }, options),
        cancellationToken);
}
