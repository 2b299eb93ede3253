using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace MeshCA.Telemetry;

/// <summary>How log lines are written.</summary>
internal enum LogFormat
{
    /// <summary>One JSON object per line.</summary>
    Json,

    /// <summary>One line of text.</summary>
    Text,
}

/// <summary>How traces and decisions travel to their collector.</summary>
internal enum OtlpTransport
{
    /// <summary>OTLP over gRPC, usually port 4317.</summary>
    Grpc,

    /// <summary>OTLP as protobuf over HTTP, usually port 4318; the path <c>v1/traces</c> or <c>v1/logs</c> is added.</summary>
    HttpProtobuf,
}

/// <summary>Logs, metrics and traces.</summary>
internal sealed class TelemetryOptions : IValidatableObject
{
    /// <summary>The section's name.</summary>
    public const string Section = "Telemetry";

    /// <summary>Where traces, and decisions with `DecisionLog:Otlp`, are sent, such as <c>http://127.0.0.1:4317</c>; absent: nowhere, and no traces are made.</summary>
    public Uri? OtlpEndpoint { get; set; }

    /// <summary>How they travel.</summary>
    public OtlpTransport OtlpTransport { get; set; } = OtlpTransport.Grpc;

    /// <summary>Share of new traces that are kept, 0 to 1; a caller's own decision to sample is followed.</summary>
    [Range(0.0, 1.0)]
    public double TraceRatio { get; set; } = 1.0;

    /// <summary>How log lines are written.</summary>
    public LogFormat LogFormat { get; set; } = LogFormat.Json;

    /// <summary>Series per instrument before further label values are summed up under <c>other</c>.</summary>
    [Range(10, 100_000)]
    public int MaxSeriesPerInstrument { get; set; } = 1_000;

    /// <summary>Meters to expose beside our own, such as <c>System.Runtime</c>; dots in their names become underscores.</summary>
    public IList<string> Meters { get; } = [];

    /// <inheritdoc />
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (OtlpEndpoint is { } endpoint && (!endpoint.IsAbsoluteUri || endpoint.Scheme is not ("http" or "https")))
        {
            yield return new($"{nameof(OtlpEndpoint)} must be an absolute http or https address.", [nameof(OtlpEndpoint)]);
        }

        if (!Enum.IsDefined(OtlpTransport))
        {
            yield return new($"{nameof(OtlpTransport)} is not known.", [nameof(OtlpTransport)]);
        }

        if (!Enum.IsDefined(LogFormat))
        {
            yield return new($"{nameof(LogFormat)} is not known.", [nameof(LogFormat)]);
        }
    }
}

/// <summary>Checks <see cref="TelemetryOptions"/>.</summary>
[OptionsValidator]
internal sealed partial class TelemetryOptionsValidator : IValidateOptions<TelemetryOptions>;
