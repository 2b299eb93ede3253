using System.CommandLine;
using System.Text;
using Google.Protobuf;
using MeshCA.Wire.Admin;

namespace MeshCA.Admin.Federation;

/// <summary><c>meshca federation add</c>: another trust domain's bundle is fetched, and whom it vouches for is believed.</summary>
internal sealed class FederationAddVerb : IAdminVerb
{
    private const string Web = "https_web";
    private const string Spiffe = "https_spiffe";

    private readonly FederationParameters _parameters = new(canChange: true);
    private readonly Argument<string?> _trustDomain = new("TRUST-DOMAIN")
    {
        Description = "The other trust domain's name; given by --invitation",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly Option<string> _url = new("--url") { Description = "Where its bundle is, an https URL" };
    private readonly Option<string> _profile = new("--profile") { Description = "How the endpoint proves who it is: https_web or https_spiffe" };
    private readonly Option<string> _endpointId = new("--endpoint-id") { Description = "With https_spiffe: the endpoint's SPIFFE ID" };
    private readonly Option<string> _bundle = new("--bundle-file") { Description = "Its first bundle, handed over: a SPIFFE bundle document or PEM; `-` is standard input" };
    private readonly Option<string> _invitation = new("--invitation") { Description = "All of that in one file, from the other side's `meshca federation invite`; `-` is standard input" };
    private readonly Option<string[]> _for = new("--for") { Description = "Only identities below this SPIFFE ID get its bundle; may be repeated", DefaultValueFactory = _ => [] };
    private readonly Option<bool> _replace = new("--replace") { Description = "Take the place of the present relationship; the bundle held stays unless another is given" };

    /// <summary>Makes the verb.</summary>
    public FederationAddVerb() => _profile.AcceptOnlyFromAmong(Web, Spiffe);

    /// <inheritdoc />
    public string Name => "federation add";

    /// <inheritdoc />
    public string Description => "Federate with another trust domain: fetch its bundle from here on, and hand it to the workloads";

    /// <inheritdoc />
    public IEnumerable<Symbol> Parameters => [_trustDomain, _url, _profile, _endpointId, _bundle, _invitation, _for, _replace, .. _parameters.Others];

    /// <inheritdoc />
    public Task<ExitCode> RunAsync(ParseResult arguments, AdminOutput output, CancellationToken cancellationToken)
    {
        var single = arguments.GetValue(_trustDomain) is not null;
        var isInvited = arguments.GetValue(_invitation) is not null;
        if (single == isInvited || (isInvited && (arguments.GetValue(_url) ?? arguments.GetValue(_profile) ?? arguments.GetValue(_endpointId)) is not null))
        {
            output.Fail($"give either a trust domain with {_url.Name} and {_profile.Name}, or {_invitation.Name} alone");
            return Task.FromResult(ExitCode.Usage);
        }

        if (single && (arguments.GetValue(_url) is null || arguments.GetValue(_profile) is null))
        {
            output.Fail($"a trust domain needs {_url.Name} and {_profile.Name}: neither can be guessed");
            return Task.FromResult(ExitCode.Usage);
        }

        return _parameters.CallAsync(
            arguments,
            output,
            async (client, options) => FederationParameters.Print(output, await client.AddAsync(Request(arguments, output), options)),
            cancellationToken);
    }

    private AddFederationRequest Request(ParseResult arguments, AdminOutput output)
    {
        var request = arguments.GetValue(_invitation) is { } file ? Invited(FederationFiles.ReadInvitation(file, output.Console)) : Single(arguments);
        if (arguments.GetValue(_bundle) is { } bundle)
        {
            request.Bundle = UnsafeByteOperations.UnsafeWrap(FederationFiles.ReadBundle(bundle, request.TrustDomain, output.Console));
        }

        request.Identities.AddRange(arguments.GetRequiredValue(_for));
        request.Replace = arguments.GetValue(_replace);
        request.Reason = _parameters.Reason(arguments);
        return request;
    }

    private AddFederationRequest Single(ParseResult arguments) => new()
    {
        TrustDomain = arguments.GetRequiredValue(_trustDomain),
        Url = arguments.GetRequiredValue(_url),
        Profile = ProfileOf(arguments.GetRequiredValue(_profile)),
        EndpointId = arguments.GetValue(_endpointId) ?? "",
    };

    private static AddFederationRequest Invited(Invitation invitation) => new()
    {
        TrustDomain = invitation.TrustDomain,
        Url = invitation.Url,
        Profile = ProfileOf(invitation.Profile),
        EndpointId = invitation.EndpointId ?? "",
        Bundle = UnsafeByteOperations.UnsafeWrap(Encoding.UTF8.GetBytes(invitation.Bundle.GetRawText())),
    };

    private static EndpointProfile ProfileOf(string name) => name switch
    {
        Web => EndpointProfile.HttpsWeb,
        Spiffe => EndpointProfile.HttpsSpiffe,
        _ => EndpointProfile.Unspecified, // the service refuses it
    };
}
