using System.Security.Cryptography;

namespace KubernetesClient;

/// <summary>Waits that grow with each failure in a row.</summary>
/// <param name="first">The first.</param>
/// <param name="longest">The longest.</param>
internal sealed class Backoff(TimeSpan first, TimeSpan longest)
{
    private const int JitterSteps = 1000;

    /// <summary>Failures since the last success.</summary>
    public int Failures { get; private set; }

    /// <summary>All is well again.</summary>
    public void Reset() => Failures = 0;

    /// <summary>The wait after a failure: half of it fixed, half of it by chance, so that clients that lost the same server do not come back as one.</summary>
    /// <param name="asked">What the server asks for; null for nothing.</param>
    public TimeSpan Next(TimeSpan? asked)
    {
        var doubled = first * Math.Pow(2, Math.Min(Failures, 30));
        var bound = doubled < longest ? doubled : longest;
        Failures = Math.Min(Failures + 1, int.MaxValue - 1);
        var chosen = bound * (0.5 + (RandomNumberGenerator.GetInt32(JitterSteps) / (2.0 * JitterSteps)));
        return asked is { } least && least > chosen ? least + (chosen / 2) : chosen;
    }
}
