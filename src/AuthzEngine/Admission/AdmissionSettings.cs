using AuthzEngine.Policies;

namespace AuthzEngine.Admission;

/// <summary>What admission depends on beside the sources.</summary>
/// <param name="Mesh">Settings of the mesh.</param>
/// <param name="AllowInvalid">Whether an invalid resource without an earlier valid version is in force as it was read, instead of quarantined.</param>
public sealed record AdmissionSettings(MeshSettings Mesh, bool AllowInvalid = false);
