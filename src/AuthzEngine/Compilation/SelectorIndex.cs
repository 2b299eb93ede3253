using AuthzEngine.Policies;

namespace AuthzEngine.Compilation;

/// <summary>Finds what selects a workload by its labels, within one namespace, without looking at everything.</summary>
/// <remarks>
/// Each selector is filed under one of its label pairs: the one that fewest others have, so that a pair all workloads
/// share (<c>env: prod</c>) does not turn a look-up into a scan.
/// </remarks>
internal sealed class SelectorIndex<T>
{
    private static readonly IReadOnlyDictionary<string, string> NoLabels = new Dictionary<string, string>();

    private readonly List<T> _selectsAll = [];

    // Not KeyValuePair: its hash is that of the key alone, and every `app: …` would collide.
    private readonly Dictionary<(string Key, string Value), List<Entry>> _byPair = [];

    public SelectorIndex(IReadOnlyList<T> items, Func<T, WorkloadSelector?> selector)
    {
        var uses = items.SelectMany(item => Labels(selector(item))).CountBy(Key).ToDictionary();
        foreach (var item in items)
        {
            var labels = Labels(selector(item));
            if (labels.Count == 0)
            {
                _selectsAll.Add(item);
                continue;
            }

            var pair = labels.Select(Key).MinBy(label => uses[label]);
            if (!_byPair.TryGetValue(pair, out var entries))
            {
                _byPair.Add(pair, entries = []);
            }

            entries.Add(new(item, labels));
        }
    }

    /// <summary>What has no selector, or one without labels.</summary>
    public IReadOnlyList<T> SelectsAll => _selectsAll;

    /// <summary>What selects a workload by its labels, in no order.</summary>
    public IEnumerable<T> Selecting(IReadOnlyDictionary<string, string> labels) => labels
        .SelectMany(label => _byPair.GetValueOrDefault(Key(label)) ?? [])
        .Where(entry => entry.Labels.All(pair => labels.TryGetValue(pair.Key, out var value) && value == pair.Value))
        .Select(entry => entry.Item);

    private static (string Key, string Value) Key(KeyValuePair<string, string> label) => (label.Key, label.Value);

    private static IReadOnlyDictionary<string, string> Labels(WorkloadSelector? selector) => selector?.MatchLabels ?? NoLabels;

    private sealed record Entry(T Item, IReadOnlyDictionary<string, string> Labels);
}
