using AuthzEngine.Compilation;
using AuthzEngine.Policies;

namespace MeshCA.ClusterAnalysis;

/// <summary>Whether callers and a workload agree on mutual TLS, port by port; pure.</summary>
internal static class MutualTlsCheck
{
    /// <summary>Checks workloads.</summary>
    /// <param name="servers">The workloads that are called.</param>
    /// <param name="modes">Which mode holds where.</param>
    /// <param name="services">Services that lead to them.</param>
    /// <param name="rules">What callers are told.</param>
    /// <param name="caller">What stands before the caller; null: any caller of the mesh.</param>
    /// <returns>A row for each port that something is known of, and one for all others.</returns>
    public static IReadOnlyList<MutualTlsRow> Check(
        IReadOnlyList<ViewedWorkload> servers,
        PeerAuthenticationModes modes,
        IReadOnlyList<ViewedService> services,
        IReadOnlyList<ClientTlsRule> rules,
        MeshPlacement? caller) =>
    [
        .. from server in servers
           let effective = modes.For(server.ToWorkload())
           let named = rules.Where(rule => services.Any(service => rule.IsFor(service) && service.Selects(server.Pod))).ToList()
           from port in Ports(server, effective)
           select Row(server, port, effective.At(port), named, caller),
    ];

    private static IEnumerable<int?> Ports(ViewedWorkload server, EffectiveMutualTls effective) => server.Pod.Containers
        .Where(container => container.Name != "istio-proxy")
        .SelectMany(container => container.Ports ?? [])
        .Select(port => port.Number)
        .Concat(effective.Ports.Keys)
        .Distinct()
        .Order()
        .Select(port => (int?)port)
        .Append(null);

    private static MutualTlsRow Row(
        ViewedWorkload server, int? port, PortMutualTls mode, IReadOnlyList<ClientTlsRule> rules, MeshPlacement? caller)
    {
        var hasProxy = server.Placement != MeshPlacement.Outside;

        // A service's port leads to the workload's port of that number unless it says otherwise, which is not looked at.
        var rule = rules.FirstOrDefault(rule => rule.At(port) is not null);
        var client = caller == MeshPlacement.Outside ? ClientTlsMode.Plaintext
            : rule?.At(port)
            ?? (hasProxy && mode.Mode != MutualTlsMode.Disable ? ClientTlsMode.MeshMutual : ClientTlsMode.Plaintext);
        var by = caller == MeshPlacement.Outside ? "no proxy" : rule?.Object ?? "automatic";
        var (status, note) = Judge(hasProxy, mode.Mode, client);
        return new(server.Object, port, mode.Mode, mode.Policy?.ToString(), client, by, status, note);
    }

    private static (MutualTlsStatus Status, string Note) Judge(bool hasProxy, MutualTlsMode server, ClientTlsMode client) =>
        (hasProxy, server, client) switch
        {
            (false, _, ClientTlsMode.MeshMutual) => (MutualTlsStatus.Conflict, "no proxy stands before the workload to end the mesh's TLS"),
            (false, MutualTlsMode.Strict, _) => (MutualTlsStatus.NotEnforced, "no proxy stands before the workload: STRICT is not enforced"),
            (false, _, _) => (MutualTlsStatus.Ok, ""),
            (_, MutualTlsMode.Strict, not ClientTlsMode.MeshMutual) => (MutualTlsStatus.Conflict, "the workload demands the mesh's mTLS"),
            (_, MutualTlsMode.Disable, ClientTlsMode.MeshMutual) => (MutualTlsStatus.Conflict, "the workload's proxy ends no TLS"),
            _ => (MutualTlsStatus.Ok, ""),
        };
}

/// <summary>What callers and a workload make of a port.</summary>
/// <param name="Workload">The workload.</param>
/// <param name="Port">The workload's port; null: every other.</param>
/// <param name="Server">The mode in effect.</param>
/// <param name="Policy">The PeerAuthentication that says so; null: the default.</param>
/// <param name="Client">How callers speak.</param>
/// <param name="ClientBy">What says so: a DestinationRule, <c>automatic</c>, or <c>no proxy</c>.</param>
/// <param name="Status">Whether that goes together.</param>
/// <param name="Note">Why not; empty where it does.</param>
internal sealed record MutualTlsRow(
    string Workload,
    int? Port,
    MutualTlsMode Server,
    string? Policy,
    ClientTlsMode Client,
    string ClientBy,
    MutualTlsStatus Status,
    string Note);

/// <summary>Whether callers and a workload go together.</summary>
internal enum MutualTlsStatus
{
    /// <summary>They do.</summary>
    Ok,

    /// <summary>Calls fail.</summary>
    Conflict,

    /// <summary>Calls go through, in the clear, where mTLS is demanded.</summary>
    NotEnforced,
}
