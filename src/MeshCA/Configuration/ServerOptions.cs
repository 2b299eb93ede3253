using System.ComponentModel.DataAnnotations;
using System.Net;
using Microsoft.Extensions.Options;

namespace MeshCA.Configuration;

/// <summary>Where the service listens.</summary>
internal sealed class ServerOptions : IValidatableObject
{
    public const string Section = "Server";

    /// <summary>IP address of the TLS port; <c>::</c> is every address of both families.</summary>
    [Required]
    public string Address { get; set; } = "::";

    /// <summary>TLS port of the CSR service; 15012 as istiod's. 0 lets the system choose.</summary>
    [Range(0, 65535)]
    public int Port { get; set; } = 15012;

    /// <summary>IP address of the plain HTTP port.</summary>
    [Required]
    public string HttpAddress { get; set; } = "::";

    /// <summary>Port of metrics, health and the trust bundle, plain HTTP; 15014 as istiod's metrics. 0 lets the system choose.</summary>
    [Range(0, 65535)]
    public int HttpPort { get; set; } = 15014;

    /// <summary>How long calls under way may take to finish after a stop was asked for.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00")]
    public TimeSpan ShutdownTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Most connections open at once on the TLS port.</summary>
    [Range(1, 1_000_000)]
    public int MaxConnections { get; set; } = 20_000;

    /// <summary>Most calls at once on one connection; istiod allows 100,000.</summary>
    [Range(1, 100_000)]
    public int MaxStreamsPerConnection { get; set; } = 256;

    /// <summary>Path of the Unix socket for administrators, alone in a directory of mode 0700 (0711 with grants to further users); none: there is none.</summary>
    public string AdminSocket { get; set; } = "";

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (SocketPath.FaultOf(AdminSocket) is { } fault)
        {
            yield return new(fault, [nameof(AdminSocket)]);
        }

        foreach (var (name, value) in ((string, string)[])[(nameof(Address), Address), (nameof(HttpAddress), HttpAddress)])
        {
            if (!IPAddress.TryParse(value, out _))
            {
                yield return new($"`{value}` is no IP address.", [name]);
            }
        }
    }
}

[OptionsValidator]
internal sealed partial class ServerOptionsValidator : IValidateOptions<ServerOptions>;
