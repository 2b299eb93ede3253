using System.Collections.Frozen;
using System.ComponentModel.DataAnnotations;
using System.IO;
using AuthzEngine.Requests;
using MeshCA.Telemetry;
using Microsoft.Extensions.Options;

namespace MeshCA.Configuration;

/// <summary>The decision log: which decisions are recorded, where, and what of their requests.</summary>
internal sealed class DecisionLogOptions : IValidatableObject
{
    /// <summary>The configuration section.</summary>
    public const string Section = "DecisionLog";

    private const AttributeKinds Selectable = ~(AttributeKinds.Headers | AttributeKinds.Claims | AttributeKinds.FilterMetadata);

    /// <summary>File of the records, one JSON object per line, by absolute path; made with mode 0600. None: no file.</summary>
    public string File { get; set; } = "";

    /// <summary>Length at which the file gives way to a new one, in bytes.</summary>
    [Range(1L << 20, 1L << 40)]
    public long MaxFileBytes { get; set; } = 64L << 20;

    /// <summary>Most files, the newest included; the oldest is removed.</summary>
    [Range(1, 1_000)]
    public int MaxFiles { get; set; } = 10;

    /// <summary>Age at which the file gives way to a new one.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "365.00:00:00")]
    public TimeSpan MaxAge { get; set; } = TimeSpan.FromDays(1);

    /// <summary>Whether records are sent to the collector at `Telemetry:OtlpEndpoint`.</summary>
    public bool Otlp { get; set; }

    /// <summary>Of how many allowed requests one is recorded; 1: every one, 0: none. What an AUDIT rule marks always is.</summary>
    [Range(0, 1_000_000)]
    public int AllowSample { get; set; } = 1;

    /// <summary>Of how many denied requests one is recorded; 1: every one, 0: none.</summary>
    [Range(0, 1_000_000)]
    public int DenySample { get; set; } = 1;

    /// <summary>Attributes that are kept even where no rule reads them.</summary>
    public AttributeKinds AlsoKeep { get; set; } = AttributeKinds.SourcePrincipal | AttributeKinds.DestinationPort
        | AttributeKinds.Sni | AttributeKinds.Method | AttributeKinds.Path | AttributeKinds.Host;

    /// <summary>Headers that are kept even where no rule reads them, such as `x-request-id`.</summary>
    public string[] AlsoKeepHeaders { get; set; } = [];

    /// <summary>Headers that hold secrets: where a rule reads one, a digest stands for it. `authorization`, `proxy-authorization`, `cookie` and the headers of JWT rules always count as such.</summary>
    public string[] SecretHeaders { get; set; } = [];

    /// <summary>Most records that wait to be written; one more is left out. Each holds on to its request.</summary>
    [Range(16, 1_000_000)]
    public int QueueLength { get; set; } = 4_096;

    /// <summary>Most bytes of the records that wait to be written, and as many of those that wait for the collector; further ones are left out.</summary>
    [Range(4L << 20, 4L << 30)]
    public long QueueBytes { get; set; } = 32L << 20;

    /// <summary>Time between two writes while decisions are made.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "00:00:10")]
    public TimeSpan FlushInterval { get; set; } = TimeSpan.FromMilliseconds(50);

    /// <summary>Most policies that metrics tell apart; those beyond count as `other`.</summary>
    [Range(0, 10_000)]
    public int MaxPolicyLabels { get; set; } = 400;

    /// <summary>Whether anything is recorded.</summary>
    internal bool IsOn => File.Length > 0 || Otlp;

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (File.Length > 0 && !Path.IsPathFullyQualified(File))
        {
            yield return new($"{nameof(File)} is not absolute.", [nameof(File)]);
        }

        if ((AlsoKeep & ~Selectable) != 0)
        {
            yield return new($"{nameof(AlsoKeep)} cannot name Headers, Claims or FilterMetadata.", [nameof(AlsoKeep)]);
        }

        foreach (var header in AlsoKeepHeaders.Intersect(SecretHeaders, StringComparer.OrdinalIgnoreCase))
        {
            yield return new($"`{header}` is either secret or kept.", [nameof(AlsoKeepHeaders)]);
        }
    }

    /// <summary>Names of headers as requests have them.</summary>
    internal static FrozenSet<string> Names(IEnumerable<string> headers) =>
        headers.Select(header => header.ToLowerInvariant()).ToFrozenSet(StringComparer.Ordinal);
}

/// <summary>Checks <see cref="DecisionLogOptions"/> before the service starts.</summary>
[OptionsValidator]
internal sealed partial class DecisionLogOptionsValidator : IValidateOptions<DecisionLogOptions>;

/// <summary>Rule between sections: records that are sent need somebody to send them to.</summary>
internal sealed class DecisionCollectorValidator(IOptions<TelemetryOptions> telemetry) : IValidateOptions<DecisionLogOptions>
{
    public ValidateOptionsResult Validate(string? name, DecisionLogOptions options)
    {
        try
        {
            return options.Otlp && telemetry.Value.OtlpEndpoint is null
                ? ValidateOptionsResult.Fail("DecisionLog:Otlp needs Telemetry:OtlpEndpoint.")
                : ValidateOptionsResult.Success;
        }

        // What is wrong with that section itself is reported there.
        catch (OptionsValidationException)
        {
            return ValidateOptionsResult.Skip;
        }
    }
}
