using System.ComponentModel.DataAnnotations;
using AuthzEngine.Matching;
using Microsoft.Extensions.Options;

namespace MeshCA.Configuration;

/// <summary>How tokens of requests are verified for RequestAuthentications, and where keys may be fetched for that.</summary>
internal sealed class RequestTokenOptions : IValidatableObject
{
    public const string Section = "RequestTokens";

    /// <summary>Time between two looks at a rule's keys.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "1.00:00:00")]
    public TimeSpan RefreshInterval { get; set; } = TimeSpan.FromMinutes(20);

    /// <summary>How long keys serve on while they cannot be fetched; after that the rule's tokens are invalid.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "30.00:00:00")]
    public TimeSpan MaxStaleAge { get; set; } = TimeSpan.FromDays(7);

    /// <summary>Longest time of one fetch where the rule names none; a rule's own is taken up to a minute.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:01:00")]
    public TimeSpan FetchTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>PEM file of the authorities that HTTPS servers of keys must chain to; none given: the system's.</summary>
    public string? CaFile { get; set; }

    /// <summary>
    /// Addresses or CIDR ranges that keys may be fetched from although they are loopback, link-local or a cloud's metadata
    /// server, which are refused otherwise.
    /// </summary>
    [MaxLength(64)]
    public List<string> AllowedAddresses { get; set; } = [];

    /// <summary>The cache of verified tokens of requests.</summary>
    [ValidateObjectMembers]
    public TokenCacheOptions TokenCache { get; set; } = new();

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        foreach (var text in AllowedAddresses.Where(text => !CidrBlock.TryParse(text, out _)))
        {
            yield return new($"`{text}` is no address and no CIDR range", [nameof(AllowedAddresses)]);
        }

        if (MaxStaleAge < RefreshInterval)
        {
            yield return new($"{nameof(MaxStaleAge)} is shorter than {nameof(RefreshInterval)}", [nameof(MaxStaleAge)]);
        }
    }
}

/// <summary>Every error of the section at once, before a port opens.</summary>
[OptionsValidator]
internal sealed partial class RequestTokenOptionsValidator : IValidateOptions<RequestTokenOptions>;
