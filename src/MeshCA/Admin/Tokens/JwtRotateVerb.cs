using System.CommandLine;
using MeshCA.Wire.Admin;

namespace MeshCA.Admin.Tokens;

/// <summary><c>meshca jwt rotate</c>: the next key of JWT-SVIDs signs before its time.</summary>
internal sealed class JwtRotateVerb : IAdminVerb
{
    private readonly AdminSocketParameters _socket = new();
    private readonly Option<string> _reason = new("--reason") { Description = "Why, for the audit", DefaultValueFactory = _ => "" };
    private readonly Option<bool> _force = new("--force") { Description = "Do it though somebody does not know the key; needs --reason" };

    private readonly Option<bool> _dryRun = new("--dry-run")
    {
        Description = "Change nothing: show the keys, what the next one waits for, who lacks it, and when it signs by itself; ends with 3 where an order would be refused",
    };

    /// <inheritdoc />
    public string Name => "jwt rotate";

    /// <inheritdoc />
    public string Description => "Let the next key of JWT-SVIDs sign; refused where a consumer lacks it, or where it was not published for long enough";

    /// <inheritdoc />
    public IEnumerable<Symbol> Parameters => [_dryRun, _reason, _force, .. _socket.All];

    /// <inheritdoc />
    public Task<ExitCode> RunAsync(ParseResult arguments, AdminOutput output, CancellationToken cancellationToken)
    {
        var (isForced, reason) = (arguments.GetValue(_force), arguments.GetRequiredValue(_reason));
        if (isForced && string.IsNullOrWhiteSpace(reason))
        {
            output.Fail("--force needs --reason");
            return Task.FromResult(ExitCode.Usage);
        }

        var isDryRun = arguments.GetValue(_dryRun);
        return _socket.CallAsync(
            arguments,
            output,
            async (channel, options) =>
            {
                var client = new Wire.Admin.Authorities.AuthoritiesClient(channel);
                var report = isDryRun
                    ? JwtRotationReport.OfDryRun(await client.GetJwtKeyRotationAsync(new GetJwtKeyRotationRequest(), options), isForced)
                    : JwtRotationReport.Of(await client.RotateJwtKeyAsync(new StepRequest { Force = isForced, Reason = reason }, options));
                output.Write(report, JwtRotationJson.Default.JwtRotationReport, JwtRotationText.Render);
                return report.Refused ? ExitCode.Refused : ExitCode.Ok;
            },
            cancellationToken);
    }
}
