using AuthzEngine.Analysis.Subjects;
using AuthzEngine.Diagnostics;
using AuthzEngine.Policies;

namespace AuthzEngine.Analysis.Attachments;

/// <summary>CUSTOM policies whose provider cannot be asked: what they match is denied, authorization-policy §2.5.</summary>
internal static class ProviderLint
{
    private const string Field = "spec.provider.name";

    public static IEnumerable<Remark> Check(AnalyzedPolicy policy)
    {
        if (policy.Source is not { Action: PolicyAction.Custom, Provider.Name: { Length: > 0 } name })
        {
            yield break;
        }

        if (policy.Mesh.SettingsAreKnown)
        {
            var provider = policy.Mesh.Settings.ExtensionProviders.FirstOrDefault(provider => provider.Name == name);
            if (provider is not { Valid: true })
            {
                yield return new(
                    LintCodes.ProviderUnknown,
                    Field,
                    $"the mesh has no {(provider is null ? "" : "sound ")}extension provider {Excerpt.Of(name)}: what this policy matches is denied",
                    Suggest(policy.Mesh.Settings));
            }
        }

        if (!policy.Mesh.Settings.MultipleCustomProviders && Rival(policy, name) is { } rival)
        {
            yield return new(
                LintCodes.ProvidersSeveral,
                Field,
                $"policy {Excerpt.Of($"{rival.Id.Namespace}/{rival.Id.Name}")} asks another provider: a workload of both denies what either matches",
                "use one provider for a workload, or set PILOT_ENABLE_MULTIPLE_CUSTOM_AUTHZ_PROVIDERS");
        }
    }

    private static string? Suggest(MeshSettings settings) => settings.ExtensionProviders.Count == 0
        ? null
        : $"the mesh has {string.Join(", ", settings.ExtensionProviders.Take(5).Select(provider => Excerpt.Of(provider.Name)))}";

    // Only where one certainly concerns all workloads of the other: two selectors may well never meet.
    private static AuthorizationPolicy? Rival(AnalyzedPolicy policy, string name) => policy.Mesh.Policies
        .Where(other => other.Source is { Action: PolicyAction.Custom, Provider.Name: var provider } && provider != name
            && (other.Scope.Covers(policy.Scope) || policy.Scope.Covers(other.Scope)))
        .Select(other => other.Source)
        .FirstOrDefault();
}
