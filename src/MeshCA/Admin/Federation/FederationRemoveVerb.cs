using System.CommandLine;
using MeshCA.Wire.Admin;

namespace MeshCA.Admin.Federation;

/// <summary><c>meshca federation remove</c>: ends all that there is with another trust domain; its bundle is dropped.</summary>
internal sealed class FederationRemoveVerb : IAdminVerb
{
    private readonly FederationParameters _parameters = new(canChange: true);

    /// <inheritdoc />
    public string Name => "federation remove";

    /// <inheritdoc />
    public string Description => "End the federation with a trust domain: its bundle is dropped, and its path at our endpoint is void";

    /// <inheritdoc />
    public IEnumerable<Symbol> Parameters => [_parameters.TrustDomain, .. _parameters.Others];

    /// <inheritdoc />
    public Task<ExitCode> RunAsync(ParseResult arguments, AdminOutput output, CancellationToken cancellationToken) => _parameters.CallAsync(
        arguments,
        output,
        async (client, options) =>
        {
            var request = new RemoveFederationRequest
            {
                TrustDomain = arguments.GetRequiredValue(_parameters.TrustDomain),
                Reason = _parameters.Reason(arguments),
            };
            var removed = await client.RemoveAsync(request, options);
            output.WriteLine(
                new FederationReport { Peer = FederationRow.Of(removed.Peer) },
                FederationJson.Default.FederationReport,
                report => $"removed {report.Peer.TrustDomain}; its bundle is dropped");
            return ExitCode.Ok;
        },
        cancellationToken);
}
