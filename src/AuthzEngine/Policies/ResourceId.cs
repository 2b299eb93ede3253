namespace AuthzEngine.Policies;

/// <summary>Which resource is meant: its kind, namespace and name.</summary>
/// <param name="Kind">The kind, without group and version: v1 and v1beta1 are the same resource.</param>
/// <param name="Namespace">The namespace, as written.</param>
/// <param name="Name">The name, as written.</param>
public sealed record ResourceId(ResourceKind Kind, string Namespace, string Name)
{
    /// <summary>Prints <c>Kind/namespace/name</c>.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => $"{Kind}/{Namespace}/{Name}";
}

/// <summary>The kinds of the group <c>security.istio.io</c>, authorization-policy §1.1.</summary>
public enum ResourceKind
{
    /// <summary>Who may call, authorization-policy §1.2.</summary>
    AuthorizationPolicy,

    /// <summary>Which tokens are valid, authorization-policy §1.3.</summary>
    RequestAuthentication,

    /// <summary>Whether mTLS is required, authorization-policy §1.4.</summary>
    PeerAuthentication,
}
