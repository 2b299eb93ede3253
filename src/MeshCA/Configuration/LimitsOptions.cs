using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace MeshCA.Configuration;

/// <summary>How much callers may ask for; beyond it load is shed at once and nothing queues without bound.</summary>
internal sealed class LimitsOptions
{
    public const string Section = "Limits";

    /// <summary>Largest request message, in bytes.</summary>
    [Range(4 << 10, 4 << 20)]
    public int MaxMessageBytes { get; set; } = 80 << 10;

    /// <summary>Most requests in work at once; the next one is told RESOURCE_EXHAUSTED.</summary>
    [Range(1, 100_000)]
    public int MaxConcurrentRequests { get; set; } = 1_000;

    /// <summary>Certificates one identity may get in a burst. One ztunnel asks for a whole node at once: at least 300.</summary>
    [Range(300, 1_000_000)]
    public int IdentityBurst { get; set; } = 500;

    /// <summary>Certificates per second one identity may get in the long run.</summary>
    [Range(1, 1_000_000)]
    public int IdentityRatePerSecond { get; set; } = 20;

    /// <summary>Most streaming calls open at once; the next one is told RESOURCE_EXHAUSTED.</summary>
    [Range(1, 1_000_000)]
    public int MaxStreamingCalls { get; set; } = 10_000;

    /// <summary>Most streaming calls open at once on one connection.</summary>
    [Range(1, 100_000)]
    public int MaxStreamingCallsPerConnection { get; set; } = 32;
}

[OptionsValidator]
internal sealed partial class LimitsOptionsValidator : IValidateOptions<LimitsOptions>;
