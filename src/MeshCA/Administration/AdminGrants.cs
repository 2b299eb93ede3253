using MeshCA.Registration;
using SpiffeIdentity;

namespace MeshCA.Administration;

/// <summary>What administrators may do.</summary>
/// <param name="Role">Their role.</param>
/// <param name="Scopes">The identities they may see and affect; empty: all.</param>
internal sealed record AdminGrant(AdminRole Role, IReadOnlyList<SpiffeIdPrefix> Scopes);

/// <summary>Who may administer: this machine's root and the service's own user always, others as the settings say.</summary>
/// <remarks>Of several grants that fit a SPIFFE ID the most specific one counts alone: the ID itself, then the longest prefix.</remarks>
internal sealed class AdminGrants
{
    private const uint Root = 0;
    private readonly uint _own;

    /// <summary>Takes the grants.</summary>
    /// <param name="own">The service's user id.</param>
    public AdminGrants(uint own) => _own = own;

    /// <summary>Grants to users of this machine, by user id.</summary>
    public required IReadOnlyDictionary<uint, AdminGrant> Users { get; init; }

    /// <summary>Grants to single identities.</summary>
    public required IReadOnlyDictionary<SpiffeId, AdminGrant> Identities { get; init; }

    /// <summary>Grants to all identities below a prefix.</summary>
    public required IReadOnlyList<(SpiffeIdPrefix Prefix, AdminGrant Grant)> Prefixes { get; init; }

    /// <summary>Whether users beside root and the service's own may connect to the socket.</summary>
    public bool HasFurtherUsers => Users.Count > 0;

    /// <summary>Finds what a user of this machine may do.</summary>
    /// <param name="user">The user id, by the kernel's word; null where it names none.</param>
    /// <returns>The caller; null: nothing.</returns>
    public AdminCaller? Find(uint? user) => user switch
    {
        null => null,
        { } id when id == Root || id == _own => new AdminCaller($"uid:{id}", AdminRole.SecurityOfficer, []),
        { } id => Users.TryGetValue(id, out var grant) ? new AdminCaller($"uid:{id}", grant.Role, grant.Scopes) : null,
    };

    /// <summary>Finds what an identity may do.</summary>
    /// <param name="id">The identity that a verified certificate proved.</param>
    /// <returns>The caller; null: nothing.</returns>
    public AdminCaller? Find(SpiffeId id)
    {
        if (!Identities.TryGetValue(id, out var grant))
        {
            grant = Prefixes.Where(entry => entry.Prefix.Covers(id)).OrderByDescending(entry => entry.Prefix.Length).FirstOrDefault().Grant;
        }

        return grant is null ? null : new AdminCaller(id.ToString(), grant.Role, grant.Scopes);
    }
}
