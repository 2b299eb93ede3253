namespace MeshCA.Administration;

/// <summary>What an administrator may do; each role may do what those before it may.</summary>
internal enum AdminRole
{
    /// <summary>See everything there is to see, and change nothing.</summary>
    Viewer = 1,

    /// <summary>What daily operation needs: nothing that changes whom the mesh trusts, or who may do what.</summary>
    Operator = 2,

    /// <summary>Everything: roots, keys, revocations, policies.</summary>
    SecurityOfficer = 3,
}
