using System.ComponentModel.DataAnnotations;

namespace MeshCA.Configuration;

/// <summary>How service-account tokens of one Kubernetes cluster are judged.</summary>
internal sealed class ClusterTokenOptions : IValidatableObject
{
    /// <summary>Who judges: <c>Combined</c>, both our own look at the signature and the API server's, which is asked once per token; <c>Review</c>, the API server alone; <c>Local</c>, the signature alone; <c>Off</c>: tokens of the cluster are for <c>Authentication:Issuers</c>.</summary>
    public ClusterTokenMode Mode { get; set; } = ClusterTokenMode.Combined;

    /// <summary>The <c>iss</c> of its tokens, compared character by character; none given: the one that the API server tells. With <c>Review</c>, tokens of others are sent to the API server unless this is given.</summary>
    [MaxLength(16)]
    public List<string> Issuers { get; set; } = [];

    /// <summary>Audiences of which a token must name at least one; none given: <c>istio-ca</c>.</summary>
    [MaxLength(32)]
    public List<string> Audiences { get; set; } = [];

    /// <summary>Whether only tokens that are bound to a pod are accepted; virtual machines use tokens that are not.</summary>
    public bool RequirePod { get; set; }

    /// <summary>Whether tokens are judged by the API server's keys and the last known pods while it cannot be asked; otherwise new tokens are answered UNAVAILABLE meanwhile.</summary>
    public bool VerifyOffline { get; set; }

    /// <summary>Longest time of one question to the API server.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:00:30")]
    public TimeSpan ReviewTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Most accepted tokens remembered; each that is not is asked about again. An entry takes about 1 KiB.</summary>
    [Range(1, 1_000_000)]
    public int CacheEntries { get; set; } = 50_000;

    /// <summary>How long the API server's word on a token counts; never beyond the token's own end, and a minute at most for a token that ends with a secret, which is not watched.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "7.00:00:00")]
    public TimeSpan CacheAge { get; set; } = TimeSpan.FromDays(1);

    /// <summary>How long the copy of pods and service accounts serves on without a sign of life of the API server, which gives one every two minutes or sooner; after that calls are answered UNAVAILABLE.</summary>
    [Range(typeof(TimeSpan), "00:03:00", "1.00:00:00")]
    public TimeSpan MaxCopyAge { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>The same with <c>VerifyOffline</c>.</summary>
    [Range(typeof(TimeSpan), "00:03:00", "7.00:00:00")]
    public TimeSpan MaxOfflineCopyAge { get; set; } = TimeSpan.FromHours(1);

    /// <summary>Time between two looks at the API server's keys.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan RefreshInterval { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>How long keys serve on while they cannot be read; after that calls are answered UNAVAILABLE.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "30.00:00:00")]
    public TimeSpan MaxStaleAge { get; set; } = TimeSpan.FromHours(24);

    /// <inheritdoc />
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Audiences.Any(string.IsNullOrWhiteSpace))
        {
            yield return new("an audience is empty", [nameof(Audiences)]);
        }

        if (Issuers.Any(string.IsNullOrWhiteSpace))
        {
            yield return new("an issuer is empty", [nameof(Issuers)]);
        }

        if (MaxStaleAge < RefreshInterval)
        {
            yield return new($"{nameof(MaxStaleAge)} is shorter than {nameof(RefreshInterval)}", [nameof(MaxStaleAge)]);
        }

        if (MaxOfflineCopyAge < MaxCopyAge)
        {
            yield return new($"{nameof(MaxOfflineCopyAge)} is shorter than {nameof(MaxCopyAge)}", [nameof(MaxOfflineCopyAge)]);
        }

        if (VerifyOffline && Mode == ClusterTokenMode.Review)
        {
            yield return new($"{nameof(VerifyOffline)} needs the API server's keys, which {nameof(ClusterTokenMode.Review)} does not read", [nameof(VerifyOffline)]);
        }
    }
}

/// <summary>Who judges a cluster's tokens.</summary>
internal enum ClusterTokenMode
{
    /// <summary>Signature by the cluster's keys, then its API server, once per token.</summary>
    Combined,

    /// <summary>The API server, once per token.</summary>
    Review,

    /// <summary>Signature by the cluster's keys.</summary>
    Local,

    /// <summary>Nobody: the cluster's tokens are not accepted.</summary>
    Off,
}
