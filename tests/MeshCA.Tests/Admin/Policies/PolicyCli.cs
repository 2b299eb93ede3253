using System.IO;
using System.Runtime.CompilerServices;
using Xunit;

namespace MeshCA.Tests.Admin.Policies;

/// <summary>Calls <c>meshca policy</c> on the files of <c>testdata/policies</c>.</summary>
internal static class PolicyCli
{
    /// <summary>Path of a test file.</summary>
    public static string PathOf(string file, [CallerFilePath] string here = "") =>
        Path.Combine(Path.GetDirectoryName(here)!, "..", "..", "testdata", "policies", file);

    /// <summary>Calls it; what it prints names files as if they stood in the current directory.</summary>
    public static async Task<CliResult> CallAsync(string input, params string[] arguments)
    {
        var result = await Cli.CallWithInputAsync(input, ["policy", .. arguments]);
        return result with { Out = WithoutDirectory(result.Out), Error = WithoutDirectory(result.Error) };
    }

    /// <summary>Compares with an expected output; <c>UPDATE_GOLDEN=1</c> writes it, and the diff is reviewed.</summary>
    public static void Matches(string name, string actual)
    {
        var path = PathOf($"{name}-out.txt");
        if (Environment.GetEnvironmentVariable("UPDATE_GOLDEN") == "1")
        {
            File.WriteAllText(path, actual);
        }

        Assert.Equal(File.Exists(path) ? File.ReadAllText(path) : "", actual);
    }

    private static string WithoutDirectory(string text) => text.Replace(PathOf("") + "/", "", StringComparison.Ordinal);
}
