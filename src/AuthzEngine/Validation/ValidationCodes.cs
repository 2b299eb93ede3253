using System.Collections.Frozen;
using AuthzEngine.Diagnostics;

namespace AuthzEngine.Validation;

/// <summary>Stable names of the rules of validation; <c>docs/policy-findings.md</c> says what each means.</summary>
public static class ValidationCodes
{
    // Metadata, §6.1.

    /// <summary>metadata.name is missing, too long, or has characters that would garble the ids of rules.</summary>
    public const string NameInvalid = "name-invalid";

    /// <summary>metadata.name is a name, but no DNS-1123 subdomain.</summary>
    public const string NameRefusedByKubernetes = "name-refused-by-kubernetes";

    /// <summary>metadata.namespace is no DNS-1123 label.</summary>
    public const string NamespaceInvalid = "namespace-invalid";

    /// <summary>The dry-run annotation on a kind or an action that has no dry run.</summary>
    public const string DryRunUnsupported = "dry-run-unsupported";

    /// <summary>The dry-run annotation is no boolean.</summary>
    public const string DryRunNotBoolean = "dry-run-not-boolean";

    /// <summary>An annotation that only the control plane may set.</summary>
    public const string AnnotationReserved = "annotation-reserved";

    // Selectors and target references, §6.1 and §6.2.

    /// <summary>A label of the selector has no key.</summary>
    public const string SelectorKeyEmpty = "selector-key-empty";

    /// <summary>A star in a key or value of the selector.</summary>
    public const string SelectorWildcard = "selector-wildcard";

    /// <summary>A value of the selector is too long for a label.</summary>
    public const string SelectorValueTooLong = "selector-value-too-long";

    /// <summary>The selector has too many labels.</summary>
    public const string SelectorTooLarge = "selector-too-large";

    /// <summary>The selector has no labels.</summary>
    public const string SelectorEmpty = "selector-empty";

    /// <summary>More than one of selector, targetRef and targetRefs.</summary>
    public const string TargetAmbiguous = "target-ambiguous";

    /// <summary>Too many target references.</summary>
    public const string TargetReferencesTooMany = "target-references-too-many";

    /// <summary>A target reference's name is missing or too long.</summary>
    public const string TargetReferenceName = "target-reference-name";

    /// <summary>A target reference names a namespace.</summary>
    public const string TargetReferenceNamespace = "target-reference-namespace";

    /// <summary>Policies do not attach to what a target reference names.</summary>
    public const string TargetReferenceKind = "target-reference-kind";

    // AuthorizationPolicy, §6.3.

    /// <summary>The action is none of the four.</summary>
    public const string ActionUnknown = "action-unknown";

    /// <summary>DENY or CUSTOM without rules.</summary>
    public const string RulesMissing = "rules-missing";

    /// <summary>Too many rules.</summary>
    public const string RulesTooMany = "rules-too-many";

    /// <summary>CUSTOM without the name of a provider.</summary>
    public const string ProviderMissing = "provider-missing";

    /// <summary>A provider without CUSTOM.</summary>
    public const string ProviderUnexpected = "provider-unexpected";

    /// <summary>Null where a list needs an entry.</summary>
    public const string EntryNull = "entry-null";

    /// <summary>Too many entries of from.</summary>
    public const string FromTooMany = "from-too-many";

    /// <summary>An entry of from without source.</summary>
    public const string SourceMissing = "source-missing";

    /// <summary>A source without a field.</summary>
    public const string SourceEmpty = "source-empty";

    /// <summary>An entry of to without operation.</summary>
    public const string OperationMissing = "operation-missing";

    /// <summary>An operation without a field.</summary>
    public const string OperationEmpty = "operation-empty";

    /// <summary>CUSTOM with an attribute that is not known before the provider is asked.</summary>
    public const string CustomAttributeUnsupported = "custom-attribute-unsupported";

    /// <summary>An empty text where a value is needed.</summary>
    public const string ValueEmpty = "value-empty";

    /// <summary>Neither an address nor a CIDR.</summary>
    public const string AddressInvalid = "address-invalid";

    /// <summary>Not a port.</summary>
    public const string PortInvalid = "port-invalid";

    /// <summary>Service accounts together with principals or namespaces.</summary>
    public const string ServiceAccountsNotAlone = "service-accounts-not-alone";

    /// <summary>Too many service accounts in one list.</summary>
    public const string ServiceAccountsTooMany = "service-accounts-too-many";

    /// <summary>A service account with a star.</summary>
    public const string ServiceAccountWildcard = "service-account-wildcard";

    /// <summary>Neither <c>namespace/name</c> nor <c>name</c>.</summary>
    public const string ServiceAccountMalformed = "service-account-malformed";

    /// <summary>A service account that is too long.</summary>
    public const string ServiceAccountTooLong = "service-account-too-long";

    /// <summary>A trust domain with several stars, or one that is not at an end.</summary>
    public const string TrustDomainWildcard = "trust-domain-wildcard";

    /// <summary>A trust domain with a slash.</summary>
    public const string TrustDomainSlash = "trust-domain-slash";

    /// <summary>A template with an operator after <c>{**}</c>.</summary>
    public const string PathTemplateOrder = "path-template-order";

    /// <summary>Braces in a path that are no operator of their own.</summary>
    public const string PathTemplateBraces = "path-template-braces";

    /// <summary>A template with a segment that is empty or holds a character no template may.</summary>
    public const string PathTemplateLiteral = "path-template-literal";

    /// <summary>A template that Istio accepts and Envoy refuses, with the whole listener.</summary>
    public const string PathTemplateRefusedByEnvoy = "path-template-refused-by-envoy";

    /// <summary>A condition without key.</summary>
    public const string ConditionKeyMissing = "condition-key-missing";

    /// <summary>A condition on an attribute that does not exist.</summary>
    public const string ConditionKeyUnknown = "condition-key-unknown";

    /// <summary>A condition on an attribute that policies had before v1beta1.</summary>
    public const string ConditionKeyRemoved = "condition-key-removed";

    /// <summary>A key that needs a name in brackets and has none.</summary>
    public const string ConditionKeyMalformed = "condition-key-malformed";

    /// <summary>A key that passes as one of a family and names nothing in it.</summary>
    public const string ConditionKeyIneffective = "condition-key-ineffective";

    /// <summary>A condition without values and notValues.</summary>
    public const string ConditionValuesMissing = "condition-values-missing";

    /// <summary>A DENY rule that refuses every TCP connection in scope.</summary>
    public const string DenyRefusesTcp = "deny-refuses-tcp";

    // RequestAuthentication, §6.4.

    /// <summary>Too many jwtRules.</summary>
    public const string JwtRulesTooMany = "jwt-rules-too-many";

    /// <summary>A jwtRule with neither issuer nor jwksUri.</summary>
    public const string IssuerMissing = "issuer-missing";

    /// <summary>jwksUri is no URL of http or https.</summary>
    public const string JwksUriInvalid = "jwks-uri-invalid";

    /// <summary>jwksUri is too long.</summary>
    public const string JwksUriTooLong = "jwks-uri-too-long";

    /// <summary>Both jwks and jwksUri.</summary>
    public const string JwksAmbiguous = "jwks-ambiguous";

    /// <summary>jwks is no JWK set.</summary>
    public const string JwksInvalid = "jwks-invalid";

    /// <summary>jwks holds a private or symmetric key.</summary>
    public const string JwksPrivateKey = "jwks-private-key";

    /// <summary>A character that no header name of a claim may have.</summary>
    public const string ClaimHeaderInvalid = "claim-header-invalid";

    /// <summary>The timeout is shorter than a millisecond, or not a whole number of them.</summary>
    public const string TimeoutInvalid = "timeout-invalid";

    /// <summary>Too many spaceDelimitedClaims.</summary>
    public const string SpaceDelimitedClaimsTooMany = "space-delimited-claims-too-many";

    // PeerAuthentication, §6.5.

    /// <summary>A mode that does not exist.</summary>
    public const string ModeUnknown = "mode-unknown";

    /// <summary>portLevelMtls without a selector that has labels.</summary>
    public const string PortLevelWithoutSelector = "port-level-without-selector";

    /// <summary>portLevelMtls without a port.</summary>
    public const string PortLevelEmpty = "port-level-empty";

    /// <summary>A key of portLevelMtls that is no port.</summary>
    public const string PortLevelPortInvalid = "port-level-port-invalid";

    private static readonly FrozenSet<string> Warnings = FrozenSet.ToFrozenSet(
    [
        NameRefusedByKubernetes,
        SelectorEmpty,
        DenyRefusesTcp,
        PathTemplateRefusedByEnvoy,
        ConditionKeyIneffective,
        JwksPrivateKey,
    ]);

    /// <summary>How bad a finding of a code is.</summary>
    /// <param name="code">One of the constants.</param>
    /// <returns>Error or warning.</returns>
    public static Severity SeverityOf(string code) => Warnings.Contains(code) ? Severity.Warning : Severity.Error;
}
