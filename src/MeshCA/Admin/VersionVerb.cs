using System.CommandLine;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json.Serialization;
using Spectre.Console;

namespace MeshCA.Admin;

/// <summary><c>meshca version</c>: what is running, for a report of a fault.</summary>
internal sealed class VersionVerb : IAdminVerb
{
    /// <inheritdoc />
    public string Name => "version";

    /// <inheritdoc />
    public string Description => "Show the versions of meshca, .NET and OpenSSL";

    /// <inheritdoc />
    public IEnumerable<Symbol> Parameters => [];

    /// <inheritdoc />
    public Task<ExitCode> RunAsync(ParseResult arguments, AdminOutput output, CancellationToken cancellationToken)
    {
        var report = new VersionReport(ProductVersion, RuntimeInformation.FrameworkDescription, OpenSslVersion());
        output.Write(report, VersionJson.Default.VersionReport, Render);
        return Task.FromResult(ExitCode.Ok);
    }

    private static string ProductVersion =>
        typeof(VersionVerb).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";

    // Since OpenSSL 3.0: major in bits 28-31, minor in 20-27, patch in 4-19 (OPENSSL_VERSION_NUMBER(3)).
    private static string? OpenSslVersion()
    {
        if (OperatingSystem.IsWindows())
        {
            return null;
        }

        try
        {
            var number = SafeEvpPKeyHandle.OpenSslVersion;
            return $"{number >> 28}.{(number >> 20) & 0xFF}.{(number >> 4) & 0xFFFF}";
        }
        catch (PlatformNotSupportedException)
        {
            return null;
        }
    }

    private static Text Render(VersionReport report) =>
        new($"meshca {report.Version}\n{report.Runtime}\nOpenSSL {report.OpenSsl ?? "not used here"}\n");
}

/// <summary>What <c>meshca version</c> prints.</summary>
/// <param name="Version">Of meshca, with the commit it was built from.</param>
/// <param name="Runtime">Of .NET.</param>
/// <param name="OpenSsl">Of the OpenSSL library; null where the platform has its own.</param>
internal sealed record VersionReport(string Version, string Runtime, string? OpenSsl);

/// <summary>JSON of <see cref="VersionReport"/>.</summary>
[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(VersionReport))]
internal sealed partial class VersionJson : JsonSerializerContext;
