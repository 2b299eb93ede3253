using MeshCA.Configuration;
using MeshCA.Telemetry;
using Microsoft.Extensions.Configuration;

namespace MeshCA.Hosting;

/// <summary>The sections that settings may have.</summary>
internal static class SettingSections
{
    /// <summary>All of them, the service's and the agent's: they may share a file.</summary>
    public static IReadOnlySet<string> Known { get; } = new HashSet<string>(StringComparer.OrdinalIgnoreCase)
    {
        AdminOptions.Section, AgentOptions.Section, AuthenticationOptions.Section, AuthorityOptions.Section, BundleEndpointOptions.Section,
        CsrOptions.Section, DecisionLogOptions.Section, DecisionOptions.Section, FederationOptions.Section, IssuanceOptions.Section,
        JwtSvidOptions.Section, KubernetesOptions.Section, LeaderElectionOptions.Section, LimitsOptions.Section, MeshOptions.Section,
        PolicyOptions.Section, RequestTokenOptions.Section, RevocationOptions.Section, RotationOptions.Section, ServerOptions.Section,
        ServingOptions.Section, StorageOptions.Section, TelemetryOptions.Section, TrustDistributionOptions.Section, WorkloadOptions.Section,
        "Logging",
    };

    /// <summary>Finds misspelt ones: what they say would be passed over in silence, and it may have been a limit or a guard.</summary>
    /// <param name="settings">All settings.</param>
    /// <returns>A fault for each. A name without a section is one unless it comes from the environment, which others write too:
    /// Kubernetes tells each pod of a service <c>meshca</c> by <c>MESHCA_SERVICE_HOST</c>.</returns>
    public static IEnumerable<string> FindUnknown(IConfiguration settings) => settings.GetChildren()
        .Where(section => !Known.Contains(section.Key))
        .Where(section => section.GetChildren().Any() || Settings.FromEnvironment(section.Key) is null)
        .Select(section => $"There is no section `{section.Key}` of settings.");
}
