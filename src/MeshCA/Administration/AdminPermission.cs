namespace MeshCA.Administration;

/// <summary>Who may call a method of the administration API.</summary>
/// <param name="Role">The least role.</param>
internal sealed record AdminPermission(AdminRole Role)
{
    /// <summary>Whether the method itself keeps a caller to its scopes; one that does not is closed to callers with scopes.</summary>
    public bool KeepsScopes { get; init; }

    /// <summary>Whether each call is a record of the audit; not so for questions, which the decision log is for.</summary>
    public bool IsAudited { get; init; } = true;

    /// <summary>Judges a call.</summary>
    /// <param name="permission">The method's permission; null where it has none.</param>
    /// <param name="caller">The caller.</param>
    /// <returns>Why it is refused, or null.</returns>
    public static AdminRefusal? Judge(AdminPermission? permission, AdminCaller caller) => permission switch
    {
        null => AdminRefusal.MethodClosed,
        _ when caller.Role < permission.Role => AdminRefusal.RoleTooLow,
        { KeepsScopes: false } when caller.IsScoped => AdminRefusal.NotForScoped,
        _ => null,
    };
}
