using AuthzEngine.Requests;

namespace MeshCA.Decisions;

/// <summary>Headers that cannot always tell one line from several.</summary>
/// <remarks>
/// Envoy's plain header map joins the lines of a name with commas, and since CVE-2026-26308 each line is matched on its
/// own: of <c>a,b</c> nobody knows what was matched.
/// </remarks>
internal interface IUncertainHeaders : IRequestHeaders
{
    /// <summary>Whether a header was read whose lines cannot be told apart.</summary>
    bool WasUncertain { get; }
}
