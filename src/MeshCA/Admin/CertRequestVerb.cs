using System.CommandLine;
using System.IO;
using System.Security.Cryptography;
using System.Text.Json.Serialization;
using Grpc.Core;
using MeshCA.Cryptography;
using MeshCA.Issuance;
using MeshCA.Requesting;
using MeshCA.Storage;
using Spectre.Console;
using Spectre.Console.Rendering;
using SpiffeIdentity;

namespace MeshCA.Admin;

/// <summary><c>meshca cert request</c>: what a proxy does, by hand: new key, CSR, certificate, checked and written to files.</summary>
internal sealed class CertRequestVerb(TimeProvider clock) : IAdminVerb
{
    private readonly Option<Uri> _address = new Option<Uri>("--address", "-a")
    {
        Description = "The CA, as https://host:port",
        DefaultValueFactory = _ => new Uri("https://localhost:15012"),
    }.AsUrl(Uri.UriSchemeHttps);

    private readonly Option<string> _roots = new("--roots", "-r")
    {
        Description = "PEM file with the roots that the CA's serving certificate chains to (see `bundle show`)",
        Required = true,
    };

    private readonly Option<string> _serverName = new("--server-name") { Description = "DNS name of the serving certificate (default: the address's host)" };
    private readonly Option<string> _token = new("--token", "-t") { Description = "File with the service-account token; `-` is standard input" };
    private readonly Option<string> _renew = new("--renew") { Description = "Directory with the cert-chain.pem and key.pem to renew, where there is no token" };
    private readonly Option<string> _cluster = new("--cluster-id") { Description = "Cluster of the token's issuer", DefaultValueFactory = _ => "" };
    private readonly Option<string> _id = new("--spiffe-id") { Description = "Identity to write into the CSR; the CA decides by the token" };
    private readonly Option<string> _out = new("--out", "-d") { Description = "Directory for key.pem, cert-chain.pem and root-cert.pem", DefaultValueFactory = _ => "." };

    private readonly Option<KeyAlgorithm> _key = new Option<KeyAlgorithm>("--key", "-k")
    {
        Description = "Kind of the new key: EcdsaP256, EcdsaP384 or Rsa (2048 bits)",
        DefaultValueFactory = _ => KeyAlgorithm.EcdsaP256,
    }.AsOneOf();

    private readonly Option<TimeSpan> _lifetime = new Option<TimeSpan>("--lifetime")
    {
        Description = "Lifetime to ask for, as [d.]hh:mm:ss; zero asks for the CA's default",
        DefaultValueFactory = _ => TimeSpan.Zero,
    }.AsLength(TimeSpan.Zero);

    private readonly Option<TimeSpan> _timeout = new Option<TimeSpan>("--timeout")
    {
        Description = "How long to wait for the answer, as [d.]hh:mm:ss",
        DefaultValueFactory = _ => TimeSpan.FromSeconds(10),
    }.AsLength(TimeSpan.FromSeconds(1));

    /// <inheritdoc />
    public string Name => "cert request";

    /// <inheritdoc />
    public string Description => "Request a certificate as a proxy does, and write key, chain and roots";

    /// <inheritdoc />
    public IEnumerable<Symbol> Parameters =>
        [_address, _roots, _serverName, _token, _renew, _cluster, _id, _out, _key, _lifetime, _timeout];

    /// <inheritdoc />
    public async Task<ExitCode> RunAsync(ParseResult arguments, AdminOutput output, CancellationToken cancellationToken)
    {
        SpiffeId? wanted = null;
        if (arguments.GetValue(_id) is { } id && !SpiffeId.TryParse(id, out wanted, out var idError))
        {
            output.Fail($"`{id}` is no SPIFFE ID: {idError}");
            return ExitCode.Usage;
        }

        if (arguments.GetValue(_token) is null && arguments.GetValue(_renew) is null)
        {
            output.Fail("one of --token and --renew is needed");
            return ExitCode.Usage;
        }

        try
        {
            return await RequestAsync(arguments, wanted, output, cancellationToken);
        }
        catch (Exception e) when (e is CryptographicException or InvalidDataException)
        {
            output.Fail(e.Message);
            return ExitCode.Invalid;
        }
        catch (RpcException e)
        {
            output.Fail(RpcFailures.Describe(e.Status));
            return RpcFailures.ToExitCode(e.StatusCode);
        }
    }

    private async Task<ExitCode> RequestAsync(
        ParseResult arguments, SpiffeId? wanted, AdminOutput output, CancellationToken cancellationToken)
    {
        var roots = CredentialFiles.ReadCertificates(arguments.GetRequiredValue(_roots));
        var token = arguments.GetValue(_token) is { } file ? CredentialFiles.ReadToken(file, output.Console) : null;
        var renewed = arguments.GetValue(_renew) is { } directory
            ? CredentialFiles.Read(Path.Combine(directory, CredentialDirectory.ChainFile), Path.Combine(directory, CredentialDirectory.KeyFile))
            : null;
        using var client = new CertificateClient(
            arguments.GetRequiredValue(_address), roots, arguments.GetValue(_serverName), renewed);
        using var key = WorkloadKey.Generate(arguments.GetValue(_key));
        var answer = await client.RequestAsync(
            key.ToSigningRequest(wanted),
            token,
            arguments.GetRequiredValue(_cluster),
            arguments.GetValue(_lifetime),
            arguments.GetValue(_timeout),
            cancellationToken);
        if (!IssuedChain.TryCreate(answer, key.ExportSubjectPublicKeyInfo(), clock.GetUtcNow(), out var chain, out var fault))
        {
            output.Fail(fault);
            return ExitCode.Invalid;
        }

        var target = Path.GetFullPath(arguments.GetRequiredValue(_out));
        CredentialDirectory.Write(target, key.ToPem(), chain.ChainPem, chain.BundlePem);
        var report = new CertRequestReport(
            chain.Svid.Id.ToString(),

            // As the journal writes it, which pads; another CA's may be too long for that.
            SerialNumber.TryRead(chain.Svid.SerialNumber.Span, out var serial)
                ? serial.ToString()
                : Convert.ToHexStringLower(chain.Svid.SerialNumber.Span),
            chain.Svid.NotBefore,
            chain.Svid.NotAfter,
            target);
        output.Write(report, CertRequestJson.Default.CertRequestReport, Render);
        return ExitCode.Ok;
    }

    private static IRenderable Render(CertRequestReport report)
    {
        var grid = new Grid().AddColumn().AddColumn();
        grid.AddRow("SPIFFE ID", Markup.Escape(AdminOutput.Printable(report.SpiffeId)));
        grid.AddRow("serial", report.Serial);
        grid.AddRow("valid", $"{report.NotBefore:u} to {report.NotAfter:u}");
        grid.AddRow("files", Markup.Escape(report.Directory));
        return grid;
    }
}

/// <summary>What <c>meshca cert request</c> prints.</summary>
internal sealed record CertRequestReport(
    string SpiffeId, string Serial, DateTimeOffset NotBefore, DateTimeOffset NotAfter, string Directory);

/// <summary>JSON of <see cref="CertRequestReport"/>.</summary>
[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(CertRequestReport))]
internal sealed partial class CertRequestJson : JsonSerializerContext;
