namespace MeshCA.Administration;

/// <summary>Why a call of the administration API is refused.</summary>
internal enum AdminRefusal
{
    /// <summary>Nobody proved who calls: no client certificate, or one that is over.</summary>
    CallerUnknown,

    /// <summary>The caller has no grant.</summary>
    NoGrant,

    /// <summary>The method has no permission, so nobody may call it.</summary>
    MethodClosed,

    /// <summary>The caller's role is below the method's.</summary>
    RoleTooLow,

    /// <summary>The caller has scopes, and the method cannot keep to them.</summary>
    NotForScoped,

    /// <summary>What the call is about is outside the caller's scopes.</summary>
    OutOfScope,
}
