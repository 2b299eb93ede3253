using AuthzEngine.Policies;

namespace AuthzEngine.Formats.Words;

/// <summary>Registries of services as inventories and contexts write them.</summary>
internal static class RegistryNames
{
    /// <summary>The registries by name.</summary>
    public static IReadOnlyDictionary<string, ServiceRegistry> ByName { get; } = new Dictionary<string, ServiceRegistry>
    {
        ["kubernetes"] = ServiceRegistry.Kubernetes,
        ["external"] = ServiceRegistry.External,
    };
}
