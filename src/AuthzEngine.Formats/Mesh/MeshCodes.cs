namespace AuthzEngine.Formats.Mesh;

/// <summary>Codes of what is found in the mesh's settings and in inventories, besides those of reading.</summary>
public static class MeshCodes
{
    /// <summary>An extension provider whose configuration is not sound.</summary>
    public const string ProviderInvalid = "provider-invalid";

    /// <summary>A workload, service or port without what says which it is.</summary>
    public const string InventoryEntryIncomplete = "inventory-entry-incomplete";

    /// <summary>A value of an inventory that is out of range.</summary>
    public const string InventoryValueInvalid = "inventory-value-invalid";

    /// <summary>One SPIFFE ID of workloads that policies could tell apart.</summary>
    public const string SpiffeIdAmbiguous = "spiffe-id-ambiguous";
}
