using System.CommandLine;
using MeshCA.Wire.Admin;

namespace MeshCA.Admin.Revocations;

/// <summary><c>meshca ban remove</c>: lifts a ban.</summary>
internal sealed class BanRemoveVerb : IAdminVerb
{
    private readonly RevocationParameters _parameters = new();
    private readonly Argument<long> _number = new("NUMBER") { Description = "The ban's number (see `ban list`)" };

    /// <inheritdoc />
    public string Name => "ban remove";

    /// <inheritdoc />
    public string Description => "Lift a ban";

    /// <inheritdoc />
    public IEnumerable<Symbol> Parameters => [_number, .. _parameters.All];

    /// <inheritdoc />
    public Task<ExitCode> RunAsync(ParseResult arguments, AdminOutput output, CancellationToken cancellationToken)
    {
        var request = new RemoveBanRequest
        {
            Number = arguments.GetRequiredValue(_number),
            Reason = _parameters.Reason(arguments),
            Wait = _parameters.Wait(arguments),
        };
        return _parameters.ChangeAsync(
            arguments, output, (client, options) => client.RemoveBanAsync(request, options), RevocationTables.Removed, cancellationToken);
    }
}
