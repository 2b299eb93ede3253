using System.CommandLine;
using SpiffeIdentity;

namespace MeshCA.Admin.Agents;

/// <summary><c>meshca agent fetch jwt</c>: the JWT-SVIDs that the Workload API gives this process.</summary>
internal sealed class AgentFetchJwtVerb : IAdminVerb
{
    private readonly WorkloadApiParameters _api = new();
    private readonly Option<string[]> _audience = new("--audience", "-a") { Description = "Whom the token is for; may be repeated", Required = true };
    private readonly Option<string> _id = new("--spiffe-id") { Description = "Only for this identity (default: each that this process has)" };

    /// <inheritdoc />
    public string Name => "agent fetch jwt";

    /// <inheritdoc />
    public string Description => "Fetch JWT-SVIDs that this process gets of a Workload API; they are secrets";

    /// <inheritdoc />
    public IEnumerable<Symbol> Parameters => [_audience, _id, .. _api.All];

    /// <inheritdoc />
    public Task<ExitCode> RunAsync(ParseResult arguments, AdminOutput output, CancellationToken cancellationToken)
    {
        SpiffeId? id = null;
        var audience = arguments.GetRequiredValue(_audience);
        var fault = arguments.GetValue(_id) is { } text && !SpiffeId.TryParse(text, out id, out var error) ? $"`{text}` is no SPIFFE ID: {error}"
            : Array.Exists(audience, string.IsNullOrEmpty) ? "an audience is empty"
            : null;
        if (fault is not null)
        {
            output.Fail(fault);
            return Task.FromResult(ExitCode.Usage);
        }

        return _api.CallAsync(
            arguments,
            output,
            async (client, token) =>
            {
                var fetched = await client.FetchJwtSvidsAsync(audience, id, token);
                output.WriteLine(
                    new FetchedTokensReport([.. fetched.Select(each => new FetchedTokenRow(each.Svid.Id.ToString(), each.Hint ?? "", each.Svid.ExpiresAt, each.Svid.Token))]),
                    WorkloadJson.Default.FetchedTokensReport,
                    report => string.Join(Environment.NewLine, report.Svids.Select(TwoLines)));
                return ExitCode.Ok;
            },
            cancellationToken);
    }

    // The token alone on its line, which no terminal's width breaks.
    private static string TwoLines(FetchedTokenRow row) => AdminOutput.Printable(
        row.SpiffeId + (row.Hint.Length == 0 ? "" : $" ({row.Hint})") + ", until " + AdminTables.Time(row.ExpiresAt)) + Environment.NewLine + row.Svid;
}
