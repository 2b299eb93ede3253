using System.CommandLine;
using System.IO;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using MeshCA.Wire.Admin;

namespace MeshCA.Admin.Issuance;

/// <summary><c>meshca explain issuance</c>: what a running service would issue for a token and a CSR, and why, or why not.</summary>
internal sealed class ExplainIssuanceVerb : IAdminVerb
{
    private const int MaxCsrLength = 1024 * 1024;

    private readonly AdminSocketParameters _socket = new();

    private readonly Option<string> _token = new("--token", "-t")
    {
        Description = "File with the service-account token; `-` is standard input",
        Required = true,
    };

    private readonly Option<string> _csr = new("--csr", "-c")
    {
        Description = "PEM file with the certificate signing request",
        Required = true,
    };

    private readonly Option<string> _cluster = new("--cluster-id")
    {
        Description = "Cluster of the token's issuer",
        DefaultValueFactory = _ => "",
    };

    private readonly Option<string> _impersonate = new("--impersonate")
    {
        Description = "Identity that the token's node proxy would ask for",
        DefaultValueFactory = _ => "",
    };

    private readonly Option<TimeSpan> _lifetime = new Option<TimeSpan>("--lifetime")
    {
        Description = "Lifetime to ask for, as [d.]hh:mm:ss; zero asks for the default",
        DefaultValueFactory = _ => TimeSpan.Zero,
    }.AsLength(TimeSpan.Zero);

    /// <inheritdoc />
    public string Name => "explain issuance";

    /// <inheritdoc />
    public string Description => "Explain what a running service would issue for a token and a CSR; ends with 3 or 4 where it would refuse";

    /// <inheritdoc />
    public IEnumerable<Symbol> Parameters => [_token, _csr, _cluster, _impersonate, _lifetime, .. _socket.All];

    /// <inheritdoc />
    public async Task<ExitCode> RunAsync(ParseResult arguments, AdminOutput output, CancellationToken cancellationToken)
    {
        if (Request(arguments, output) is not { } request)
        {
            return ExitCode.Invalid;
        }

        return await _socket.CallAsync(
            arguments,
            output,
            async (channel, options) =>
            {
                var answer = await new Wire.Admin.IssuancePolicies.IssuancePoliciesClient(channel).ExplainAsync(request, options);
                output.WriteLine(IssuanceReport.Of(answer), IssuanceJson.Default.IssuanceReport, report => report.ToText());
                return answer.WouldIssue ? ExitCode.Ok : RpcFailures.ToExitCode((StatusCode)(answer.Refusal?.Status ?? 0));
            },
            cancellationToken);
    }

    private ExplainRequest? Request(ParseResult arguments, AdminOutput output)
    {
        try
        {
            var lifetime = arguments.GetValue(_lifetime);
            return new ExplainRequest
            {
                Token = CredentialFiles.ReadToken(arguments.GetRequiredValue(_token), output.Console),
                Csr = ReadCsr(arguments.GetRequiredValue(_csr)),
                ClusterId = arguments.GetRequiredValue(_cluster),
                ImpersonatedIdentity = arguments.GetRequiredValue(_impersonate),
                Lifetime = lifetime > TimeSpan.Zero ? lifetime.ToDuration() : null,
            };
        }
        catch (InvalidDataException e)
        {
            output.Fail(e.Message);
            return null;
        }
    }

    private static string ReadCsr(string file)
    {
        using var reader = new StreamReader(file);
        var buffer = new char[MaxCsrLength];
        var length = reader.ReadBlock(buffer);
        return length == MaxCsrLength ? throw new InvalidDataException($"`{file}` is no CSR: it is too long") : new string(buffer, 0, length);
    }
}
