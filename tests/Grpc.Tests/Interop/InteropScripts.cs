using System.Diagnostics;
using System.IO;
using System.Reflection;
using Grpc.Testing;
using Xunit;

namespace Grpc.Tests.Interop;

/// <summary>Runs the scripts beside this file. What they need is installed, never skipped.</summary>
internal static class InteropScripts
{
    /// <summary>Debian's interpreter: another python3 on the path would not have Debian's grpcio.</summary>
    public const string Python = "/usr/bin/python3";

    public const string Node = "node";

    private const string Installer = "run `scripts/install-interop.sh`, which installs what the interop tests need";

    private static readonly string Folder = typeof(InteropScripts).Assembly
        .GetCustomAttributes<AssemblyMetadataAttribute>().Single(attribute => attribute.Key == "InteropDirectory").Value!;

    public static string Proto => Path.GetFullPath(Path.Combine(Folder, "../proto/grpc/testing/interop.proto"));

    /// <summary>Writes the descriptor of interop.proto, from which python makes its messages.</summary>
    public static string WriteDescriptor(string folder)
    {
        var path = Path.Combine(folder, "interop.desc");
        File.WriteAllBytes(path, InteropReflection.Descriptor.SerializedData.ToByteArray());
        return path;
    }

    public static Process Start(string interpreter, string script, params string[] arguments)
    {
        var start = new ProcessStartInfo(interpreter, [Path.Combine(Folder, script), .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };

        // Without the pipes' own library: a proxy of the environment must not come between.
        start.Environment["no_proxy"] = "*";
        start.Environment["PYTHONDONTWRITEBYTECODE"] = "1";
        try
        {
            return Process.Start(start) ?? throw new InvalidOperationException($"`{interpreter}` did not start");
        }
        catch (System.ComponentModel.Win32Exception missing)
        {
            throw new InvalidOperationException($"`{interpreter}` is not installed: {Installer}", missing);
        }
    }

    /// <summary>Runs a script to its end.</summary>
    /// <returns>The cases it says held.</returns>
    public static async Task<IReadOnlyList<string>> RunAsync(string interpreter, string script, params string[] arguments)
    {
        using var process = Start(interpreter, script, arguments);
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, $"{await output}{errors}{Hint(errors)}");
        return (await output).Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    public static string Hint(string errors) =>
        errors.Contains("ModuleNotFoundError", StringComparison.Ordinal) || errors.Contains("ERR_MODULE_NOT_FOUND", StringComparison.Ordinal)
            ? Installer
            : "";
}
