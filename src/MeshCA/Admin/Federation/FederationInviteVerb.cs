using System.CommandLine;
using System.Text.Json;
using MeshCA.Wire.Admin;

namespace MeshCA.Admin.Federation;

/// <summary><c>meshca federation invite</c>: gives a peer a path of its own at our bundle endpoint, and prints all that it needs.</summary>
internal sealed class FederationInviteVerb : IAdminVerb
{
    private const string Web = "https_web";
    private const string Spiffe = "https_spiffe";

    private readonly FederationParameters _parameters = new(canChange: true);
    private readonly Option<Uri> _url = new Option<Uri>("--url")
    {
        Description = "How the peer reaches our bundle endpoint, as https://host:port",
        Required = true,
    }.AsUrl(Uri.UriSchemeHttps);

    private readonly Option<string> _profile = new("--profile")
    {
        Description = "The profile of that endpoint: https_web or https_spiffe",
        DefaultValueFactory = _ => Spiffe,
    };

    /// <summary>Makes the verb.</summary>
    public FederationInviteVerb() => _profile.AcceptOnlyFromAmong(Web, Spiffe);

    /// <inheritdoc />
    public string Name => "federation invite";

    /// <inheritdoc />
    public string Description => "Print an invitation for a peer: where our bundle is, by a path that tells us when it fetched it";

    /// <inheritdoc />
    public IEnumerable<Symbol> Parameters => [_parameters.TrustDomain, _url, _profile, .. _parameters.Others];

    /// <inheritdoc />
    public Task<ExitCode> RunAsync(ParseResult arguments, AdminOutput output, CancellationToken cancellationToken) => _parameters.CallAsync(
        arguments,
        output,
        async (client, options) =>
        {
            var profile = arguments.GetRequiredValue(_profile);
            var request = new InviteRequest
            {
                TrustDomain = arguments.GetRequiredValue(_parameters.TrustDomain),
                Reason = _parameters.Reason(arguments),
                Url = arguments.GetRequiredValue(_url).OriginalString,
                Profile = profile == Spiffe ? EndpointProfile.HttpsSpiffe : EndpointProfile.HttpsWeb,
            };
            var answer = await client.InviteAsync(request, options);
            var reader = new Utf8JsonReader(answer.Bundle.Span);
            var invitation = new Invitation
            {
                TrustDomain = answer.TrustDomain,
                Url = new Uri(arguments.GetRequiredValue(_url), answer.Path).AbsoluteUri,
                Profile = profile,
                EndpointId = profile == Spiffe ? answer.EndpointId : null,
                Bundle = JsonElement.ParseValue(ref reader),
            };

            // A document in either form: it is a file for the other side.
            await output.Console.Out.WriteLineAsync(JsonSerializer.Serialize(invitation, FederationJson.Default.Invitation).AsMemory(), cancellationToken);
            return ExitCode.Ok;
        },
        cancellationToken);
}
