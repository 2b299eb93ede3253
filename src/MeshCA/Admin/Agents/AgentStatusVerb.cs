using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using MeshCA.Agent.Hosting;
using MeshCA.Agent.Statuses;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace MeshCA.Admin.Agents;

/// <summary><c>meshca agent status</c>: how a running agent stands; a readiness probe too, by its exit code.</summary>
internal sealed class AgentStatusVerb : IAdminVerb
{
    private readonly AgentSocketParameters _agent = new();

    /// <inheritdoc />
    public string Name => "agent status";

    /// <inheritdoc />
    public string Description => "Show what a running agent holds, and how its renewals stand";

    /// <inheritdoc />
    public IEnumerable<Symbol> Parameters => _agent.All;

    /// <inheritdoc />
    public async Task<ExitCode> RunAsync(ParseResult arguments, AdminOutput output, CancellationToken cancellationToken)
    {
        if (await _agent.GetAsync(arguments, StatusEndpoints.Path, output, cancellationToken) is not { } answer)
        {
            return ExitCode.Unavailable;
        }

        if (TryRead(answer) is not { } status)
        {
            output.Fail("the answer is not that of an agent");
            return ExitCode.Invalid;
        }

        output.Write(status, AgentStatusJson.Default.AgentStatus, Render);
        return status.Ready ? ExitCode.Ok : ExitCode.Unavailable;
    }

    private static AgentStatus? TryRead(byte[] answer)
    {
        try
        {
            return JsonSerializer.Deserialize(answer, AgentStatusJson.Default.AgentStatus);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static IRenderable Render(AgentStatus status)
    {
        var rows = new List<IRenderable>
        {
            AdminTables.Of(
                ["entry", "identity", "serial", "ends", "asks next", "failures", "last error"],
                status.Entries,
                entry =>
                [
                    entry.Name,
                    entry.SpiffeId,
                    entry.Serial ?? "none",
                    entry.NotAfter is { } end ? AdminTables.Time(end) : "",
                    entry.Next is { } next ? AdminTables.Time(next) : "",
                    AdminTables.Number(entry.Failures),
                    entry.LastError,
                ]),
        };
        if (status.Entries.Where(entry => entry.Ban.Length > 0).ToList() is { Count: > 0 } banned)
        {
            rows.Add(AdminTables.Of(["banned", "identity", "ban"], banned, entry => [entry.Name, entry.SpiffeId, entry.Ban]));
        }

        if (status.Files.Count > 0)
        {
            rows.Add(AdminTables.Of(["files", "serial", "error"], status.Files, files => [files.Directory, files.Serial ?? "none", files.Error]));
        }

        if (status.Behind.Count > 0)
        {
            rows.Add(AdminTables.Of(
                ["lacks the bundle", "through", "process", "user", "entry", "node", "since", "reason"],
                status.Behind,
                row =>
                [
                    row.Standing,
                    row.Kind,
                    AdminTables.Number(row.ProcessId),
                    AdminTables.Number(row.UserId),
                    row.Entries,
                    row.Node,
                    AdminTables.Time(row.Since),
                    row.Reason,
                ]));
        }

        rows.Add(new Text(AdminOutput.Printable(BundleLine(status.Bundle))));
        if (status.Bundle.RevocationsRevision is { } revision)
        {
            rows.Add(new Text(string.Create(
                CultureInfo.InvariantCulture,
                $"bans and revocations of revision {revision}: {status.Bundle.Bans} bans, {status.Bundle.RevocationLists} lists")));
        }

        if (status.Bundle.FederatedLeftOut > 0)
        {
            rows.Add(new Text($"{status.Bundle.FederatedLeftOut} of {status.Bundle.FederatedDomains} federated bundles do not fit into a message to workloads"));
        }

        if (status.Fullest is { LeftOut: > 0 } fullest)
        {
            rows.Add(new Text($"{fullest.LeftOut} of {fullest.Entries} identities of {fullest.Caller} do not fit into a message of the Workload API and are left out"));
        }

        rows.Add(new Text($"{(status.Ready ? "ready" : "not ready")}; {AdminTables.Number(status.Streams)} streams of workloads"));
        return new Rows(rows);
    }

    private static string BundleLine(BundleRow bundle)
    {
        var sequence = bundle.Sequence is { } number ? number.ToString(CultureInfo.InvariantCulture) : "none";
        var stream = bundle.StreamOpen ? "open" : bundle.StreamEnd;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"trust bundle of {bundle.TrustDomain}: {bundle.Roots} roots, sequence {sequence}, acknowledged {bundle.Acknowledged}; stream: {stream}");
    }
}
