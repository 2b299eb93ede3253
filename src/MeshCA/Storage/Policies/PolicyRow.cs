namespace MeshCA.Storage.Policies;

/// <summary>One version of a policy resource in the form of its table's columns.</summary>
internal sealed class PolicyRow
{
    /// <summary>Why it is kept: <see cref="PolicyRole"/>.</summary>
    public long Role { get; set; }

    /// <summary><see cref="AuthzEngine.Policies.ResourceKind"/>.</summary>
    public long Kind { get; set; }

    /// <summary>Its namespace.</summary>
    public string Namespace { get; set; } = "";

    /// <summary>Its name.</summary>
    public string Name { get; set; } = "";

    /// <summary>The revision that brought it.</summary>
    public long Revision { get; set; }

    /// <summary>Where it stood.</summary>
    public string Source { get; set; } = "";

    /// <summary>The text that it stands in.</summary>
    public string TextHash { get; set; } = "";
}

/// <summary>Why a version is kept; numbers are stored, so none changes.</summary>
internal enum PolicyRole
{
    /// <summary>Administrators applied it.</summary>
    Applied = 1,

    /// <summary>It was the last valid one of its resource.</summary>
    LastGood = 2,

    /// <summary>It is a file that holds what is quarantined; its name is in place of a resource's.</summary>
    Quarantined = 3,
}
