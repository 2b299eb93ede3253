using System.Diagnostics;
using AuthzEngine.Diagnostics;
using AuthzEngine.Policies;

namespace AuthzEngine.Validation;

/// <summary>What Istio's webhook and the CRD schemas would say of a resource, authorization-policy §6.</summary>
public static class ResourceValidator
{
    /// <summary>Validates a resource; reports everything at once.</summary>
    /// <param name="resource">The resource as written; untrusted.</param>
    /// <returns>Errors, for which the resource must be rejected, and warnings; by field in the order of the resource.</returns>
    public static IReadOnlyList<Finding> Validate(PolicyResource resource)
    {
        ArgumentNullException.ThrowIfNull(resource);
        var report = new FindingReport(resource.Id);
        MetadataValidator.Validate(resource, report);
        SelectorValidator.Validate(resource.Selector, report);
        switch (resource)
        {
            case AuthorizationPolicy policy:
                AuthorizationPolicyValidator.Validate(policy, report);
                break;
            case RequestAuthentication authentication:
                RequestAuthenticationValidator.Validate(authentication, report);
                break;
            case PeerAuthentication authentication:
                PeerAuthenticationValidator.Validate(authentication, report);
                break;
            default:
                throw new UnreachableException();
        }

        return report.Findings;
    }
}
