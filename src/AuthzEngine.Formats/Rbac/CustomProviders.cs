using AuthzEngine.Compilation;
using AuthzEngine.Policies;
using AuthzEngine.Requests;

namespace AuthzEngine.Formats.Rbac;

/// <summary>The CUSTOM policies of one provider.</summary>
/// <param name="Provider">Its name.</param>
/// <param name="IsMisconfigured">Whether it cannot be asked: then its policies deny what they match.</param>
/// <param name="Policies">The policies.</param>
internal sealed record CustomProviders(string Provider, bool IsMisconfigured, IReadOnlyList<PolicyModel> Policies)
{
    /// <summary>Groups the CUSTOM policies of a workload, in the order of their providers' names; authorization-policy §2.5.</summary>
    public static IEnumerable<CustomProviders> Of(RbacSource source, RequestProtocol protocol)
    {
        var settings = source.Settings;
        var groups = source.Policies
            .Where(policy => policy.Source.Action == PolicyAction.Custom && !policy.DryRun)
            .GroupBy(policy => policy.Source.Provider?.Name ?? "", StringComparer.Ordinal)
            .OrderBy(group => group.Key, StringComparer.Ordinal)
            .ToList();
        var several = groups.Count > 1 && !settings.MultipleCustomProviders;
        return
            from policies in groups
            let known = settings.ExtensionProviders.Where(provider => provider.Name == policies.Key).ToList()
            let misconfigured = several || known is not [{ Valid: true }]
            where misconfigured || known[0].Kind == ExtensionProviderKind.Grpc || protocol == RequestProtocol.Http
            select new CustomProviders(policies.Key, misconfigured, [.. policies]);
    }
}
