namespace AuthzEngine.Validation;

/// <summary>An attribute that a condition may name, authorization-policy §3.3 and §6.3.</summary>
/// <param name="Name">The key; of a family, what its keys start with.</param>
internal sealed record ConditionAttribute(string Name)
{
    private static readonly ConditionAttribute[] All =
    [
        new("source.ip") { Check = AddressValidator.Check },
        new("source.namespace") { InCustom = false },
        new("source.serviceAccount") { Check = ServiceAccountValidator.Check, InCustom = false, IsServiceAccount = true },
        new("source.trustDomain") { Check = TrustDomainValidator.CheckCondition, InCustom = false },
        new("source.principal") { InCustom = false },
        new("remote.ip") { Check = AddressValidator.Check },
        new("request.headers") { IsFamily = true },
        new("request.auth.principal") { InCustom = false },
        new("request.auth.audiences") { InCustom = false },
        new("request.auth.presenter") { InCustom = false },
        new("request.auth.claims") { InCustom = false, IsFamily = true },
        new("destination.ip") { Check = AddressValidator.Check },
        new("destination.port") { Check = PortValidator.Check },
        new("connection.sni"),
        new("experimental.envoy.filters.") { IsFamily = true },
    ];

    /// <summary>The problem of a value that is not empty; null: there can be none.</summary>
    public Func<string, Problem?>? Check { get; private init; }

    /// <summary>Whether it is known before a CUSTOM provider is asked.</summary>
    public bool InCustom { get; private init; } = true;

    /// <summary>Whether a name in brackets says which one is meant.</summary>
    public bool IsFamily { get; private init; }

    /// <summary>Whether its lists are bounded as those of service accounts.</summary>
    public bool IsServiceAccount { get; private init; }

    /// <summary>Finds the attribute of a key: families by how it starts, others by the whole.</summary>
    /// <param name="key">The key; untrusted.</param>
    /// <returns>The attribute, or null.</returns>
    public static ConditionAttribute? Find(string key) => Array.Find(All, attribute => attribute.IsMeantBy(key));

    /// <summary>Finds the attribute whose name is the key but for case and spaces around it.</summary>
    /// <param name="key">The key; untrusted.</param>
    /// <returns>The attribute, or null.</returns>
    public static ConditionAttribute? FindSimilar(string key) => Array.Find(
        All, attribute => !attribute.IsFamily && key.AsSpan().Trim().Equals(attribute.Name, StringComparison.OrdinalIgnoreCase));

    private bool IsMeantBy(string key) => IsFamily ? key.StartsWith(Name, StringComparison.Ordinal) : key == Name;
}
