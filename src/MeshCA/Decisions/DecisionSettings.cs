using System.Collections.Frozen;

namespace MeshCA.Decisions;

/// <summary>Who is trusted, and who asks which provider.</summary>
/// <param name="TrustedCallers">SPIFFE IDs that may ask about other workloads.</param>
/// <param name="OwnProviders">Extension providers that are this service: their verdict is the decision itself.</param>
/// <param name="ProvidersAskedByProxy">Extension providers that the proxy asks itself, beside this service.</param>
internal sealed record DecisionSettings(
    FrozenSet<string> TrustedCallers, FrozenSet<string> OwnProviders, FrozenSet<string> ProvidersAskedByProxy);
