using System.Reflection;
using OpenTelemetry.Exporter;
using OpenTelemetry.Resources;

namespace MeshCA.Telemetry;

/// <summary>How signals are sent to the collector, and as whose.</summary>
internal static class OtlpExport
{
    /// <summary>Path of traces in the HTTP form.</summary>
    public const string TracesPath = "/v1/traces";

    /// <summary>Path of log records in the HTTP form.</summary>
    public const string LogsPath = "/v1/logs";

    /// <summary>The version of this program.</summary>
    public static string Version =>
        typeof(OtlpExport).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "";

    /// <summary>This service, as collectors know it.</summary>
    public static ResourceBuilder Resource => ResourceBuilder.CreateDefault().AddService("meshca", serviceVersion: Version);

    /// <summary>Sets an exporter up.</summary>
    /// <param name="exporter">The exporter.</param>
    /// <param name="endpoint">Where the collector is.</param>
    /// <param name="transport">How it is spoken to.</param>
    /// <param name="path">The signal's path in the HTTP form.</param>
    public static void Configure(OtlpExporterOptions exporter, Uri endpoint, OtlpTransport transport, string path)
    {
        exporter.Endpoint = Address(endpoint, transport, path);
        exporter.Protocol = transport == OtlpTransport.Grpc ? OtlpExportProtocol.Grpc : OtlpExportProtocol.HttpProtobuf;
    }

    /// <summary>The address that is posted to: the HTTP form has a path for each signal, which the exporter adds only to its defaults.</summary>
    internal static Uri Address(Uri endpoint, OtlpTransport transport, string path)
    {
        if (transport == OtlpTransport.Grpc)
        {
            return endpoint;
        }

        var start = endpoint.AbsoluteUri.TrimEnd('/');
        start = start.EndsWith(TracesPath, StringComparison.Ordinal) ? start[..^TracesPath.Length] : start;
        return new Uri(start + path);
    }
}
