namespace AuthzEngine.Analysis;

/// <summary>Stable names of what the analysis says of valid resources; <c>docs/policy-findings.md</c> says what each means.</summary>
public static class LintCodes
{
    // Identities.

    /// <summary>A principal or trust domain with <c>spiffe://</c>.</summary>
    public const string PrincipalScheme = "principal-scheme";

    /// <summary>A principal unlike identities of workloads.</summary>
    public const string PrincipalShape = "principal-shape";

    /// <summary>A namespace that Kubernetes cannot have.</summary>
    public const string NamespaceShape = "namespace-shape";

    /// <summary><c>cluster.local</c> in a mesh of another trust domain.</summary>
    public const string TrustDomainPointer = "trust-domain-pointer";

    /// <summary>A trust domain that is none of the mesh's.</summary>
    public const string TrustDomainForeign = "trust-domain-foreign";

    /// <summary>Identity asked for where mTLS is not STRICT.</summary>
    public const string IdentityNeedsStrict = "identity-needs-strict";

    // Tokens.

    /// <summary>A token asked for that nothing verifies.</summary>
    public const string TokenWithoutAuthentication = "token-without-authentication";

    /// <summary>A RequestAuthentication that demands nothing.</summary>
    public const string TokenOptional = "token-optional";

    /// <summary>A request principal that no token has.</summary>
    public const string RequestPrincipalNeverMatches = "request-principal-never-matches";

    /// <summary>A request principal of an issuer nothing accepts.</summary>
    public const string RequestPrincipalIssuerUnknown = "request-principal-issuer-unknown";

    /// <summary>A claim that is no text.</summary>
    public const string ClaimNotText = "claim-not-text";

    /// <summary>A way to a claim that is none.</summary>
    public const string ClaimPathOdd = "claim-path-odd";

    /// <summary>A space in a value of a claim that is split at spaces.</summary>
    public const string ClaimSpaced = "claim-spaced";

    // Paths.

    /// <summary>A path without slash at its start.</summary>
    public const string PathWithoutSlash = "path-without-slash";

    /// <summary>A path with a query.</summary>
    public const string PathQuery = "path-query";

    /// <summary>A path that normalization changes.</summary>
    public const string PathNotNormalized = "path-not-normalized";

    /// <summary><c>/x/*</c> without <c>/x</c>.</summary>
    public const string PathWithoutBase = "path-without-base";

    /// <summary><c>/x*</c>, which matches <c>/xyz</c>.</summary>
    public const string PathPrefixOpen = "path-prefix-open";

    /// <summary>A path with or without slash at its end.</summary>
    public const string PathTrailingSlash = "path-trailing-slash";

    // Hosts.

    /// <summary>A host with scheme or path.</summary>
    public const string HostPath = "host-path";

    /// <summary>A host without its form with a port.</summary>
    public const string HostWithoutPort = "host-without-port";

    /// <summary>A host with a port only.</summary>
    public const string HostPortOnly = "host-port-only";

    /// <summary>A host pattern that matches hosts of others.</summary>
    public const string HostPatternOpen = "host-pattern-open";

    /// <summary>Upper-case letters in a server name.</summary>
    public const string SniCase = "sni-case";

    // Headers and methods.

    /// <summary>A method in lower case.</summary>
    public const string MethodCase = "method-case";

    /// <summary>A method that is none.</summary>
    public const string MethodInvalid = "method-invalid";

    /// <summary>A header with a name that none has.</summary>
    public const string HeaderNameInvalid = "header-name-invalid";

    /// <summary>Quotes in the key of a condition.</summary>
    public const string ConditionKeyQuoted = "condition-key-quoted";

    /// <summary>A comma in the value of a header.</summary>
    public const string HeaderList = "header-list";

    /// <summary>The header <c>:path</c> without query.</summary>
    public const string HeaderPathQuery = "header-path-query";

    /// <summary>The header of a token that is removed.</summary>
    public const string HeaderTokenRemoved = "header-token-removed";

    // Addresses and values.

    /// <summary>A CIDR with host bits.</summary>
    public const string AddressHostBits = "address-host-bits";

    /// <summary>An IPv4-mapped address.</summary>
    public const string AddressMapped = "address-mapped";

    /// <summary>A star that stands for itself.</summary>
    public const string LiteralStar = "literal-star";

    /// <summary>A value given twice.</summary>
    public const string ValueRepeated = "value-repeated";

    /// <summary>A value that another one covers.</summary>
    public const string ValueRedundant = "value-redundant";

    // Rules.

    /// <summary>Fields that never hold together.</summary>
    public const string NeverMatches = "never-matches";

    /// <summary>An ALLOW rule that a DENY rule covers.</summary>
    public const string ShadowedByDeny = "shadowed-by-deny";

    /// <summary>A rule that another of its action covers.</summary>
    public const string RuleRedundant = "rule-redundant";

    /// <summary>Too many rules to compare all.</summary>
    public const string AnalysisIncomplete = "analysis-incomplete";

    /// <summary>An entry that another one covers.</summary>
    public const string AlternativeRedundant = "alternative-redundant";

    /// <summary>Identity or address, where both may be meant.</summary>
    public const string SourcesAreAlternatives = "sources-are-alternatives";

    /// <summary>A rule with only <c>from</c> before one with only <c>to</c>.</summary>
    public const string RuleSplit = "rule-split";

    /// <summary>An ALLOW rule that matches everything.</summary>
    public const string AllowAll = "allow-all";

    /// <summary>An ALLOW rule that does not say who may call.</summary>
    public const string AllowAnyCaller = "allow-any-caller";

    /// <summary>An ALLOW rule for every identity.</summary>
    public const string AllowAnyPeer = "allow-any-peer";

    /// <summary>An ALLOW source of <c>not</c> fields only.</summary>
    public const string AllowByExclusion = "allow-by-exclusion";

    /// <summary>A DENY rule of which TCP leaves nothing.</summary>
    public const string DenyConditionRefusesTcp = "deny-condition-refuses-tcp";

    /// <summary>A CUSTOM rule of which TCP leaves nothing.</summary>
    public const string CustomAsksOnTcp = "custom-asks-on-tcp";

    // What is in the mesh.

    /// <summary>A selector that selects nobody.</summary>
    public const string SelectorMatchesNothing = "selector-matches-nothing";

    /// <summary>A selector of proxies that pass it over.</summary>
    public const string SelectorIgnored = "selector-ignored";

    /// <summary>A target that does not exist.</summary>
    public const string TargetNotFound = "target-not-found";

    /// <summary>A service as target, which needs a waypoint.</summary>
    public const string TargetNeedsWaypoint = "target-needs-waypoint";

    /// <summary>A namespace that does not exist.</summary>
    public const string NamespaceUnknown = "namespace-unknown";

    /// <summary>A service account nobody runs as.</summary>
    public const string ServiceAccountUnknown = "service-account-unknown";

    /// <summary>A port that no workload has.</summary>
    public const string PortUnknown = "port-unknown";

    /// <summary>A rule of HTTP at a port of TCP.</summary>
    public const string HttpRuleOnTcp = "http-rule-on-tcp";

    /// <summary>An extension provider that does not exist.</summary>
    public const string ProviderUnknown = "provider-unknown";

    /// <summary>Two extension providers for one workload.</summary>
    public const string ProvidersSeveral = "providers-several";

    /// <summary>A second PeerAuthentication of one scope.</summary>
    public const string PeerAuthenticationDuplicate = "peer-authentication-duplicate";

    /// <summary>A PeerAuthentication of the root namespace with a selector.</summary>
    public const string PeerAuthenticationIgnored = "peer-authentication-ignored";
}
