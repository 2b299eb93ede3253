using System.Security.Cryptography;

namespace SpiffeIdentity.WorkloadApi.Connections;

/// <summary>Waits that grow with each failure in a row.</summary>
/// <param name="first">The first.</param>
/// <param name="longest">The longest.</param>
internal sealed class Backoff(TimeSpan first, TimeSpan longest)
{
    private const int JitterSteps = 1000;
    private const int MaxDoublings = 30;

    private int _failures;

    /// <summary>All is well again.</summary>
    public void Reset() => _failures = 0;

    /// <summary>The wait after a failure: half of it fixed, half by chance, so that workloads which lost the same agent do not return as one.</summary>
    public TimeSpan Next()
    {
        var bound = TimeSpan.FromTicks((long)Math.Min(first.Ticks * Math.Pow(2, _failures), longest.Ticks));
        _failures = Math.Min(_failures + 1, MaxDoublings);
        return bound * (0.5 + (RandomNumberGenerator.GetInt32(JitterSteps) / (2.0 * JitterSteps)));
    }
}
