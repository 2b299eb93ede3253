using System.CommandLine;
using MeshCA.Wire.Admin;

namespace MeshCA.Admin.Federation;

/// <summary><c>meshca federation list</c>: the trust domains that we know, and how it stands with each.</summary>
internal sealed class FederationListVerb : IAdminVerb
{
    private readonly FederationParameters _parameters = new(canChange: false);

    /// <inheritdoc />
    public string Name => "federation list";

    /// <inheritdoc />
    public string Description => "List the federated trust domains, how current their bundles are, and who has ours";

    /// <inheritdoc />
    public IEnumerable<Symbol> Parameters => _parameters.Others;

    /// <inheritdoc />
    public Task<ExitCode> RunAsync(ParseResult arguments, AdminOutput output, CancellationToken cancellationToken) => _parameters.CallAsync(
        arguments,
        output,
        async (client, options) =>
        {
            var list = await client.ListAsync(new ListFederationRequest(), options);
            output.Write(
                new FederationListReport([.. list.Peers.Select(FederationRow.Of)]), FederationJson.Default.FederationListReport, FederationTables.List);
            return ExitCode.Ok;
        },
        cancellationToken);
}
