using System.CommandLine;
using System.Diagnostics;
using System.IO;
using System.Text.Json.Serialization;
using MeshCA.Authentication.Development;
using MeshCA.Configuration;
using MeshCA.Hosting;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace MeshCA.Admin;

/// <summary><c>meshca serve</c>: runs the service until a signal ends it.</summary>
internal sealed class ServeVerb(TimeProvider clock) : IAdminVerb
{
    private readonly Option<string> _config = new("--config", "-c") { Description = "JSON file with settings" };

    private readonly Option<string[]> _set = new("--set", "-s")
    {
        Description = "One setting as Section:Key=value; may be repeated, and wins over file and environment",
        DefaultValueFactory = _ => [],
    };

    private readonly Option<string> _data = new("--data", "-d")
    {
        Description = "Directory of the store, the same as Storage:DirectoryPath (default: /var/lib/meshca, with --dev: ./meshca-dev)",
    };

    private readonly Option<bool> _dev = new("--dev")
    {
        Description = "Development: loopback only, a local token issuer, the key-encryption key beside the database. Never in production",
    };

    /// <inheritdoc />
    public string Name => "serve";

    /// <inheritdoc />
    public string Description => "Run the certificate authority";

    /// <inheritdoc />
    public IEnumerable<Symbol> Parameters => [_config, _set, _data, _dev];

    /// <inheritdoc />
    public async Task<ExitCode> RunAsync(ParseResult arguments, AdminOutput output, CancellationToken cancellationToken)
    {
        var dev = arguments.GetValue(_dev);
        var assignments = arguments.GetRequiredValue(_set).ToList();
        if (arguments.GetValue(_data) is { } data)
        {
            assignments.Insert(0, $"Storage:DirectoryPath={Path.GetFullPath(data)}");
        }

        var file = arguments.GetValue(_config) is { } config ? Path.GetFullPath(config) : null;
        if (!Settings.TryGather(dev ? DevelopmentDefaults() : [], file, assignments, out var settings, out var fault))
        {
            output.Fail(fault);
            return ExitCode.Usage;
        }

        var setUp = new ServerSetUp { Clock = clock };
        var directory = dev ? settings["Storage:DirectoryPath"] : null;
        if (directory is not null)
        {
            if (settings["Server:AdminSocket"] is null && DevelopmentSocket(directory) is { } own)
            {
                settings["Server:AdminSocket"] = own;
            }

            setUp = setUp with
            {
                MoreIssuers = [DevTokenIssuer.ToOptions(directory)],
                StoreOpened = () => DevTokenIssuer.OpenOrCreate(directory, clock).Dispose(),
            };
        }

        return await MeshServer.StartAsync(settings, setUp, cancellationToken) switch
        {
            ServerStart.Refused refused => Refuse(refused, output),
            ServerStart.Started(var server) => await RunAsync(server, directory, settings["Server:AdminSocket"] is { Length: > 0 } socket ? socket : null, output, cancellationToken),
            _ => throw new UnreachableException(),
        };
    }

    // Below file and environment: what is said there counts in development too.
    private static Dictionary<string, string?> DevelopmentDefaults() => new()
    {
        ["Storage:DirectoryPath"] = Path.GetFullPath("meshca-dev"),
        ["Storage:CreateKeyEncryptionKey"] = "true",
        ["Server:Address"] = "127.0.0.1",
        ["Server:HttpAddress"] = "127.0.0.1",
        ["Telemetry:LogFormat"] = "Text",
    };

    // In a directory of its own, as the setting demands; none where the path is longer than a socket's may be.
    private static string? DevelopmentSocket(string directory)
    {
        var path = Path.Combine(Path.GetFullPath(directory), "admin", "admin.sock");
        return SocketPath.FaultOf(path) is null ? path : null;
    }

    private static async Task<ExitCode> RunAsync(
        MeshServer server, string? devDirectory, string? socket, AdminOutput output, CancellationToken cancellationToken)
    {
        await using (server)
        {
            var hint = devDirectory is null
                ? null
                : $"meshca token mint --data {Path.GetRelativePath(".", devDirectory)} --namespace default --service-account web";
            output.Write(
                new ServeReport(Named(server.MeshAddress), server.HttpAddress, socket, hint), ServeJson.Default.ServeReport, Render);

            // Also where the host ends by itself: a process that lived on would hold the store, never be ready, and look alive.
            await server.WaitForShutdownAsync(cancellationToken);
        }

        return cancellationToken.IsCancellationRequested ? ExitCode.Ok : ExitCode.Failure;
    }

    // The serving certificate is for names: an address would not verify.
    private static Uri Named(Uri address) => address.IsLoopback ? new UriBuilder(address) { Host = "localhost" }.Uri : address;

    private static ExitCode Refuse(ServerStart.Refused refused, AdminOutput output)
    {
        foreach (var fault in refused.Faults)
        {
            output.Fail(fault);
        }

        return refused.Error switch
        {
            ServerStartError.Configuration => ExitCode.Usage,
            ServerStartError.StoreInUse => ExitCode.Unavailable,
            _ => ExitCode.Failure,
        };
    }

    private static IRenderable Render(ServeReport report)
    {
        var grid = new Grid().AddColumn().AddColumn();
        grid.AddRow("CSR service", AdminOutput.Printable(report.MeshAddress.ToString()));
        grid.AddRow("metrics", new Uri(report.HttpAddress, "/metrics").ToString());
        grid.AddRow("readiness", new Uri(report.HttpAddress, "/healthz/ready").ToString());
        grid.AddRow("trust bundle", new Uri(report.HttpAddress, "/bundle.pem").ToString());
        if (report.AdminSocket is not null)
        {
            grid.AddRow("administer", Markup.Escape($"meshca root status --socket {report.AdminSocket}"));
        }

        if (report.MintHint is not null)
        {
            grid.AddRow("mint a token", Markup.Escape(report.MintHint));
        }

        return grid;
    }
}

/// <summary>What <c>meshca serve</c> prints once it serves.</summary>
/// <param name="MeshAddress">The TLS port.</param>
/// <param name="HttpAddress">The HTTP port.</param>
/// <param name="AdminSocket">The administration socket; null for none.</param>
/// <param name="MintHint">How to mint a token; only with <c>--dev</c>.</param>
internal sealed record ServeReport(Uri MeshAddress, Uri HttpAddress, string? AdminSocket, string? MintHint);

/// <summary>JSON of <see cref="ServeReport"/>.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(ServeReport))]
internal sealed partial class ServeJson : JsonSerializerContext;
