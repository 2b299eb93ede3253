using System.CommandLine;
using MeshCA.Wire.Admin;

namespace MeshCA.Admin.Revocations;

/// <summary><c>meshca cert revoke</c>: revokes a certificate, a key or an authority, and publishes the lists that name it.</summary>
internal sealed class CertRevokeVerb : IAdminVerb
{
    private readonly RevocationParameters _parameters = new();
    private readonly Argument<string?> _serial = new("SERIAL") { Description = "Serial number of a certificate, hexadecimal", Arity = ArgumentArity.ZeroOrOne };
    private readonly Option<string> _key = new("--key-hash") { Description = "A key instead: SHA-256 of its SubjectPublicKeyInfo, hexadecimal" };
    private readonly Option<string> _authority = new("--authority") { Description = "An authority below the roots instead: its subject key identifier" };
    private readonly Option<string> _issuer = new("--issuer") { Description = "Who signed the certificate, where the journal does not know it" };
    private readonly Option<Code?> _code = new Option<Code?>("--code")
    {
        Description = "The reason that lists state: KeyCompromise, AuthorityCompromise, AffiliationChanged, Superseded, CessationOfOperation, PrivilegeWithdrawn",
    }.AsOneOf();

    private readonly Option<bool> _force = new("--force") { Description = "Revoke an authority even though it signs now: nothing is issued until another one does" };

    /// <inheritdoc />
    public string Name => "cert revoke";

    /// <inheritdoc />
    public string Description => "Revoke a certificate, a key or an authority, and publish the revocation lists that name it";

    /// <inheritdoc />
    public IEnumerable<Symbol> Parameters => [_serial, _key, _authority, _issuer, _code, _force, .. _parameters.All];

    /// <inheritdoc />
    public async Task<ExitCode> RunAsync(ParseResult arguments, AdminOutput output, CancellationToken cancellationToken)
    {
        var request = new RevokeCertificateRequest
        {
            Issuer = arguments.GetValue(_issuer) ?? "",
            Reason = _parameters.Reason(arguments),
            Wait = _parameters.Wait(arguments),
            Code = arguments.GetValue(_code) ?? Code.Unspecified,
            Force = arguments.GetValue(_force),
        };
        switch (arguments.GetValue(_serial), arguments.GetValue(_key), arguments.GetValue(_authority))
        {
            case ({ } serial, null, null):
                request.Serial = serial;
                break;
            case (null, { } key, null):
                request.Key = key;
                break;
            case (null, null, { } authority):
                request.Authority = authority;
                break;
            default:
                output.Fail("exactly one of SERIAL, --key-hash and --authority says what is revoked");
                return ExitCode.Usage;
        }

        return await _parameters.ChangeAsync(
            arguments, output, (client, options) => client.RevokeCertificateAsync(request, options), RevocationTables.Added, cancellationToken);
    }
}
