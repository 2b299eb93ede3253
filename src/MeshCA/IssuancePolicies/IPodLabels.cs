using SpiffeIdentity;

namespace MeshCA.IssuancePolicies;

/// <summary>What is known of the labels of pods.</summary>
internal interface IPodLabels
{
    /// <summary>Finds the labels of the pods that have an identity.</summary>
    /// <param name="identity">The identity; proved.</param>
    /// <returns>The labels on which all its pods agree; null where none is known or they differ.</returns>
    IReadOnlyDictionary<string, string>? Find(SpiffeId identity);
}
