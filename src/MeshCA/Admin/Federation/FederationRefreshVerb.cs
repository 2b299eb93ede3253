using System.CommandLine;
using Google.Protobuf;
using MeshCA.Wire.Admin;

namespace MeshCA.Admin.Federation;

/// <summary><c>meshca federation refresh</c>: fetches a bundle now; or, by an administrator's word, takes one that would be refused.</summary>
internal sealed class FederationRefreshVerb : IAdminVerb
{
    private readonly FederationParameters _parameters = new(canChange: true);
    private readonly Option<bool> _acceptRollback = new("--accept-rollback") { Description = "Take what is fetched although its sequence went back, stood still or is missing; needs --reason" };
    private readonly Option<string> _bundle = new("--bundle-file") { Description = "Take this bundle instead of fetching, whatever its sequence: a SPIFFE bundle document or PEM; needs --reason" };

    /// <inheritdoc />
    public string Name => "federation refresh";

    /// <inheritdoc />
    public string Description => "Fetch a federated trust domain's bundle now, or take one that was handed over";

    /// <inheritdoc />
    public IEnumerable<Symbol> Parameters => [_parameters.TrustDomain, _acceptRollback, _bundle, .. _parameters.Others];

    /// <inheritdoc />
    public Task<ExitCode> RunAsync(ParseResult arguments, AdminOutput output, CancellationToken cancellationToken)
    {
        var (accepts, file) = (arguments.GetValue(_acceptRollback), arguments.GetValue(_bundle));
        if (accepts && file is not null)
        {
            output.Fail($"{_acceptRollback.Name} and {_bundle.Name} exclude each other");
            return Task.FromResult(ExitCode.Usage);
        }

        if ((accepts || file is not null) && _parameters.Reason(arguments).Length == 0)
        {
            output.Fail("what overrides the sequence needs --reason");
            return Task.FromResult(ExitCode.Usage);
        }

        return _parameters.CallAsync(
            arguments,
            output,
            async (client, options) =>
            {
                var name = arguments.GetRequiredValue(_parameters.TrustDomain);
                var request = new RefreshFederationRequest { TrustDomain = name, AcceptRollback = accepts, Reason = _parameters.Reason(arguments) };
                if (file is not null)
                {
                    request.Bundle = UnsafeByteOperations.UnsafeWrap(FederationFiles.ReadBundle(file, name, output.Console));
                }

                return FederationParameters.Print(output, await client.RefreshAsync(request, options));
            },
            cancellationToken);
    }
}
