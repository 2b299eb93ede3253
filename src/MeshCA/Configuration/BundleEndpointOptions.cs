using System.ComponentModel.DataAnnotations;
using System.Net;
using Microsoft.Extensions.Options;
using SpiffeIdentity;

namespace MeshCA.Configuration;

/// <summary>The endpoint at which other trust domains fetch our bundle; one port for each profile, both closed unless they are set.</summary>
internal sealed class BundleEndpointOptions : IValidatableObject
{
    public const string Section = "BundleEndpoint";

    /// <summary>IP address of both ports.</summary>
    [Required]
    public string Address { get; set; } = "::";

    /// <summary>TLS port of the profile https_spiffe; none: closed. 0 lets the system choose.</summary>
    [Range(0, 65535)]
    public int? SpiffePort { get; set; }

    /// <summary>The SPIFFE ID of that port's certificate; empty: spiffe://TRUST-DOMAIN/meshca/bundle-endpoint.</summary>
    public string SpiffeId { get; set; } = "";

    /// <summary>Lifetime of that certificate; renewed at half of it.</summary>
    [Range(typeof(TimeSpan), "00:00:10", "30.00:00:00")]
    public TimeSpan Lifetime { get; set; } = TimeSpan.FromHours(24);

    /// <summary>TLS port of the profile https_web; none: closed. 0 lets the system choose.</summary>
    [Range(0, 65535)]
    public int? WebPort { get; set; }

    /// <summary>PEM file with certificate and chain for <see cref="WebPort"/>, of an authority of the Web PKI. Read again when it changes.</summary>
    public string CertificateFile { get; set; } = "";

    /// <summary>PEM file with the key to <see cref="CertificateFile"/>.</summary>
    public string KeyFile { get; set; } = "";

    /// <inheritdoc />
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (!IPAddress.TryParse(Address, out _))
        {
            yield return new($"`{Address}` is no IP address.", [nameof(Address)]);
        }

        if ((CertificateFile.Length == 0) != (KeyFile.Length == 0))
        {
            yield return new($"{nameof(CertificateFile)} and {nameof(KeyFile)} go together.", [nameof(KeyFile)]);
        }

        if (WebPort is not null && CertificateFile.Length == 0)
        {
            yield return new($"{nameof(WebPort)} needs {nameof(CertificateFile)}: nobody verifies our own certificate by the Web PKI.", [nameof(CertificateFile)]);
        }

        if (SpiffeId.Length > 0 && (!SpiffeIdentity.SpiffeId.TryParse(SpiffeId, out var id, out _) || id.IsTrustDomainId))
        {
            yield return new($"`{SpiffeId}` is no SPIFFE ID with a path.", [nameof(SpiffeId)]);
        }
    }

    /// <summary>The SPIFFE ID of the endpoint under https_spiffe.</summary>
    /// <param name="trustDomain">Our trust domain.</param>
    public SpiffeId IdIn(TrustDomain trustDomain) =>
        SpiffeIdentity.SpiffeId.Parse(SpiffeId.Length > 0 ? SpiffeId : $"{trustDomain.Id}/meshca/bundle-endpoint");
}

[OptionsValidator]
internal sealed partial class BundleEndpointOptionsValidator : IValidateOptions<BundleEndpointOptions>;

/// <summary>The endpoint's SPIFFE ID must be of the trust domain that signs its certificate.</summary>
internal sealed class BundleEndpointFitsValidator(IOptions<MeshOptions> mesh) : IValidateOptions<BundleEndpointOptions>
{
    /// <inheritdoc />
    public ValidateOptionsResult Validate(string? name, BundleEndpointOptions options)
    {
        if (!SpiffeId.TryParse(options.SpiffeId, out var id, out _))
        {
            return ValidateOptionsResult.Success; // empty, or reported by the section itself
        }

        try
        {
            return id.TrustDomain.Name == mesh.Value.TrustDomain
                ? ValidateOptionsResult.Success
                : ValidateOptionsResult.Fail($"{BundleEndpointOptions.Section}:{nameof(options.SpiffeId)} is not of the trust domain `{mesh.Value.TrustDomain}`.");
        }
        catch (OptionsValidationException)
        {
            return ValidateOptionsResult.Skip; // reported by its own section
        }
    }
}
