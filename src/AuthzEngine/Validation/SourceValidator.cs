using AuthzEngine.Policies;

namespace AuthzEngine.Validation;

/// <summary>A source, authorization-policy §6.3.</summary>
internal static class SourceValidator
{
    // InCustom: known before the provider is asked. InTcpWarning: what Istio counts as TCP; it forgets trustDomains.
    private static readonly SourceField[] Fields =
    [
        new("principals", source => source.Principals) { InTcpWarning = true },
        new("notPrincipals", source => source.NotPrincipals) { InTcpWarning = true },
        new("requestPrincipals", source => source.RequestPrincipals),
        new("notRequestPrincipals", source => source.NotRequestPrincipals),
        new("namespaces", source => source.Namespaces) { InTcpWarning = true },
        new("notNamespaces", source => source.NotNamespaces) { InTcpWarning = true },
        new("serviceAccounts", source => source.ServiceAccounts, ServiceAccountValidator.Check) { InTcpWarning = true },
        new("notServiceAccounts", source => source.NotServiceAccounts, ServiceAccountValidator.Check) { InTcpWarning = true },
        new("ipBlocks", source => source.IpBlocks, AddressValidator.Check) { InCustom = true, InTcpWarning = true },
        new("notIpBlocks", source => source.NotIpBlocks, AddressValidator.Check) { InCustom = true, InTcpWarning = true },
        new("remoteIpBlocks", source => source.RemoteIpBlocks, AddressValidator.Check) { InCustom = true, InTcpWarning = true },
        new("notRemoteIpBlocks", source => source.NotRemoteIpBlocks, AddressValidator.Check) { InCustom = true, InTcpWarning = true },
        new("trustDomains", source => source.TrustDomains, TrustDomainValidator.CheckField),
        new("notTrustDomains", source => source.NotTrustDomains, TrustDomainValidator.CheckField),
    ];

    /// <summary>Whether Istio's warning counts the source as one that also selects TCP connections.</summary>
    public static bool MatchesTcp(Source? source) =>
        source is not null && Fields.Any(field => field.InTcpWarning && field.Values(source).Count > 0);

    public static void Validate(Source? source, PolicyAction action, string path, FindingReport report)
    {
        if (source is null)
        {
            report.Add(ValidationCodes.SourceMissing, path, "the source is missing");
            return;
        }

        if (Fields.All(field => field.Values(source).Count == 0))
        {
            report.Add(ValidationCodes.SourceEmpty, path, "the source has no field", "for any source leave `from` out");
        }

        foreach (var field in Fields)
        {
            ValidateField(field, field.Values(source), action, path, report);
        }

        ServiceAccountValidator.ValidateSource(source, path, report);
    }

    private static void ValidateField(
        SourceField field, IReadOnlyList<string> values, PolicyAction action, string path, FindingReport report)
    {
        if (values.Count == 0)
        {
            return;
        }

        if (action == PolicyAction.Custom && !field.InCustom)
        {
            report.Add(
                ValidationCodes.CustomAttributeUnsupported, $"{path}.{field.Name}", $"`{field.Name}` is not known where CUSTOM is decided");
        }

        ValueList.Validate(values, $"{path}.{field.Name}", report, field.Check);
    }

    private sealed record SourceField(
        string Name, Func<Source, IReadOnlyList<string>> Values, Func<string, Problem?>? Check = null)
    {
        public bool InCustom { get; init; }

        public bool InTcpWarning { get; init; }
    }
}
