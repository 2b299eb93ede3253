using System.Diagnostics;
using System.IO;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using MeshCA.IntegrationTests.Proxies;
using Spiffe.Wire.Workload;
using TestSupport;
using Xunit;

namespace MeshCA.IntegrationTests.Agents;

/// <summary>The Workload API and SDS spoken by clients that nobody here wrote.</summary>
public sealed class ForeignWorkloadTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Grpcio_follows_identities_and_secrets_through_a_rotation()
    {
        var steps = await RunAsync("/usr/bin/python3", "grpcio_workload.py", socket => [$"unix:{socket}", WriteDescriptors()]);
        Assert.Equal(["header", "validate", "bundles", "rotate", "pushed", "refused", "delta", "stop", "stopped"], steps);
    }

    [Fact]
    public async Task Grpc_js_follows_identities_and_secrets_through_a_rotation()
    {
        var steps = await RunAsync("node", "grpcjs_workload.mjs", socket => [$"unix:{socket}", RepositoryFile.PathOf("proto")]);
        Assert.Equal(["header", "validate", "bundles", "rotate", "pushed", "refused", "stop", "stopped"], steps);
    }

    private static async Task<List<string>> RunAsync(string interpreter, string script, Func<string, string[]> arguments)
    {
        await using var home = await new WorkloadHome().Hold().StartAsync();
        var start = new ProcessStartInfo(
            interpreter, [RepositoryFile.PathOf($"tests/MeshCA.IntegrationTests/Agents/{script}"), .. arguments(home.Socket)])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["no_proxy"] = "*";
        start.Environment["PYTHONDONTWRITEBYTECODE"] = "1";
        using var process = Process.Start(start) ?? throw new InvalidOperationException($"{interpreter} does not start");
        var errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var steps = new List<string>();
        while (await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken) is { } step)
        {
            steps.Add(step);
            switch (step)
            {
                case "rotate":
                    home.Hold();
                    break;
                case "stop":
                    await home.StopAsync();
                    break;
            }
        }

        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(process.ExitCode == 0, $"{await errors} (are grpcio and grpc-js there? `scripts/install-interop.sh` installs them)");
        return steps;
    }

    // Each file after those that it imports.
    private string WriteDescriptors()
    {
        var files = new List<FileDescriptor>();
        Add(WorkloadReflection.Descriptor);
        Add(MeshCA.Wire.Envoy.Secrets.V3.SdsReflection.Descriptor);
        var path = _directory.File("workload.desc");
        var all = new FileDescriptorSet { File = { files.Select(file => FileDescriptorProto.Parser.ParseFrom(file.SerializedData)) } };
        File.WriteAllBytes(path, all.ToByteArray());
        return path;

        void Add(FileDescriptor file)
        {
            foreach (var import in file.Dependencies)
            {
                Add(import);
            }

            if (!files.Contains(file))
            {
                files.Add(file);
            }
        }
    }
}
