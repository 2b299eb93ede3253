using System.CommandLine;
using System.Text;
using MeshCA.Wire.Admin;
using SpiffeIdentity;
using SpiffeIdentity.Bundles;

namespace MeshCA.Admin.Federation;

/// <summary><c>meshca federation show</c>: one federated trust domain, or its bundle as a file for others.</summary>
internal sealed class FederationShowVerb : IAdminVerb
{
    private const string Pem = "pem";
    private const string Spiffe = "spiffe";

    private readonly FederationParameters _parameters = new(canChange: false);
    private readonly Option<string> _bundle = new("--bundle-form") { Description = "Print the bundle held instead: spiffe (a SPIFFE bundle document) or pem" };

    /// <summary>Makes the verb.</summary>
    public FederationShowVerb() => _bundle.AcceptOnlyFromAmong(Pem, Spiffe);

    /// <inheritdoc />
    public string Name => "federation show";

    /// <inheritdoc />
    public string Description => "Show a federated trust domain, or print its bundle";

    /// <inheritdoc />
    public IEnumerable<Symbol> Parameters => [_parameters.TrustDomain, _bundle, .. _parameters.Others];

    /// <inheritdoc />
    public Task<ExitCode> RunAsync(ParseResult arguments, AdminOutput output, CancellationToken cancellationToken) => _parameters.CallAsync(
        arguments,
        output,
        async (client, options) =>
        {
            var request = new ShowFederationRequest { TrustDomain = arguments.GetRequiredValue(_parameters.TrustDomain) };
            var answer = await client.ShowAsync(request, options);
            return arguments.GetValue(_bundle) is { } form ? PrintBundle(output, answer, form) : FederationParameters.Print(output, answer, withBundle: true);
        },
        cancellationToken);

    private static ExitCode PrintBundle(AdminOutput output, FederationAnswer answer, string form)
    {
        if (!TrustDomain.TryParse(answer.Peer.TrustDomain, out var name, out _)
            || !SpiffeBundleReader.TryRead(name, answer.Bundle.Memory, out var bundle, out _))
        {
            output.Fail($"there is no bundle of `{answer.Peer.TrustDomain}` yet");
            return ExitCode.Failure;
        }

        var text = form == Pem ? bundle.X509.ToPem() : Encoding.UTF8.GetString(answer.Bundle.Span);
        output.Console.Out.Write(text.EndsWith('\n') ? text : text + '\n');
        return ExitCode.Ok;
    }
}
