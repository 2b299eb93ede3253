using System.Text;
using AuthzEngine.Formats.Mesh;
using AuthzEngine.Formats.Yaml;
using AuthzEngine.Policies;
using Xunit;

namespace AuthzEngine.Formats.Tests.Mesh;

public sealed class MeshSettingsReaderTests
{
    public static TheoryData<string> Cases() => [.. GoldenFile.Cases("mesh")];

    [Theory, MemberData(nameof(Cases))]
    public void Settings_read_as_their_golden_file_says(string name) => GoldenFile.Matches(
        "mesh", name, Dump.Of(MeshSettingsReader.Read(name + ".yaml", GoldenFile.Bytes("mesh", name), new YamlLimits())));

    [Fact]
    public void Settings_of_an_empty_file_are_the_defaults() =>
        Assert.Equal(Dump.Of(new MeshSettings()), Dump.Of(Read("")!));

    [Theory]
    [InlineData("DEFAULT", PathNormalization.Base)]
    [InlineData("NONE", PathNormalization.None)]
    [InlineData("BASE", PathNormalization.Base)]
    [InlineData("MERGE_SLASHES", PathNormalization.MergeSlashes)]
    [InlineData("DECODE_AND_MERGE_SLASHES", PathNormalization.DecodeAndMergeSlashes)]
    public void Path_normalization_has_the_names_of_mesh_config(string name, PathNormalization normalization) =>
        Assert.Equal(normalization, Read($"pathNormalization: {{normalization: {name}}}")?.PathNormalization);

    private static MeshSettings? Read(string text) =>
        MeshSettingsReader.Read("mesh.yaml", Encoding.UTF8.GetBytes(text), new YamlLimits()).Value;
}
