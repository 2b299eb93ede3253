using System.Diagnostics;
using System.IO;
using MeshCA.Configuration;
using MeshCA.PolicySources;
using TestSupport;
using Xunit;

namespace MeshCA.Tests.PolicySources;

public sealed class PolicyDirectoryTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void Its_own_policy_files_are_read_in_order_and_nothing_else()
    {
        Write("b.yml", "c.json", "a.yaml", ".hidden.yaml", "readme.md", "a.yaml~", "mesh.yaml", "inventory.yaml");
        Directory.CreateDirectory(_directory.File("nested.yaml"));
        File.WriteAllText(Path.Combine(_directory.File("nested.yaml"), "d.yaml"), "#");

        var listed = Listed(new() { MeshFile = _directory.File("mesh.yaml"), InventoryFile = _directory.File("inventory.yaml") });

        Assert.Equal(["a.yaml", "b.yml", "c.json"], listed);
    }

    [Theory]
    [InlineData(2, true)]
    [InlineData(1, false)]
    public void More_files_than_allowed_are_none(int allowed, bool isListed)
    {
        Write("a.yaml", "b.yaml");

        Assert.Equal(isListed, Read(new() { MaxFiles = allowed }) is DirectoryListing.Listed);
    }

    [Theory]
    [InlineData(2048, true)]
    [InlineData(2047, false)]
    public void More_bytes_than_allowed_are_none(int allowed, bool isListed)
    {
        File.WriteAllText(_directory.File("a.yaml"), new string('#', 1024));
        File.WriteAllText(_directory.File("b.yaml"), new string('#', 1024));

        Assert.Equal(isListed, Read(new() { MaxTotalBytes = allowed }) is DirectoryListing.Listed);
    }

    [Fact]
    public void A_directory_without_policy_files_is_not_believed()
    {
        Write("readme.md");

        Assert.IsType<DirectoryListing.Failed>(Read(new()));
    }

    [Fact]
    public void A_directory_that_is_not_there_fails() =>
        Assert.IsType<DirectoryListing.Failed>(new PolicyDirectory(new() { Directory = _directory.File("missing") }).Read());

    [Fact]
    public async Task A_mounted_directory_that_is_swapped_while_it_is_read_is_read_from_one_side()
    {
        // As a kubelet mounts a ConfigMap: each file a link through `..data`, which alone is replaced.
        const int files = 40;
        Directory.CreateDirectory(_directory.File("..1"));
        Directory.CreateDirectory(_directory.File("..2"));
        for (var i = 0; i < files; i++)
        {
            await File.WriteAllTextAsync(_directory.File($"..1/{i}.yaml"), "#1", TestContext.Current.CancellationToken);
            await File.WriteAllTextAsync(_directory.File($"..2/{i}.yaml"), "#2", TestContext.Current.CancellationToken);
            File.CreateSymbolicLink(_directory.File($"{i}.yaml"), $"..data/{i}.yaml");
        }

        File.CreateSymbolicLink(_directory.File("..data"), "..1");
        Write("run");

        // No name comes twice, as with the kubelet.
        const string swap = "while [ -e run ]; do n=$((n + 1)); ln -s ..$((n % 2 + 1)) ..at$n && ln -s ..at$n ..new && mv -T ..new ..data; done";
        using var swapping = Process.Start(new ProcessStartInfo("sh", ["-c", swap]) { WorkingDirectory = _directory.Path, RedirectStandardInput = true })!;
        try
        {
            for (var i = 0; i < 500; i++)
            {
                if (Read(new()) is DirectoryListing.Listed(var listed))
                {
                    Assert.Single(listed.Select(file => Assert.IsType<FileReading.Read>(file.Reading).Text).Distinct());
                }
            }
        }
        finally
        {
            File.Delete(_directory.File("run"));
            await swapping.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        Assert.IsType<DirectoryListing.Listed>(Read(new()));
    }

    private DirectoryListing Read(PolicyOptions options)
    {
        options.Directory = _directory.Path;
        return new PolicyDirectory(options).Read();
    }

    private IEnumerable<string> Listed(PolicyOptions options) =>
        Assert.IsType<DirectoryListing.Listed>(Read(options)).Files.Select(file => file.Name);

    private void Write(params string[] names)
    {
        foreach (var name in names)
        {
            File.WriteAllText(_directory.File(name), "#");
        }
    }
}
