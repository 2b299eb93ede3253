using System.IO;
using MeshCA.Admin.Policies;
using TestSupport;
using Xunit;

namespace MeshCA.Tests.Admin.Policies;

public sealed class PolicyFilesTests
{
    [Fact]
    public async Task A_directory_means_its_yaml_and_json_files_by_name()
    {
        using var directory = new TemporaryDirectory();
        Directory.CreateDirectory(directory.File("sub"));
        foreach (var name in new[] { "b.yml", "a.yaml", "c.JSON", "d.txt", "sub/e.yaml" })
        {
            await File.WriteAllTextAsync(directory.File(name), name, TestContext.Current.CancellationToken);
        }

        var texts = await PolicyFiles.ReadAsync([directory.File("b.yml"), directory.Path], TestContext.Current.CancellationToken);

        Assert.Equal(["b.yml", "a.yaml", "c.JSON", "sub/e.yaml"], texts.Select(text => Path.GetRelativePath(directory.Path, text.Name)));
    }

    [Fact]
    public async Task A_path_that_does_not_exist_is_an_error() => await Assert.ThrowsAsync<FileNotFoundException>(
        () => PolicyFiles.ReadAsync(["no-such-path"], TestContext.Current.CancellationToken));
}
