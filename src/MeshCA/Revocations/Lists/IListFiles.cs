namespace MeshCA.Revocations.Lists;

/// <summary>Lists that the operator supplies, of authorities whose keys are elsewhere.</summary>
internal interface IListFiles
{
    /// <summary>Reads all of them.</summary>
    IReadOnlyList<ListFile> Read();
}

/// <summary>One of them.</summary>
/// <param name="Name">Where it was found.</param>
/// <param name="Der">The list, DER; untrusted. Empty where it cannot be read.</param>
/// <param name="Fault">Why it cannot be read; empty where it can.</param>
internal sealed record ListFile(string Name, ReadOnlyMemory<byte> Der, string Fault);
