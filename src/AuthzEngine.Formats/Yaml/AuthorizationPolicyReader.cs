using AuthzEngine.Formats.Yaml.Fields;
using AuthzEngine.Policies;

namespace AuthzEngine.Formats.Yaml;

/// <summary>Reads the spec of an AuthorizationPolicy, authorization-policy §1.2.</summary>
internal static class AuthorizationPolicyReader
{
    private static readonly Dictionary<string, PolicyAction> Actions = new()
    {
        ["ALLOW"] = PolicyAction.Allow,
        ["DENY"] = PolicyAction.Deny,
        ["AUDIT"] = PolicyAction.Audit,
        ["CUSTOM"] = PolicyAction.Custom,
    };

    /// <summary>Reads it.</summary>
    /// <param name="spec">The spec.</param>
    /// <param name="policy">What is known of the policy.</param>
    /// <returns>The policy.</returns>
    public static AuthorizationPolicy Read(ObjectReader spec, AuthorizationPolicy policy) => policy with
    {
        TargetRef = AttachmentReader.TargetRef(spec),
        TargetRefs = AttachmentReader.TargetRefs(spec),
        Action = spec.Choice("action", Actions, PolicyAction.Allow),
        Provider = spec.Object("provider") is { } provider ? Provider(provider) : null,
        Rules = spec.Objects("rules", Rule),
    };

    private static ProviderReference Provider(ObjectReader reader)
    {
        var provider = new ProviderReference(reader.Text("name"));
        reader.End(UnknownFields.Refused);
        return provider;
    }

    private static Rule Rule(ObjectReader reader)
    {
        var rule = new Rule
        {
            From = reader.Objects("from", From),
            To = reader.Objects("to", To),
            When = reader.Objects("when", When),
        };
        reader.End(UnknownFields.Refused);
        return rule;
    }

    private static RuleFrom From(ObjectReader reader)
    {
        var from = new RuleFrom(reader.Object("source") is { } source ? Source(source) : null);
        reader.End(UnknownFields.Refused);
        return from;
    }

    private static RuleTo To(ObjectReader reader)
    {
        var to = new RuleTo(reader.Object("operation") is { } operation ? Operation(operation) : null);
        reader.End(UnknownFields.Refused);
        return to;
    }

    private static Source Source(ObjectReader reader)
    {
        var source = new Source
        {
            Principals = reader.Texts("principals"),
            NotPrincipals = reader.Texts("notPrincipals"),
            RequestPrincipals = reader.Texts("requestPrincipals"),
            NotRequestPrincipals = reader.Texts("notRequestPrincipals"),
            Namespaces = reader.Texts("namespaces"),
            NotNamespaces = reader.Texts("notNamespaces"),
            ServiceAccounts = reader.Texts("serviceAccounts"),
            NotServiceAccounts = reader.Texts("notServiceAccounts"),
            IpBlocks = reader.Texts("ipBlocks"),
            NotIpBlocks = reader.Texts("notIpBlocks"),
            RemoteIpBlocks = reader.Texts("remoteIpBlocks"),
            NotRemoteIpBlocks = reader.Texts("notRemoteIpBlocks"),
            TrustDomains = reader.Texts("trustDomains"),
            NotTrustDomains = reader.Texts("notTrustDomains"),
        };
        reader.End(UnknownFields.Refused);
        return source;
    }

    private static Operation Operation(ObjectReader reader)
    {
        var operation = new Operation
        {
            Hosts = reader.Texts("hosts"),
            NotHosts = reader.Texts("notHosts"),
            Ports = reader.Texts("ports"),
            NotPorts = reader.Texts("notPorts"),
            Methods = reader.Texts("methods"),
            NotMethods = reader.Texts("notMethods"),
            Paths = reader.Texts("paths"),
            NotPaths = reader.Texts("notPaths"),
        };
        reader.End(UnknownFields.Refused);
        return operation;
    }

    private static Condition When(ObjectReader reader)
    {
        var condition = new Condition(reader.Text("key"), reader.Texts("values"), reader.Texts("notValues"));
        reader.End(UnknownFields.Refused);
        return condition;
    }
}
