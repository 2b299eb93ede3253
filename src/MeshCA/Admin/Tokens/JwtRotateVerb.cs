using System.CommandLine;
using Grpc.Core;
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

                // Asked before an order too: a service that cannot answer this carries an order out all the same, and does not say what became of it.
                if (await FindAsync(client, options) is not { } before)
                {
                    output.Fail("the service is older than this command: it does not tell how the keys of JWT-SVIDs stand. Nothing was ordered");
                    return ExitCode.Unsupported;
                }

                var response = isDryRun ? null : await client.RotateJwtKeyAsync(new StepRequest { Force = isForced, Reason = reason }, options);
                if (response is { JwtKeys: null })
                {
                    output.Fail($"another service answered, which is older than this command: the order was {(response.Refusal is null ? "done" : "refused")}, "
                        + "but it does not tell how the keys of JWT-SVIDs stand");
                    return ExitCode.Unsupported;
                }

                var report = response is null ? JwtRotationReport.OfDryRun(before, isForced) : JwtRotationReport.Of(response);
                output.Write(report, JwtRotationJson.Default.JwtRotationReport, JwtRotationText.Render);
                return report.Refused ? ExitCode.Refused : ExitCode.Ok;
            },
            cancellationToken);
    }

    private static async Task<JwtKeyRotation?> FindAsync(Wire.Admin.Authorities.AuthoritiesClient client, CallOptions options)
    {
        try
        {
            return await client.GetJwtKeyRotationAsync(new GetJwtKeyRotationRequest(), options);
        }
        catch (RpcException e) when (e.StatusCode == StatusCode.Unimplemented)
        {
            return null;
        }
    }
}
