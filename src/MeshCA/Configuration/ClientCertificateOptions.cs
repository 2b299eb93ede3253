using System.ComponentModel.DataAnnotations;

namespace MeshCA.Configuration;

/// <summary>Renewal with a certificate that this service issued.</summary>
internal sealed class ClientCertificateOptions
{
    /// <summary>Whether a certificate alone, without a token, may be renewed.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>
    /// How long after the last token renewals go on; a renewed certificate ends by then too.
    /// Without the bound a stolen key would live for ever.
    /// </summary>
    [Range(typeof(TimeSpan), "00:01:00", "90.00:00:00")]
    public TimeSpan MaxAgeAfterToken { get; set; } = TimeSpan.FromDays(7);
}
