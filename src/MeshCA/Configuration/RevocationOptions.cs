using System.ComponentModel.DataAnnotations;
using System.IO;
using MeshCA.Revocations.Lists;
using Microsoft.Extensions.Options;

namespace MeshCA.Configuration;

/// <summary>Revocation lists, and what bans mean for peers that nobody knows.</summary>
internal sealed class RevocationOptions : IValidatableObject
{
    public const string Section = "Revocation";

    /// <summary>How long the revocation list of an intermediate holds; a new one is made at half of it, and with every change.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "90.00:00:00")]
    public TimeSpan ListLifetime { get; set; } = TimeSpan.FromDays(1);

    /// <summary>The same of a root, whose key is unsealed for each list.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "366.00:00:00")]
    public TimeSpan RootListLifetime { get; set; } = TimeSpan.FromDays(7);

    /// <summary>Time between two looks whether a list is due, or a file of `ListFiles` new.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "01:00:00")]
    public TimeSpan CheckInterval { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Files with revocation lists, DER or PEM, of authorities whose keys are elsewhere, such as an offline root's.</summary>
    public string[] ListFiles { get; set; } = [];

    /// <summary>URL that leaves name as the place of their revocation list, such as `http://meshca.example:15014/crl/`; the id of the signer and `.crl` are appended. None: leaves name no place.</summary>
    public string DistributionUrl { get; set; } = "";

    /// <summary>Whether a request whose peer nobody knows (`Check` without source, the HTTP form without peer, a principal named as unknown) is denied while any identity is banned: it may come from a banned one.</summary>
    public bool DenyUnknownPeers { get; set; } = true;

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        foreach (var file in ListFiles.Where(file => !Path.IsPathFullyQualified(file)))
        {
            yield return new($"`{file}` is not an absolute path.", [nameof(ListFiles)]);
        }

        if (DistributionUrl.Length > 0
            && !(Uri.TryCreate(DistributionUrl, UriKind.Absolute, out var url) && url.Scheme == Uri.UriSchemeHttp
                && DistributionUrl.EndsWith('/') && DistributionUrl.Length <= 512 && System.Text.Ascii.IsValid(DistributionUrl)))
        {
            // Over TLS a peer would need the list to fetch the list.
            yield return new($"{nameof(DistributionUrl)} is no ASCII URL of http that ends in a slash (RFC 5280 §4.2.1.13, §8).", [nameof(DistributionUrl)]);
        }
    }

    /// <summary>How long lists hold.</summary>
    /// <param name="backdate">How far their making lies before now.</param>
    public ListSettings ToSettings(TimeSpan backdate) => new(ListLifetime, RootListLifetime, backdate);
}

[OptionsValidator]
internal sealed partial class RevocationOptionsValidator : IValidateOptions<RevocationOptions>;
