using System.Security.Cryptography.X509Certificates;

namespace MeshCA.Authentication.Certificates;

/// <summary>The roots that client certificates must chain to, as they are published now.</summary>
internal interface ITrustAnchors
{
    /// <summary>The roots of the current trust bundle; the callee keeps and disposes them, never while they are current.</summary>
    IReadOnlyList<X509Certificate2> Roots { get; }
}
