using System.ComponentModel.DataAnnotations;
using MeshCA.Federation;
using Microsoft.Extensions.Options;
using SpiffeIdentity.Federation;

namespace MeshCA.Configuration;

/// <summary>How the bundles of federated trust domains are fetched. Which ones there are, the store knows (<c>meshca federation</c>).</summary>
internal sealed class FederationOptions : IValidatableObject
{
    public const string Section = "Federation";

    /// <summary>A bundle is fetched at most so often, however short its refresh hint.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan ShortestInterval { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>A bundle is fetched at least so often, however long its refresh hint.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "7.00:00:00")]
    public TimeSpan LongestInterval { get; set; } = TimeSpan.FromHours(1);

    /// <summary>Longest time of one fetch, redirects included.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:01:00")]
    public TimeSpan FetchTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>A bundle whose last authority ends within this raises an alarm.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "365.00:00:00")]
    public TimeSpan EndAlarm { get; set; } = TimeSpan.FromDays(7);

    /// <summary>PEM file of the authorities that verify endpoints of the profile https_web; empty: the system's. Read for each fetch.</summary>
    public string WebRootsFile { get; set; } = "";

    /// <inheritdoc />
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (ShortestInterval > LongestInterval)
        {
            yield return new($"{nameof(ShortestInterval)} exceeds {nameof(LongestInterval)}.", [nameof(ShortestInterval)]);
        }
    }

    /// <summary>The settings as the core takes them.</summary>
    public FederationSettings ToSettings() => new()
    {
        Limits = new RefreshLimits(ShortestInterval, LongestInterval),
        FetchTimeout = FetchTimeout,
        EndAlarm = EndAlarm,
        WebRootsFile = WebRootsFile.Length > 0 ? WebRootsFile : null,
    };
}

[OptionsValidator]
internal sealed partial class FederationOptionsValidator : IValidateOptions<FederationOptions>;
