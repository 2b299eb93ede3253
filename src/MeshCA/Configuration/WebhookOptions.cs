using System.ComponentModel.DataAnnotations;
using System.Net;

namespace MeshCA.Configuration;

/// <summary>The admission webhook, which API servers ask about policies before they store them.</summary>
internal sealed class WebhookOptions : IValidatableObject
{
    private const int MaxDnsNameLength = 253;

    /// <summary>IP address of its port.</summary>
    [Required]
    public string Address { get; set; } = "::";

    /// <summary>Its TLS port; none: there is no webhook. 0 lets the system choose.</summary>
    [Range(0, 65535)]
    public int? Port { get; set; }

    /// <summary>DNS names by which the API server calls it, <c>meshca.NAMESPACE.svc</c>; they come into the serving certificate.</summary>
    [MaxLength(16)]
    public List<string> DnsNames { get; set; } = [];

    /// <inheritdoc />
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (!IPAddress.TryParse(Address, out _))
        {
            yield return new($"`{Address}` is no IP address.", [nameof(Address)]);
        }

        if (Port is not null && DnsNames.Count == 0)
        {
            yield return new($"{nameof(Port)} needs {nameof(DnsNames)}: the API server verifies the name.", [nameof(DnsNames)]);
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
