using System.Globalization;
using AuthzEngine.Inventories;
using AuthzEngine.Policies;
using AuthzEngine.Requests;

namespace MeshCA.PolicySources.Watched;

/// <summary>Makes an inventory of what a cluster runs: one workload for each shape of its pods, whatever their number.</summary>
internal static class WatchedInventory
{
    /// <summary>Makes it.</summary>
    /// <param name="pods">Shapes of the pods.</param>
    /// <param name="namespaces">All namespaces.</param>
    /// <param name="services">All services.</param>
    /// <param name="trustDomain">The mesh's trust domain, of which the identities are made (istio-ca §2.3).</param>
    public static Inventory Of(
        IEnumerable<PodShape> pods, IEnumerable<string> namespaces, IEnumerable<ServiceShape> services, string trustDomain)
    {
        var byNamespace = services.ToLookup(service => service.Namespace, StringComparer.Ordinal);
        InventoryWorkload[] workloads =
        [
            .. from pod in pods
               orderby pod.Key
               select new InventoryWorkload(
                   pod.DisplayName,
                   new Workload
                   {
                       Namespace = pod.Namespace,
                       Labels = pod.Labels,
                       ServiceAccount = pod.ServiceAccount,
                       Proxy = pod.Proxy,
                   },
                   [$"spiffe://{trustDomain}/ns/{pod.Namespace}/sa/{pod.ServiceAccount}"],
                   PortsOf(pod, byNamespace[pod.Namespace])),
        ];
        return new(
            workloads,
            [.. namespaces.Concat(workloads.Select(entry => entry.Workload.Namespace)).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)],
            [
                .. from service in byNamespace.SelectMany(services => services)
                   orderby service.Namespace, service.Name
                   select new AddressedService(service.Namespace, service.Name),
            ]);
    }

    /// <summary>Puts two together.</summary>
    public static Inventory Join(Inventory one, Inventory other) => new(
        [.. one.Workloads, .. other.Workloads],
        [.. one.Namespaces.Union(other.Namespaces, StringComparer.Ordinal).Order(StringComparer.Ordinal)],
        [.. one.Services.Union(other.Services)]);

    // A port of which nobody says what it speaks is one at which proxies find out: no lint may claim that it is TCP.
    private static WorkloadPort[] PortsOf(PodShape pod, IEnumerable<ServiceShape> services)
    {
        if (pod.Ports.Count == 0)
        {
            return []; // declaring them is up to their makers: none declared says nothing
        }

        var said = services.Where(service => service.Selects(pod)).SelectMany(service => service.Ports).ToLookup(port => port.Target, StringComparer.Ordinal);
        return
        [
            .. from port in pod.Ports
               let protocols = said[port.Number.ToString(CultureInfo.InvariantCulture)].Concat(port.Name.Length > 0 ? said[port.Name] : []).ToList()
               let isTcp = protocols.Count > 0 && protocols.TrueForAll(named => named.Protocol == RequestProtocol.Tcp)
               select new WorkloadPort(port.Number, isTcp ? RequestProtocol.Tcp : RequestProtocol.Http),
        ];
    }
}
