using System.CommandLine;
using MeshCA.Wire.Admin;

namespace MeshCA.Admin.Authorities;

/// <summary><c>meshca root rotate</c>: a new root, made here.</summary>
internal sealed class RootRotateVerb(TimeProvider clock) : IAdminVerb
{
    private readonly OrderParameters _order = new(clock, canForce: false);

    private readonly Option<bool> _dryRun = new("--dry-run")
    {
        Description = "Change nothing: show the phases with their dates, from the present inventory",
    };

    private readonly Option<bool> _manual = new("--manual")
    {
        Description = "Let each later step wait for its command, even where its conditions are met",
    };

    /// <inheritdoc />
    public string Name => "root rotate";

    /// <inheritdoc />
    public string Description => "Put a new root into the trust bundle, let it sign once all have it, and retire the old one once nothing is under it";

    /// <inheritdoc />
    public IEnumerable<Symbol> Parameters => [_dryRun, _manual, .. _order.All];

    /// <inheritdoc />
    public Task<ExitCode> RunAsync(ParseResult arguments, AdminOutput output, CancellationToken cancellationToken) =>
        arguments.GetValue(_dryRun)
            ? _order.ShowAsync(arguments, output, cancellationToken)
            : _order.OrderAsync(
                arguments,
                output,
                async (client, options) => await client.BeginRotationAsync(
                    new BeginRotationRequest { Manual = arguments.GetValue(_manual), Reason = _order.Reason(arguments) }, options),
                cancellationToken);
}
