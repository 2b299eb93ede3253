using System.CommandLine;
using MeshCA.Wire.Admin;

namespace MeshCA.Admin.Revocations;

/// <summary><c>meshca cert reinstate</c>: takes a revocation back that no list names yet.</summary>
internal sealed class CertReinstateVerb : IAdminVerb
{
    private readonly RevocationParameters _parameters = new();
    private readonly Argument<long> _number = new("NUMBER") { Description = "The revocation's number (see `cert revoked`)" };

    /// <inheritdoc />
    public string Name => "cert reinstate";

    /// <inheritdoc />
    public string Description => "Take back a revocation that no list names yet";

    /// <inheritdoc />
    public IEnumerable<Symbol> Parameters => [_number, .. _parameters.All];

    /// <inheritdoc />
    public Task<ExitCode> RunAsync(ParseResult arguments, AdminOutput output, CancellationToken cancellationToken)
    {
        var request = new RemoveRevocationRequest
        {
            Number = arguments.GetRequiredValue(_number),
            Reason = _parameters.Reason(arguments),
            Wait = _parameters.Wait(arguments),
        };
        return _parameters.ChangeAsync(
            arguments, output, (client, options) => client.RemoveRevocationAsync(request, options), RevocationTables.Removed, cancellationToken);
    }
}
