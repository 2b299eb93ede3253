using System.Collections;
using System.Diagnostics.CodeAnalysis;
using AuthzEngine.Compilation;
using AuthzEngine.Policies;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace AuthzEngine.Tests.Compilation;

public sealed class AttachmentTests
{
    private const int Policies = 10_000;

    [Fact]
    public void A_look_up_among_ten_thousand_policies_reads_a_handful_of_selectors()
    {
        var selectors = Enumerable.Range(0, Policies)
            .Select(i => new CountingLabels(new() { ["env"] = "prod", ["app"] = $"app-{i}" })).ToArray();
        var attachment = Attachment.OfAuthorizationPolicies(
            selectors.Select((labels, i) => Policy($"p{i}", "shop", new WorkloadSelector(labels))), policy => policy, new MeshSettings());
        foreach (var labels in selectors)
        {
            labels.Reads = 0;
        }

        var found = attachment.For(new Workload
        {
            Namespace = "shop",
            Labels = new Dictionary<string, string> { ["env"] = "prod", ["app"] = "app-77", ["tier"] = "web" },
        });
        Assert.Equal("p77", Assert.Single(found).Id.Name);
        Assert.InRange(selectors.Sum(labels => labels.Reads), 1, 4);
    }

    [Fact]
    public void The_index_finds_what_a_scan_finds()
    {
        var pairs = Gen.Elements("a=1", "a=2", "b=1", "c=1").ListOf()
            .Select(list => list.Select(pair => pair.Split('=')).DistinctBy(pair => pair[0]).ToDictionary(pair => pair[0], pair => pair[1]));
        Prop.ForAll(pairs.ListOf().ToArbitrary(), pairs.ToArbitrary(), (selectors, labels) =>
        {
            var policies = selectors.Select((selector, i) => Policy($"p{i:D3}", "shop", new WorkloadSelector(selector))).ToList();
            var scanned = policies.Where(policy => policy.Selector!.MatchLabels.All(
                pair => labels.TryGetValue(pair.Key, out var value) && value == pair.Value));
            return Attachment.OfAuthorizationPolicies(policies, policy => policy, new MeshSettings())
                .For(new Workload { Namespace = "shop", Labels = labels }).SequenceEqual(scanned);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(500));
    }

    private static AuthorizationPolicy Policy(string name, string @namespace, WorkloadSelector selector) => new()
    {
        Id = new ResourceId(ResourceKind.AuthorizationPolicy, @namespace, name),
        Selector = selector,
    };

    /// <summary>Labels that count how often they are looked at.</summary>
    private sealed class CountingLabels(Dictionary<string, string> labels) : IReadOnlyDictionary<string, string>
    {
        public int Reads { get; set; }

        public int Count => Counted.Count;

        public IEnumerable<string> Keys => Counted.Keys;

        public IEnumerable<string> Values => Counted.Values;

        private Dictionary<string, string> Counted
        {
            get
            {
                Reads++;
                return labels;
            }
        }

        public string this[string key] => Counted[key];

        public bool ContainsKey(string key) => Counted.ContainsKey(key);

        public bool TryGetValue(string key, [MaybeNullWhen(false)] out string value) => Counted.TryGetValue(key, out value);

        public IEnumerator<KeyValuePair<string, string>> GetEnumerator() => Counted.GetEnumerator();

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }
}
