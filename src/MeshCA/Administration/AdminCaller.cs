using MeshCA.Registration;
using SpiffeIdentity;

namespace MeshCA.Administration;

/// <summary>Who calls the administration API, and what that caller may do.</summary>
/// <param name="Actor">As the audit names it: <c>uid:0</c>, or a SPIFFE ID.</param>
/// <param name="Role">What it may do.</param>
/// <param name="Scopes">The identities it may see and affect; empty: all.</param>
internal sealed record AdminCaller(string Actor, AdminRole Role, IReadOnlyList<SpiffeIdPrefix> Scopes)
{
    /// <summary>Whether it may see and affect some identities only.</summary>
    public bool IsScoped => Scopes.Count > 0;

    /// <summary>Whether it may see and affect an identity.</summary>
    public bool Covers(SpiffeId id) => !IsScoped || Scopes.Any(scope => scope.Covers(id));

    /// <summary>Whether it may see and affect all identities below a prefix.</summary>
    public bool Covers(SpiffeIdPrefix prefix) => !IsScoped || Scopes.Any(scope => scope.Covers(prefix));
}
