using MeshCA.Revocations;

namespace MeshCA.Decisions;

/// <summary>Who asks for decisions, as its connection proved it.</summary>
/// <param name="Identity">The SPIFFE ID of its client certificate; null for a caller on this machine that shows none.</param>
/// <param name="SpeaksForOthers">Whether it may ask about other workloads than itself.</param>
internal sealed record DecisionCaller(string? Identity, bool SpeaksForOthers)
{
    /// <summary>The certificate that proved it; null where none did.</summary>
    public CertificateFacts? Certificate { get; init; }

    /// <summary>A caller on this machine that its socket or port vouches for.</summary>
    public static DecisionCaller Local { get; } = new(null, SpeaksForOthers: true);
}
