using System.ComponentModel.DataAnnotations;
using System.IO;
using Microsoft.Extensions.Options;

namespace MeshCA.Configuration;

/// <summary>What the agent serves to workloads: where, to whom, and under which names.</summary>
internal sealed class WorkloadOptions : IValidatableObject
{
    public const string Section = "Workloads";

    private const string Scheme = "unix://";

    /// <summary>The agent: path of the Unix socket for workloads, on which SPIFFE Workload API and Envoy's SDS are served; `unix:///run/x.sock` is understood too; none: there is none.</summary>
    public string Socket { get; set; } = "";

    /// <summary>The agent: another path for the same, such as `/var/run/secrets/workload-spiffe-uds/socket`, where Istio's proxies look; none: there is none.</summary>
    public string SecondSocket { get; set; } = "";

    /// <summary>The agent: mode of the sockets, in octal: who may write to one may connect.</summary>
    [RegularExpression("0?[0-7]{3}")]
    public string SocketMode { get; set; } = "0666";

    /// <summary>The agent: number of the group that the sockets are given to; none: the agent's own.</summary>
    [Range(0, int.MaxValue)]
    public int? SocketGroup { get; set; }

    /// <summary>The agent: whether the sockets' directories may be writable for others, as a volume that containers of one pod share. Who writes there can put another socket in the place of ours.</summary>
    public bool SharedDirectory { get; set; }

    /// <summary>The agent: YAML or JSON file that says which callers have which identity (docs/agent.md); none: one identity, for everybody that the socket's mode lets in.</summary>
    public string RegistrationFile { get; set; } = "";

    /// <summary>The agent: name under which SDS gives the caller's first identity.</summary>
    [Required]
    public string DefaultSecret { get; set; } = "default";

    /// <summary>The agent: name under which SDS gives the roots of the own trust domain.</summary>
    [Required]
    public string DefaultBundle { get; set; } = "ROOTCA";

    /// <summary>The agent: name under which SDS gives the roots of all trust domains, for Envoy's SPIFFE validator.</summary>
    [Required]
    public string AllBundles { get; set; } = "ALL";

    /// <summary>The agent: whether SDS hands out revocation lists where there is a current one for each authority known here. Envoy then refuses a chain for which a list is missing or too old.</summary>
    public bool SecretRevocationLists { get; set; }

    /// <summary>The agent: whether callers without an identity get bundles all the same.</summary>
    public bool BundlesForEverybody { get; set; }

    /// <summary>The agent: how long a call waits for an identity that is on its way, before it is told UNAVAILABLE.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:00:30")]
    public TimeSpan LongestWait { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>The agent: how long a workload that can say so is waited for to take a new trust bundle, before its stream is ended; what refuses it is waited for as long as its stream is open. 0: nobody is waited for.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "01:00:00")]
    public TimeSpan AcknowledgeWithin { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>The agent: most streams open at once.</summary>
    [Range(1, 100_000)]
    public int MaxStreams { get; set; } = 8_192;

    /// <summary>The agent: most streams of one process.</summary>
    [Range(1, 100_000)]
    public int MaxStreamsPerProcess { get; set; } = 1_024;

    /// <summary>The agent: most streams of all processes of one user, root and the agent's own user included; none: half of `MaxStreams`, and no fewer than `MaxStreamsPerProcess`.</summary>
    [Range(1, 100_000)]
    public int? MaxStreamsPerUser { get; set; }

    /// <summary>The agent: most connections at once.</summary>
    [Range(1, 100_000)]
    public int MaxConnections { get; set; } = 4_096;

    /// <summary>The agent: most connections of one process.</summary>
    [Range(1, 100_000)]
    public int MaxConnectionsPerProcess { get; set; } = 256;

    /// <summary>The agent: most connections of all processes of one user; none: half of `MaxConnections`, and no fewer than `MaxConnectionsPerProcess`.</summary>
    [Range(1, 100_000)]
    public int? MaxConnectionsPerUser { get; set; }

    /// <summary>The agent: whether tools may ask the sockets what is served there (gRPC reflection).</summary>
    public bool Reflection { get; set; } = true;

    /// <summary>Most streams of one user.</summary>
    internal int StreamsOfUser => MaxStreamsPerUser ?? Math.Max(MaxStreams / 2, MaxStreamsPerProcess);

    /// <summary>Most connections of one user.</summary>
    internal int ConnectionsOfUser => MaxConnectionsPerUser ?? Math.Max(MaxConnections / 2, MaxConnectionsPerProcess);

    /// <summary>The absolute paths of the sockets that there are.</summary>
    internal IReadOnlyList<string> Paths => [.. new[] { Socket, SecondSocket }.Where(path => path.Length > 0).Select(PathOf)];

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        foreach (var (name, value) in new[] { (nameof(Socket), Socket), (nameof(SecondSocket), SecondSocket) })
        {
            if (FaultOf(value) is { } fault)
            {
                yield return new(fault, [name]);
            }
        }

        if (SecondSocket.Length > 0 && (Socket.Length == 0 || PathOf(Socket) == PathOf(SecondSocket)))
        {
            yield return new($"it stands beside {nameof(Socket)}, at another path.", [nameof(SecondSocket)]);
        }

        if (new[] { DefaultSecret, DefaultBundle, AllBundles }.Distinct(StringComparer.Ordinal).Count() < 3)
        {
            yield return new("secrets of two kinds have one name.", [nameof(DefaultSecret)]);
        }

        if (MaxStreamsPerProcess > MaxStreams)
        {
            yield return new($"{nameof(MaxStreamsPerProcess)} exceeds {nameof(MaxStreams)}.", [nameof(MaxStreamsPerProcess)]);
        }

        if (MaxStreamsPerUser > MaxStreams)
        {
            yield return new($"{nameof(MaxStreamsPerUser)} exceeds {nameof(MaxStreams)}.", [nameof(MaxStreamsPerUser)]);
        }

        if (MaxConnectionsPerUser > MaxConnections)
        {
            yield return new($"{nameof(MaxConnectionsPerUser)} exceeds {nameof(MaxConnections)}.", [nameof(MaxConnectionsPerUser)]);
        }
    }

    /// <summary>The mode of the sockets.</summary>
    internal UnixFileMode ToSocketMode() => (UnixFileMode)Convert.ToInt32(SocketMode, 8);

    // Istio writes its path from where the process stands: `./var/run/secrets/workload-spiffe-uds/socket`.
    private static string PathOf(string text) =>
        Path.GetFullPath(text.StartsWith(Scheme, StringComparison.Ordinal) ? text[Scheme.Length..] : text);

    private static string? FaultOf(string text)
    {
        if (text.Length == 0)
        {
            return null;
        }

        var path = text.StartsWith(Scheme, StringComparison.Ordinal) ? text[Scheme.Length..] : text;
        return path.Length == 0 || path.Contains('\0', StringComparison.Ordinal)
                || (path.Length != text.Length && path[0] != '/') // Workload Endpoint §4: no host
            ? $"`{text}` is no path of a socket."
            : SocketPath.FaultOf(Path.GetFullPath(path));
    }
}

[OptionsValidator]
internal sealed partial class WorkloadOptionsValidator : IValidateOptions<WorkloadOptions>;
