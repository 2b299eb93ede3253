using System.ComponentModel.DataAnnotations;
using System.IO;

namespace MeshCA.Configuration;

/// <summary>The names that files have.</summary>
internal enum AgentFilesLayout
{
    /// <summary><c>svid.pem</c>, <c>svid_key.pem</c>, <c>svid_bundle.pem</c>: as spiffe-helper writes them.</summary>
    Spiffe,

    /// <summary><c>cert-chain.pem</c>, <c>key.pem</c>, <c>root-cert.pem</c>: Istio's, which proxyless gRPC reads too.</summary>
    Istio,

    /// <summary><c>tls.crt</c>, <c>tls.key</c>, <c>ca.crt</c>: those of a Kubernetes secret.</summary>
    Kubernetes,
}

/// <summary>A signal that a process takes as the order to read its files again.</summary>
internal enum AgentReloadSignal
{
    /// <summary>SIGHUP.</summary>
    Hangup = 1,

    /// <summary>SIGUSR1.</summary>
    User1 = 10,

    /// <summary>SIGUSR2.</summary>
    User2 = 12,
}

/// <summary>One directory in which the agent keeps an SVID as files.</summary>
internal sealed class AgentFilesOptions : IValidatableObject
{
    private const int MostPermissions = 0x1FF; // rwxrwxrwx
    private const int OwnerReads = 0x100;
    private const int OthersWrite = 0x12;

    /// <summary>The directory; made where it is missing.</summary>
    public string Directory { get; set; } = "";

    /// <summary>The entry whose SVID it is; none: the first.</summary>
    public string Entry { get; set; } = "";

    /// <summary>The files' names: `Spiffe`, `Istio` or `Kubernetes`.</summary>
    public AgentFilesLayout Layout { get; set; } = AgentFilesLayout.Istio;

    /// <summary>Name of a further file with chain and key together, as HAProxy reads them; none: there is none.</summary>
    [MaxLength(255)]
    [RegularExpression(@"^([A-Za-z0-9_-][A-Za-z0-9._-]*)?\z")]
    public string CombinedFile { get; set; } = "";

    /// <summary>Mode of what holds the key, in octal.</summary>
    public string KeyMode { get; set; } = "0600";

    /// <summary>Mode of the other files, in octal.</summary>
    public string FileMode { get; set; } = "0644";

    /// <summary>User id that owns them; none: the agent's.</summary>
    [Range(typeof(uint), "0", "4294967294")]
    public uint? Owner { get; set; }

    /// <summary>Group id of them; none: the agent's.</summary>
    [Range(typeof(uint), "0", "4294967294")]
    public uint? Group { get; set; }

    /// <summary>How long files that were replaced stay for whoever is reading them.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan OldVersionGrace { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>Program and arguments to run after files changed, without a shell; none: none.</summary>
    [MaxLength(64)]
    public List<string> ReloadCommand { get; set; } = [];

    /// <summary>How long that may take before it is killed.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00")]
    public TimeSpan ReloadTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>File with the number of the process that is sent `ReloadSignal` after files changed, unless that one started after the file was written; none: none is.</summary>
    public string ReloadPidFile { get; set; } = "";

    /// <summary>The signal: `Hangup`, `User1` or `User2`.</summary>
    public AgentReloadSignal ReloadSignal { get; set; } = AgentReloadSignal.Hangup;

    /// <inheritdoc />
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (!Path.IsPathFullyQualified(Directory))
        {
            yield return new($"`{Directory}` is no absolute path.", [nameof(Directory)]);
        }

        if (!Enum.IsDefined(Layout) || !Enum.IsDefined(ReloadSignal))
        {
            yield return new("the layout or the signal is not known.", [nameof(Layout)]);
        }

        foreach (var (name, text) in ((string, string)[])[(nameof(KeyMode), KeyMode), (nameof(FileMode), FileMode)])
        {
            // Whoever could write to them could put another key in their place.
            if (!TryReadMode(text, out var mode) || ((int)mode & OthersWrite) != 0 || ((int)mode & OwnerReads) == 0)
            {
                yield return new($"`{text}` is no octal mode that lets the owner read and nobody else write.", [name]);
            }
        }

        if (ReloadCommand.Count > 0 && ReloadCommand[0].Length == 0)
        {
            yield return new("the program has no name.", [nameof(ReloadCommand)]);
        }

        if (ReloadPidFile.Length > 0 && (!Path.IsPathFullyQualified(ReloadPidFile) || ReloadCommand.Count > 0))
        {
            yield return new($"an absolute path is needed, and no {nameof(ReloadCommand)} beside it.", [nameof(ReloadPidFile)]);
        }
    }

    /// <summary>The mode of what holds the key.</summary>
    public UnixFileMode ToKeyMode() => TryReadMode(KeyMode, out var mode) ? mode : UnixFileMode.UserRead;

    /// <summary>The mode of the other files.</summary>
    public UnixFileMode ToFileMode() => TryReadMode(FileMode, out var mode) ? mode : UnixFileMode.UserRead;

    private static bool TryReadMode(string text, out UnixFileMode mode)
    {
        mode = UnixFileMode.None;
        if (text.Length is < 3 or > 4 || text.Any(c => c is < '0' or > '7'))
        {
            return false;
        }

        mode = (UnixFileMode)Convert.ToInt32(text, 8);
        return (int)mode <= MostPermissions;
    }
}
