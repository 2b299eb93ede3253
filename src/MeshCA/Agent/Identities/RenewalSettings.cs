using MeshCA.Configuration;

namespace MeshCA.Agent.Identities;

/// <summary>When SVIDs are renewed, and how long is waited after failures.</summary>
/// <param name="GracePeriodRatio">Share of a life that is left at a renewal, at the latest; 0 to 1.</param>
/// <param name="Jitter">Share of a life by which it comes earlier at most.</param>
/// <param name="Spread">Time over which agents spread what all of them do at once.</param>
/// <param name="FirstRetry">The wait after a first failure.</param>
/// <param name="LongestRetry">The longest one.</param>
internal sealed record RenewalSettings(
    double GracePeriodRatio, double Jitter, TimeSpan Spread, TimeSpan FirstRetry, TimeSpan LongestRetry)
{
    /// <summary>Converts options that passed validation.</summary>
    public static RenewalSettings From(AgentOptions options) =>
        new(options.GracePeriodRatio, options.GracePeriodJitter, options.Spread, options.FirstRetry, options.LongestRetry);
}
