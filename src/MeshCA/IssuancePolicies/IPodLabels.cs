using MeshCA.Registration;

namespace MeshCA.IssuancePolicies;

/// <summary>What is known of the labels of pods.</summary>
internal interface IPodLabels
{
    /// <summary>Finds the labels of a caller's pod, or of the pods that have its identity where nobody can tell which of them asks.</summary>
    /// <param name="caller">The caller; proved.</param>
    /// <returns>The labels; null where none are known, or the pods differ.</returns>
    IReadOnlyDictionary<string, string>? Find(CallerIdentity caller);
}
