using System.CommandLine;
using System.IO;
using System.Text.Json;
using Spectre.Console;
using SpiffeIdentity.WorkloadApi;

namespace MeshCA.Admin.Agents;

/// <summary><c>meshca agent validate</c>: has the Workload API judge a JWT-SVID.</summary>
internal sealed class AgentValidateVerb : IAdminVerb
{
    private readonly WorkloadApiParameters _api = new();
    private readonly Option<string> _audience = new("--audience", "-a") { Description = "Who the token was shown to", Required = true };
    private readonly Option<string> _token = new("--token", "-t")
    {
        Description = "File with the token; `-` is standard input",
        DefaultValueFactory = _ => "-",
    };

    /// <inheritdoc />
    public string Name => "agent validate";

    /// <inheritdoc />
    public string Description => "Have a Workload API judge a JWT-SVID; ends with 5 where it is not good";

    /// <inheritdoc />
    public IEnumerable<Symbol> Parameters => [_audience, _token, .. _api.All];

    /// <inheritdoc />
    public async Task<ExitCode> RunAsync(ParseResult arguments, AdminOutput output, CancellationToken cancellationToken)
    {
        string token;
        try
        {
            token = CredentialFiles.ReadToken(arguments.GetRequiredValue(_token), output.Console);
        }
        catch (InvalidDataException e)
        {
            output.Fail(e.Message);
            return ExitCode.Invalid;
        }

        return await _api.CallAsync(arguments, output, async (client, ended) =>
        {
            try
            {
                var good = await client.ValidateJwtSvidAsync(token, arguments.GetRequiredValue(_audience), ended);
                using var claims = JsonDocument.Parse(good.Claims);
                output.Write(
                    new ValidatedTokenReport(good.Id.ToString(), claims.RootElement.Clone()),
                    WorkloadJson.Default.ValidatedTokenReport,
                    report => new Rows(
                        new Text(AdminOutput.Printable(report.SpiffeId)), new Text(AdminOutput.Printable(report.Claims.GetRawText()))));
                return ExitCode.Ok;
            }
            catch (WorkloadApiException e) when (e.Failure.Reason == WorkloadApiFailureReason.InvalidArgument)
            {
                output.Fail(e.Failure.Detail);
                return ExitCode.Invalid;
            }
        }, cancellationToken);
    }
}
