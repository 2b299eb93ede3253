using AuthzEngine.Policies;

namespace AuthzEngine.Compilation;

/// <summary>The mutual TLS modes of one workload, inheritance resolved.</summary>
/// <param name="Workload">The mode of every port that has none of its own.</param>
/// <param name="Ports">Modes of single ports of the workload.</param>
public sealed record EffectiveMutualTls(PortMutualTls Workload, IReadOnlyDictionary<int, PortMutualTls> Ports)
{
    /// <summary>The mode in effect at a port.</summary>
    /// <param name="port">Port of the workload, not of its service; null when unknown.</param>
    /// <returns>The mode, and the policy that says so.</returns>
    public PortMutualTls At(int? port) => port is { } known && Ports.TryGetValue(known, out var own) ? own : Workload;
}

/// <summary>A mutual TLS mode.</summary>
/// <param name="Mode">The mode; never <see cref="MutualTlsMode.Unset"/>.</param>
/// <param name="Policy">The PeerAuthentication that set it; null where none did.</param>
public sealed record PortMutualTls(MutualTlsMode Mode, ResourceId? Policy)
{
    /// <summary>What holds without any policy.</summary>
    public static PortMutualTls ByDefault { get; } = new(MutualTlsMode.Permissive, null);
}
