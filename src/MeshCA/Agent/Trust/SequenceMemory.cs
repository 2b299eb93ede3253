using SpiffeIdentity.Bundles;

namespace MeshCA.Agent.Trust;

/// <summary>Which bundles were served and acknowledged of late: says what is in use where the newest is not. No clock, no I/O; one caller at a time.</summary>
internal sealed class SequenceMemory
{
    /// <summary>Most bundles that are remembered; of an older one nothing is known.</summary>
    public const int MaxBundles = 32;

    private readonly List<(ulong Sequence, X509BundleDigest Roots)> _served = [];
    private readonly List<ulong> _acknowledged = [];

    /// <summary>A bundle is served.</summary>
    public void Served(ulong sequence, X509BundleDigest roots)
    {
        _served.RemoveAll(bundle => bundle.Sequence == sequence);
        _served.Add((sequence, roots));
        if (_served.Count > MaxBundles)
        {
            _served.RemoveAt(0);
        }
    }

    /// <summary>The CA was told that a bundle is in use everywhere: whatever is later is not.</summary>
    /// <param name="sequence">Its sequence; 0: none is.</param>
    public void Acknowledged(ulong sequence)
    {
        _acknowledged.RemoveAll(known => known >= sequence);
        if (sequence > 0)
        {
            _acknowledged.Add(sequence);
        }

        if (_acknowledged.Count > MaxBundles)
        {
            _acknowledged.RemoveAt(0);
        }
    }

    /// <summary>The newest bundle that is in use everywhere, older than one that is not.</summary>
    /// <param name="sequence">The one that is not.</param>
    /// <param name="lacking">The roots that those without it verify by; null: not known.</param>
    /// <returns>Its sequence; 0: none that is known. What was acknowledged once was in use at those that were there then, files among them; who
    /// lacks the newest now may have come later, and has what it shows.</returns>
    public ulong InUseBefore(ulong sequence, IReadOnlyCollection<X509BundleDigest?> lacking) =>
        lacking.Select(roots => NewestWith(roots, sequence)).Append(_acknowledged.LastOrDefault(known => known < sequence)).Min();

    private ulong NewestWith(X509BundleDigest? roots, ulong before) => roots is null
        ? 0
        : _served.Where(bundle => bundle.Sequence < before && bundle.Roots.Equals(roots)).Select(bundle => bundle.Sequence).DefaultIfEmpty().Max();
}
