using AuthzEngine.Matching;

namespace AuthzEngine.Formats.Issuance;

/// <summary>An issuance policy as written: who may get what certificate. The first rule that matches a caller decides.</summary>
/// <param name="Rules">The rules, in their order.</param>
/// <param name="Otherwise">What becomes of callers that no rule matches.</param>
public sealed record WrittenIssuancePolicy(IReadOnlyList<WrittenIssuanceRule> Rules, IssuanceAction Otherwise);

/// <summary>A rule of an issuance policy.</summary>
public sealed record WrittenIssuanceRule
{
    /// <summary>Its name, unique in the file.</summary>
    public required string Name { get; init; }

    /// <summary>The line on which it begins.</summary>
    public required int Line { get; init; }

    /// <summary>What it does with those it matches.</summary>
    public required IssuanceAction Action { get; init; }

    /// <summary>Whom it matches.</summary>
    public required WrittenCallers From { get; init; }

    /// <summary>What those get.</summary>
    public required WrittenGrant Grant { get; init; }
}

/// <summary>Whom a rule matches: a caller that each list which is not empty has a match for.</summary>
public sealed record WrittenCallers
{
    /// <summary>Configured names of the issuers of tokens.</summary>
    public IReadOnlyList<TextPattern> Issuers { get; init; } = [];

    /// <summary>Clusters of the issuers.</summary>
    public IReadOnlyList<TextPattern> Clusters { get; init; } = [];

    /// <summary>Namespaces of the service accounts.</summary>
    public IReadOnlyList<TextPattern> Namespaces { get; init; } = [];

    /// <summary>Names of the service accounts, without namespace.</summary>
    public IReadOnlyList<TextPattern> ServiceAccounts { get; init; } = [];

    /// <summary>Labels of the pods: all of these.</summary>
    public IReadOnlyList<KeyValuePair<string, TextPattern>> PodLabels { get; init; } = [];

    /// <summary>Whether it matches everybody.</summary>
    public bool IsEverybody =>
        Issuers.Count + Clusters.Count + Namespaces.Count + ServiceAccounts.Count + PodLabels.Count == 0;
}

/// <summary>What those get whom a rule matches; what is not said is as without a policy.</summary>
public sealed record WrittenGrant
{
    /// <summary>Keys that are certified; empty: all that the service takes.</summary>
    public IReadOnlyList<IssuableKey> Keys { get; init; } = [];

    /// <summary>Longest lifetime.</summary>
    public TimeSpan? MaxLifetime { get; init; }

    /// <summary>Lifetime where none is asked for.</summary>
    public TimeSpan? DefaultLifetime { get; init; }

    /// <summary>DNS names that a certificate may have beside the SPIFFE ID; empty: none, whatever is asked for.</summary>
    public IReadOnlyList<DnsNamePattern> DnsNames { get; init; } = [];

    /// <summary>How many certificates an identity may get.</summary>
    public WrittenRate? Rate { get; init; }

    /// <summary>What it grants of JWT-SVIDs; null: what the service grants.</summary>
    public WrittenTokenGrant? JwtSvids { get; init; }
}

/// <summary>What a rule grants of JWT-SVIDs.</summary>
public sealed record WrittenTokenGrant
{
    /// <summary>Whether there are any.</summary>
    public bool IsAllowed { get; init; } = true;

    /// <summary>Longest lifetime.</summary>
    public TimeSpan? MaxLifetime { get; init; }

    /// <summary>Lifetime where none is asked for.</summary>
    public TimeSpan? DefaultLifetime { get; init; }
}

/// <summary>How many certificates one identity may get.</summary>
/// <param name="Certificates">How many at once.</param>
/// <param name="Per">In which time as many become free again, evenly.</param>
public sealed record WrittenRate(int Certificates, TimeSpan Per);

/// <summary>What a rule does with callers that it matches.</summary>
public enum IssuanceAction
{
    /// <summary>They get a certificate, within the grant.</summary>
    Allow,

    /// <summary>They get none.</summary>
    Deny,
}

/// <summary>A kind of key that can be certified.</summary>
public enum IssuableKey
{
    /// <summary>ECDSA on P-256.</summary>
    EcdsaP256,

    /// <summary>ECDSA on P-384.</summary>
    EcdsaP384,

    /// <summary>RSA of a length that the service takes.</summary>
    Rsa,
}

/// <summary>What a policy must fit into.</summary>
public sealed record IssuanceBounds
{
    /// <summary>Longest lifetime that the service grants at all.</summary>
    public required TimeSpan MaxLifetime { get; init; }

    /// <summary>Longest lifetime of a JWT-SVID that the service grants at all; null: not known, none is held against it.</summary>
    public TimeSpan? MaxTokenLifetime { get; init; }

    /// <summary>Names of the issuers that are configured; null: not known, none is held against them.</summary>
    public IReadOnlyCollection<string>? Issuers { get; init; }

    /// <summary>Names of the clusters that are configured; null likewise.</summary>
    public IReadOnlyCollection<string>? Clusters { get; init; }
}
