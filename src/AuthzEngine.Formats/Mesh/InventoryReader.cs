using System.Globalization;
using AuthzEngine.Diagnostics;
using AuthzEngine.Formats.Words;
using AuthzEngine.Formats.Yaml;
using AuthzEngine.Formats.Yaml.Fields;
using AuthzEngine.Formats.Yaml.Nodes;
using AuthzEngine.Inventories;
using AuthzEngine.Policies;
using AuthzEngine.Requests;

namespace AuthzEngine.Formats.Mesh;

/// <summary>Reads an inventory; <c>docs/policies.md</c> describes the file.</summary>
public static class InventoryReader
{
    private const string Scheme = "spiffe://";

    private static readonly Dictionary<string, RequestProtocol> Protocols = new()
    {
        ["http"] = RequestProtocol.Http,
        ["tcp"] = RequestProtocol.Tcp,
    };

    /// <summary>Reads an inventory.</summary>
    /// <param name="sourceName">File name, or another name of the source, for findings.</param>
    /// <param name="utf8">YAML or JSON; untrusted.</param>
    /// <param name="trustDomain">The mesh's trust domain, of workloads that name none.</param>
    /// <param name="limits">How much is read.</param>
    /// <returns>The inventory.</returns>
    public static MeshReadResult<Inventory> Read(
        string sourceName, ReadOnlyMemory<byte> utf8, string trustDomain, YamlLimits limits) =>
        MeshFile.Read(sourceName, utf8, limits, file => Inventory(file, trustDomain));

    private static Inventory Inventory(ObjectReader file, string trustDomain)
    {
        var named = file.Texts("namespaces");
        var services = file.RequiredObjects("services", Service);
        var workloads = file.RequiredObjects("workloads", reader => Workload(reader, trustDomain));
        file.End(UnknownFields.Refused);
        var inventory = new Inventory(
            workloads,
            [
                .. named
                    .Concat(services.Select(service => service.Namespace))
                    .Concat(workloads.Select(entry => entry.Workload.Namespace))
                    .Distinct()
                    .Order(StringComparer.Ordinal),
            ],
            services);
        foreach (var id in inventory.AmbiguousPrincipals())
        {
            file.Findings.Add(
                Severity.Warning,
                MeshCodes.SpiffeIdAmbiguous,
                file.Node,
                file.Path.Member("workloads"),
                $"{Excerpt.Of(id)} is the identity of workloads that policies could tell apart, so requests to it cannot be decided",
                "give them service accounts of their own");
        }

        return inventory;
    }

    private static InventoryWorkload Workload(ObjectReader reader, string trustDomain)
    {
        var workload = new Workload
        {
            Namespace = Required(reader, "namespace"),
            Labels = reader.TextMap("labels"),
            ServiceAccount = reader.OptionalText("serviceAccount"),
            Proxy = reader.Choice("proxy", ProxyNames.ByName, ProxyKind.Sidecar),
            Service = reader.Object("service") is { } service ? Service(service) : null,
        };
        var entry = new InventoryWorkload(
            Required(reader, "name"),
            workload,
            Identities(reader, workload, trustDomain),
            reader.RequiredObjects("ports", Port));
        reader.End(UnknownFields.Refused);
        return entry;
    }

    // Either written out, or as Istio makes them of trust domain, namespace and service account.
    private static IReadOnlyList<string> Identities(ObjectReader reader, Workload workload, string trustDomain)
    {
        var written = reader.Texts("spiffeIds");
        var domain = reader.OptionalText("trustDomain") ?? trustDomain;
        for (var i = 0; i < written.Count; i++)
        {
            if (!written[i].StartsWith(Scheme, StringComparison.Ordinal) || written[i].Length == Scheme.Length)
            {
                Invalid(reader, reader.Path.Member("spiffeIds").Element(i), $"{Excerpt.Of(written[i])} is no SPIFFE ID");
            }
        }

        return written.Count > 0 ? written
            : workload.ServiceAccount is { } account ? [$"{Scheme}{domain}/ns/{workload.Namespace}/sa/{account}"]
            : [];
    }

    private static WorkloadPort Port(ObjectReader reader)
    {
        var node = reader.Take("port") as YamlScalar;
        var protocol = reader.Choice("protocol", Protocols, RequestProtocol.Http);
        reader.End(UnknownFields.Refused);
        if (!int.TryParse(node?.Text, NumberStyles.None, CultureInfo.InvariantCulture, out var port) || port is < 1 or > 65535)
        {
            Invalid(reader, reader.Path.Member("port"), $"{Excerpt.Of(node?.Text ?? "")} is no port");
        }

        return new(port, protocol);
    }

    private static AddressedService Service(ObjectReader reader)
    {
        var service = new AddressedService(
            Required(reader, "namespace"),
            Required(reader, "name"),
            reader.Choice("registry", RegistryNames.ByName, ServiceRegistry.Kubernetes));
        reader.End(UnknownFields.Refused);
        return service;
    }

    private static string Required(ObjectReader reader, string name)
    {
        var text = reader.Text(name);
        if (text.Length == 0)
        {
            reader.Findings.Error(MeshCodes.InventoryEntryIncomplete, reader.Node, reader.Path.Member(name), $"`{name}` is missing");
        }

        return text;
    }

    private static void Invalid(ObjectReader reader, FieldPath path, string message) =>
        reader.Findings.Error(MeshCodes.InventoryValueInvalid, reader.Node, path, message);
}
