using System.Collections.Concurrent;
using AuthzEngine.Policies;
using MeshCA.Telemetry;

namespace MeshCA.DecisionLog;

/// <summary>The label values that stand for resources in metrics: a bounded number, since a series never goes away again.</summary>
/// <param name="most">How many resources get one of their own.</param>
internal sealed class PolicyLabels(int most)
{
    private readonly ConcurrentDictionary<ResourceId, string> _labels = new();
    private int _count;

    /// <summary>The label of a resource; the first ones that determine a decision get their own.</summary>
    /// <param name="resource">A loaded resource.</param>
    public string Of(ResourceId resource)
    {
        if (_labels.TryGetValue(resource, out var label))
        {
            return label;
        }

        if (Volatile.Read(ref _count) >= most || Interlocked.Increment(ref _count) > most)
        {
            return MetricFamily.OverflowValue;
        }

        return _labels.GetOrAdd(resource, static id => id.ToString());
    }
}
