using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Configuration;

namespace MeshCA.Configuration;

/// <summary>Gathers the settings: defaults, then a JSON file, then the environment, then the command line; the later wins.</summary>
internal static class Settings
{
    /// <summary>Prefix of environment variables; sections are joined with two underscores: <c>MESHCA_Server__Port</c>.</summary>
    public const string EnvironmentPrefix = "MESHCA_";

    /// <summary>What the environment alone says of one setting, for a command that is not the service but may run beside it.</summary>
    /// <param name="key">The setting: <c>Section:Key</c>.</param>
    public static string? FromEnvironment(string key) => new ConfigurationBuilder().AddEnvironmentVariables(EnvironmentPrefix).Build()[key];

    /// <summary>Gathers them.</summary>
    /// <param name="defaults">What holds unless something says otherwise.</param>
    /// <param name="file">A JSON file, by absolute path; null for none.</param>
    /// <param name="assignments"><c>Section:Key=value</c> each.</param>
    /// <param name="settings">All of them, or null.</param>
    /// <param name="fault">What is wrong, or null.</param>
    public static bool TryGather(
        IReadOnlyDictionary<string, string?> defaults,
        string? file,
        IReadOnlyList<string> assignments,
        [NotNullWhen(true)] out IConfiguration? settings,
        [NotNullWhen(false)] out string? fault)
    {
        settings = null;
        var overrides = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        foreach (var assignment in assignments)
        {
            var equals = assignment.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0)
            {
                fault = $"`{assignment}` is not of the form Section:Key=value";
                return false;
            }

            overrides[assignment[..equals]] = assignment[(equals + 1)..];
        }

        var builder = new ConfigurationBuilder().AddInMemoryCollection(defaults);
        if (file is not null)
        {
            builder.AddJsonFile(file, optional: false, reloadOnChange: false);
        }

        try
        {
            settings = builder.AddEnvironmentVariables(EnvironmentPrefix).AddInMemoryCollection(overrides).Build();
            fault = null;
            return true;
        }
        catch (System.IO.InvalidDataException e)
        {
            fault = $"{e.Message} {e.InnerException?.Message}".TrimEnd();
            return false;
        }
    }
}
