using AuthzEngine.Diagnostics;

namespace AuthzEngine.Formats.Mesh;

/// <summary>What a file of one document holds.</summary>
/// <typeparam name="T">What it describes.</typeparam>
/// <param name="Value">What it says; null when it is refused.</param>
/// <param name="Findings">What is to say about it; with an error exactly when it is refused.</param>
public sealed record MeshReadResult<T>(T? Value, IReadOnlyList<Finding> Findings)
    where T : class;
