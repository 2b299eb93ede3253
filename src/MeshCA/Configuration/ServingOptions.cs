using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace MeshCA.Configuration;

/// <summary>The certificate of the TLS port: issued by the signing authority, or taken from files.</summary>
internal sealed class ServingOptions : IValidatableObject
{
    public const string Section = "Serving";

    private const int MaxDnsNameLength = 253;

    /// <summary>DNS names of the certificate. Agents ask for istiod's name unless told another; localhost serves tests and tools.</summary>
    [MinLength(1)]
    public string[] DnsNames { get; set; } = ["istiod.istio-system.svc", "istiod.istio-system", "meshca", "localhost"];

    /// <summary>Lifetime of the issued certificate; renewed at half of it.</summary>
    [Range(typeof(TimeSpan), "00:00:10", "30.00:00:00")]
    public TimeSpan Lifetime { get; set; } = TimeSpan.FromHours(24);

    /// <summary>PEM file with certificate and chain; empty: issue our own. Read again when it changes.</summary>
    public string CertificateFile { get; set; } = "";

    /// <summary>PEM file with the key to <see cref="CertificateFile"/>.</summary>
    public string KeyFile { get; set; } = "";

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if ((CertificateFile.Length == 0) != (KeyFile.Length == 0))
        {
            yield return new($"{nameof(CertificateFile)} and {nameof(KeyFile)} go together.", [nameof(KeyFile)]);
        }

        foreach (var name in DnsNames)
        {
            if (name.Length > MaxDnsNameLength || Uri.CheckHostName(name) != UriHostNameType.Dns)
            {
                yield return new($"`{name}` is no DNS name.", [nameof(DnsNames)]);
            }
        }
    }
}

[OptionsValidator]
internal sealed partial class ServingOptionsValidator : IValidateOptions<ServingOptions>;
