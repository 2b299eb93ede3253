using System.CommandLine;
using System.Diagnostics;
using System.IO;
using System.Text.Json.Serialization;
using MeshCA.Agent.Hosting;
using MeshCA.Configuration;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace MeshCA.Admin.Agents;

/// <summary><c>meshca agent</c>: gets, renews and serves identities until a signal ends it.</summary>
internal sealed class AgentVerb(TimeProvider clock) : IAdminVerb
{
    private readonly Option<string> _config = new("--config", "-c") { Description = "JSON file with settings" };

    private readonly Option<string[]> _set = new("--set", "-s")
    {
        Description = "One setting as Section:Key=value; may be repeated, and wins over file and environment",
        DefaultValueFactory = _ => [],
    };

    private readonly Option<string> _address = new("--address", "-a") { Description = "The CA as https://host:port, the same as Agent:Address" };
    private readonly Option<string> _roots = new("--roots", "-r") { Description = "PEM file with the CA's roots, the same as Agent:RootsFile" };
    private readonly Option<string> _token = new("--token", "-t") { Description = "File with the service-account token, the same as Agent:TokenFile" };

    private readonly Option<string> _dev = new("--dev")
    {
        Description = "Directory of a development server's store: mints tokens with its issuer's key. Never in production",
    };

    private readonly Option<string> _account = new("--service-account") { Description = "With --dev: the service account as namespace/name (default: default/web)" };

    /// <inheritdoc />
    public string Name => "agent";

    /// <inheritdoc />
    public string Description => "Run the agent: get, renew and serve a workload's identities";

    /// <inheritdoc />
    public IEnumerable<Symbol> Parameters => [_config, _set, _address, _roots, _token, _dev, _account];

    /// <inheritdoc />
    public async Task<ExitCode> RunAsync(ParseResult arguments, AdminOutput output, CancellationToken cancellationToken)
    {
        List<string> assignments = [.. Assignments(arguments), .. arguments.GetRequiredValue(_set)];
        var file = arguments.GetValue(_config) is { } config ? Path.GetFullPath(config) : null;
        if (!Settings.TryGather(PilotEnvironment.ReadSettings(), file, assignments, out var settings, out var fault))
        {
            output.Fail(fault);
            return ExitCode.Usage;
        }

        return await AgentHost.StartAsync(settings, new AgentSetUp { Clock = clock }, cancellationToken) switch
        {
            AgentStart.Refused refused => Refuse(refused, output),
            AgentStart.Started(var host) => await RunAsync(host, output, cancellationToken),
            _ => throw new UnreachableException(),
        };
    }

    private IEnumerable<string> Assignments(ParseResult arguments)
    {
        if (arguments.GetValue(_address) is { } address)
        {
            yield return $"Agent:Address={address}";
        }

        if (arguments.GetValue(_roots) is { } roots)
        {
            yield return $"Agent:RootsFile={(roots == AgentOptions.SystemRoots ? roots : Path.GetFullPath(roots))}";
        }

        if (arguments.GetValue(_token) is { } token)
        {
            yield return $"Agent:TokenFile={Path.GetFullPath(token)}";
        }

        if (arguments.GetValue(_dev) is { } directory)
        {
            yield return $"Agent:DevDirectory={Path.GetFullPath(directory)}";
            yield return $"Agent:DevServiceAccount={arguments.GetValue(_account) ?? "default/web"}";
        }
    }

    private static async Task<ExitCode> RunAsync(AgentHost host, AdminOutput output, CancellationToken cancellationToken)
    {
        await using (host)
        {
            output.Write(new AgentReport(host.HttpAddress), AgentJson.Default.AgentReport, Render);

            // Also where the host ends by itself: a process that lived on would look alive.
            await host.WaitForShutdownAsync(cancellationToken);
        }

        return cancellationToken.IsCancellationRequested ? ExitCode.Ok : ExitCode.Failure;
    }

    private static ExitCode Refuse(AgentStart.Refused refused, AdminOutput output)
    {
        foreach (var fault in refused.Faults)
        {
            output.Fail(fault);
        }

        return refused.Error == AgentStartError.Configuration ? ExitCode.Usage : ExitCode.Failure;
    }

    private static IRenderable Render(AgentReport report)
    {
        var grid = new Grid().AddColumn().AddColumn();
        grid.AddRow("agent", "runs");
        if (report.HttpAddress is { } http)
        {
            grid.AddRow("metrics", new Uri(http, "/metrics").ToString());
            grid.AddRow("readiness", new Uri(http, "/healthz/ready").ToString());
        }

        return grid;
    }
}

/// <summary>What <c>meshca agent</c> prints once it runs.</summary>
/// <param name="HttpAddress">The HTTP port; null while it is closed.</param>
internal sealed record AgentReport(Uri? HttpAddress);

/// <summary>JSON of <see cref="AgentReport"/>.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(AgentReport))]
internal sealed partial class AgentJson : JsonSerializerContext;
