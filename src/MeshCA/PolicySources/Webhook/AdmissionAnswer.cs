using AuthzEngine.Diagnostics;

namespace MeshCA.PolicySources.Webhook;

/// <summary>What is answered.</summary>
/// <param name="Errors">Why the object is refused; none: it is allowed.</param>
/// <param name="Warnings">What its author is told besides.</param>
internal sealed record AdmissionAnswer(IReadOnlyList<Finding> Errors, IReadOnlyList<string> Warnings)
{
    /// <summary>Allowed without a word.</summary>
    public static AdmissionAnswer Allowed { get; } = new([], []);

    /// <summary>Whether the object is stored.</summary>
    public bool IsAllowed => Errors.Count == 0;
}
