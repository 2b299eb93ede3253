using System.Globalization;
using System.Security.Cryptography;

namespace MeshCA.Decisions;

/// <summary>Numbers decisions: a random text for this run, then a count. Nobody can tell one run's from another's by guessing.</summary>
internal sealed class DecisionIds
{
    private const int RandomBytes = 8;

    private readonly string _run = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(RandomBytes)) + "-";
    private long _last;

    /// <summary>The next one.</summary>
    public string Next() => string.Create(CultureInfo.InvariantCulture, $"{_run}{Interlocked.Increment(ref _last):x}");
}
