using Microsoft.Extensions.Options;

namespace MeshCA.Configuration;

/// <summary>Holds clusters and configured token issuers against one another: a cluster that stands in both places must be the same in both.</summary>
internal sealed class ClustersAgreeValidator(IOptions<AuthenticationOptions> authentication, IOptions<MeshOptions> mesh)
    : IValidateOptions<KubernetesOptions>
{
    /// <inheritdoc />
    public ValidateOptionsResult Validate(string? name, KubernetesOptions options)
    {
        // What is wrong with those sections themselves is reported there.
        try
        {
            string[] faults =
            [
                .. from issuer in authentication.Value.Issuers
                   from cluster in options.Clusters
                   from fault in Faults(issuer, cluster, mesh.Value.TrustDomain)
                   select $"{KubernetesOptions.Section}: cluster `{cluster.Id}`: issuer `{issuer.Name}` {fault}",
            ];
            return faults.Length == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
        }
        catch (OptionsValidationException)
        {
            return ValidateOptionsResult.Success;
        }
    }

    private static IEnumerable<string> Faults(TokenIssuerOptions issuer, ClusterOptions cluster, string trustDomain)
    {
        if (issuer.Name == cluster.Id)
        {
            yield return "has the cluster's name, and rules of the issuance policy could not tell them apart";
        }

        if (cluster.Aliases.Contains(issuer.ClusterId))
        {
            yield return $"calls the cluster by its alias `{issuer.ClusterId}`; its `ClusterId` must be `{cluster.Id}`";
        }

        if (issuer.ClusterId != cluster.Id)
        {
            foreach (var alias in issuer.ClusterAliases.Where(alias => alias == cluster.Id || cluster.Aliases.Contains(alias)))
            {
                yield return $"has the alias `{alias}` for another cluster";
            }

            yield break;
        }

        if ((issuer.TrustDomain ?? trustDomain) != (cluster.TrustDomain ?? trustDomain))
        {
            yield return "is of the same cluster with another trust domain";
        }

        if (cluster.Tokens.Mode != ClusterTokenMode.Off && cluster.Tokens.Issuers.Contains(issuer.Issuer))
        {
            yield return $"is the same issuer, `{issuer.Issuer}`: it would be accepted without a look at pods";
        }
    }
}
