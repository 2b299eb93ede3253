using System.Diagnostics;
using System.Formats.Tar;
using System.IO;
using System.IO.Compression;
using System.Text.Json.Nodes;
using MeshCA.IntegrationTests.Proxies;
using TestSupport;
using Xunit;

namespace MeshCA.IntegrationTests.Packing;

/// <summary>The program as it is packed for containers. Needs root, for namespaces of its own.</summary>
[Trait("Category", "Long")]
public sealed class ContainerTests
{
    private const string Script = "scripts/container.sh";

    [Fact]
    public async Task As_nobody_in_particular_on_a_read_only_root_it_serves_and_issues()
    {
        await RunAsync("publish");
        var said = await RunAsync("check");
        Assert.Contains("uid 65532, gid 65532, capabilities 0000000000000000", said, StringComparison.Ordinal);
        foreach (var line in new[] { "the root is read-only", "it serves", "spiffe://cluster.local/ns/shop/sa/web", "it issued one certificate", "it ended with 0 on SIGTERM", "intact" })
        {
            Assert.Contains(line, said, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task The_sdk_packs_it_onto_a_base_image_that_somebody_names()
    {
        await using var registry = await BaseImageRegistry.StartAsync(TestContext.Current.CancellationToken);
        using var directory = new TemporaryDirectory();
        var archive = directory.File("meshca.tar");
        await RunAsync("image", registry.Image, archive);

        var files = await ReadAsync(archive);
        var manifest = JsonNode.Parse(files["manifest.json"])![0]!;
        var config = JsonNode.Parse(files[manifest["Config"]!.GetValue<string>()])!["config"]!;
        Assert.Equal("65532:65532", config["User"]!.GetValue<string>());
        Assert.Equal("/app/meshca", config["Entrypoint"]!.AsArray().Single()!.GetValue<string>());
        Assert.Equal(["15012/tcp", "15014/tcp", "15017/tcp"], config["ExposedPorts"]!.AsObject().Select(port => port.Key).Order(StringComparer.Ordinal));
        Assert.Equal("MeshCA", config["Labels"]!["org.opencontainers.image.title"]!.GetValue<string>());
        Assert.Matches("^meshca:[0-9.]+$", manifest["RepoTags"]![0]!.GetValue<string>());
        var layers = manifest["Layers"]!.AsArray().Select(layer => layer!.GetValue<string>()).ToList();
        Assert.Contains(Names(files[layers[^1]]), name => name.TrimStart('/') == "app/meshca");
    }

    private static async Task<Dictionary<string, byte[]>> ReadAsync(string archive)
    {
        await using var tar = new TarReader(File.OpenRead(archive));
        var files = new Dictionary<string, byte[]>();
        while (await tar.GetNextEntryAsync(cancellationToken: TestContext.Current.CancellationToken) is { } entry)
        {
            using var content = new MemoryStream();
            if (entry.DataStream is { } data)
            {
                await data.CopyToAsync(content, TestContext.Current.CancellationToken);
            }

            files[entry.Name] = content.ToArray();
        }

        return files;
    }

    private static List<string> Names(byte[] layer)
    {
        using var tar = new TarReader(new GZipStream(new MemoryStream(layer), CompressionMode.Decompress));
        var names = new List<string>();
        while (tar.GetNextEntry() is { } entry)
        {
            names.Add(entry.Name);
        }

        return names;
    }

    private static async Task<string> RunAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo(RepositoryFile.PathOf(Script)) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        using var process = Process.Start(start)!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken), process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken));
        try
        {
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }

        var said = await output + await error;
        Assert.True(process.ExitCode == 0, said);
        return said;
    }
}
