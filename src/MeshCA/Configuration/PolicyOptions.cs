using System.ComponentModel.DataAnnotations;
using System.IO;
using Microsoft.Extensions.Options;

namespace MeshCA.Configuration;

/// <summary>Where policies come from.</summary>
internal sealed class PolicyOptions : IValidatableObject
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Policies";

    /// <summary>Directory whose <c>.yaml</c>, <c>.yml</c> and <c>.json</c> files hold policies; none: only what is applied.</summary>
    public string Directory { get; set; } = "";

    /// <summary>File with the mesh's settings; none: Istio's defaults and <c>Mesh:TrustDomain</c>.</summary>
    public string MeshFile { get; set; } = "";

    /// <summary>File with the workloads that may be asked about.</summary>
    public string InventoryFile { get; set; } = "";

    /// <summary>Whether an invalid resource that was never valid is in force as far as it goes, instead of denying whom it names.</summary>
    public bool AllowInvalid { get; set; }

    /// <summary>Time between two looks at the files where no change is notified.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "01:00:00")]
    public TimeSpan PollInterval { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How long the files must be quiet after a change before they are read, and new contents unchanged before they count.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:00:10")]
    public TimeSpan Debounce { get; set; } = TimeSpan.FromMilliseconds(200);

    /// <summary>Most files in the directory.</summary>
    [Range(1, 100_000)]
    public int MaxFiles { get; set; } = 2_000;

    /// <summary>Most bytes of all files of the directory together; one file may have 4 MiB.</summary>
    [Range(1_024, 1_073_741_824)]
    public int MaxTotalBytes { get; set; } = 64 * 1024 * 1024;

    /// <inheritdoc />
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        foreach (var (name, value) in ((string, string)[])
            [(nameof(Directory), Directory), (nameof(MeshFile), MeshFile), (nameof(InventoryFile), InventoryFile)])
        {
            if (value is { Length: > 0 } && !Path.IsPathFullyQualified(value))
            {
                yield return new($"{name} is not absolute.", [name]);
            }
        }
    }
}

/// <summary>Checks <see cref="PolicyOptions"/> before the service starts.</summary>
[OptionsValidator]
internal sealed partial class PolicyOptionsValidator : IValidateOptions<PolicyOptions>;
