namespace KubernetesClient.Configuration;

/// <summary>What came of reading a configuration.</summary>
public abstract record ConfigurationOutcome
{
    private ConfigurationOutcome()
    {
    }

    /// <summary>It is good.</summary>
    /// <param name="Configuration">The configuration.</param>
    public sealed record Loaded(KubernetesClientConfiguration Configuration) : ConfigurationOutcome;

    /// <summary>It is not.</summary>
    /// <param name="Faults">All that is wrong with it, for people; at least one.</param>
    public sealed record Refused(IReadOnlyList<string> Faults) : ConfigurationOutcome;
}
