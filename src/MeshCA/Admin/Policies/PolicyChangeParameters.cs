using System.CommandLine;
using Grpc.Core;
using MeshCA.Wire.Policies;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace MeshCA.Admin.Policies;

/// <summary>What the verbs that change policies have in common: their options, and how a change is reported.</summary>
internal sealed class PolicyChangeParameters
{
    private readonly AdminSocketParameters _socket = new();

    private readonly Option<long?> _revision = new("--expected-revision")
    {
        Description = "Refuse unless this is the last revision (see `policy list`)",
    };

    private readonly Option<bool> _wait = new("--wait") { Description = "Wait until the revision is in force" };

    /// <summary>All of them.</summary>
    public IEnumerable<Symbol> All => [_revision, _wait, .. _socket.All];

    /// <summary>The revision to expect; null: whichever it is.</summary>
    public long? ExpectedRevision(ParseResult arguments) => arguments.GetValue(_revision);

    /// <summary>Makes a change, and reports it after it is in force where that is asked for.</summary>
    /// <param name="change">Asks the service for it.</param>
    /// <param name="arguments">The parsed command line.</param>
    /// <param name="output">Gets the report.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    public Task<ExitCode> ChangeAsync(
        Func<PolicyAdministration.PolicyAdministrationClient, CallOptions, AsyncUnaryCall<ChangeResponse>> change,
        ParseResult arguments,
        AdminOutput output,
        CancellationToken cancellationToken) => _socket.CallAsync(
            arguments,
            output,
            async (channel, options) =>
            {
                var client = new PolicyAdministration.PolicyAdministrationClient(channel);
                return await ReportAsync(await change(client, options), client, options, arguments, output);
            },
            cancellationToken);

    private async Task<ExitCode> ReportAsync(
        ChangeResponse change,
        PolicyAdministration.PolicyAdministrationClient client,
        CallOptions options,
        ParseResult arguments,
        AdminOutput output)
    {
        foreach (var finding in change.Findings)
        {
            output.Fail(PolicyReports.Describe(finding));
        }

        if (change.Refusal is { } refusal)
        {
            output.Fail(refusal.Detail);
            return refusal.Reason == Refusal.Types.Reason.Invalid ? ExitCode.Invalid : ExitCode.Refused;
        }

        var isInForce = change.InForce;
        if (arguments.GetValue(_wait) && !isInForce)
        {
            await client.AwaitRevisionAsync(new AwaitRevisionRequest { Revision = change.Revision }, options);
            isInForce = true;
        }

        output.Write(new PolicyChangeReport(change.Revision, isInForce), PolicyJson.Default.PolicyChangeReport, Render);
        return ExitCode.Ok;
    }

    private static IRenderable Render(PolicyChangeReport report)
    {
        var grid = new Grid().AddColumn().AddColumn();
        grid.AddRow("revision", PolicyReports.Number(report.Revision));
        grid.AddRow("in force", report.InForce ? "yes" : "no: not every source was read yet");
        return grid;
    }
}
