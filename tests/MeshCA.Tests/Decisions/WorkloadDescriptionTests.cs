using AuthzEngine.Policies;
using MeshCA.Decisions;
using Xunit;

namespace MeshCA.Tests.Decisions;

public sealed class WorkloadDescriptionTests
{
    public static TheoryData<string, bool> Descriptions() =>
    [
        new("", true) { Label = "none" },
        new("other=x", true) { Label = "for somebody else" },
        new("meshca.workload.principal=spiffe://td/x", true) { Label = "by principal" },
        new("meshca.workload.principal=", false) { Label = "by an empty principal" },
        new("meshca.workload.principal=spiffe://td/x;meshca.workload.namespace=shop", false) { Label = "twice" },
        new("meshca.workload.namespace=shop", true) { Label = "by namespace" },
        new("meshca.workload.namespace=", false) { Label = "by an empty namespace" },
        new("meshca.workload.labels=app=cart", false) { Label = "labels without namespace" },
        new("meshca.workload.namespace=shop;meshca.workload.label=app=cart", false) { Label = "a misspelt key" },
        new("meshca.workload.namespace=shop;meshca.workload.labels=app=cart,version=", true) { Label = "labels" },
        new("meshca.workload.namespace=shop;meshca.workload.labels=app", false) { Label = "a label without value" },
        new("meshca.workload.namespace=shop;meshca.workload.labels==cart", false) { Label = "a label without key" },
        new("meshca.workload.namespace=shop;meshca.workload.labels=a=1,a=2", false) { Label = "a label twice" },
        new("meshca.workload.namespace=shop;meshca.workload.proxy=waypoint;meshca.workload.service=shop/cart", true) { Label = "a waypoint" },
        new("meshca.workload.namespace=shop;meshca.workload.proxy=Waypoint", false) { Label = "no kind of proxy" },
        new("meshca.workload.namespace=shop;meshca.workload.service=cart", false) { Label = "a service without namespace" },
        new("meshca.workload.namespace=shop;meshca.workload.service=shop/", false) { Label = "a service without name" },
        new("meshca.workload.namespace=shop;meshca.workload.service=a/b/c", false) { Label = "a service of three parts" },
    ];

    [Theory, MemberData(nameof(Descriptions))]
    public void A_description_is_whole_or_refused(string pairs, bool expected) =>
        Assert.Equal(expected, WorkloadDescription.TryRead(Pairs(pairs), out _));

    [Fact]
    public void Every_part_of_it_is_read()
    {
        var pairs = Pairs("meshca.workload.namespace=shop;meshca.workload.labels=app=cart, version=v1;"
            + "meshca.workload.proxy=waypoint;meshca.workload.service=shop/front");
        Assert.True(WorkloadDescription.TryRead(pairs, out var description));
        var workload = description!.Workload!;
        Assert.Equal(("shop", ProxyKind.Waypoint, new AddressedService("shop", "front")), (workload.Namespace, workload.Proxy, workload.Service));
        Assert.Equal([new("app", "cart"), new("version", "v1")], workload.Labels);
        Assert.True(description.HasLabels);
    }

    [Fact]
    public void Different_descriptions_have_different_keys()
    {
        string[] texts =
        [
            "meshca.workload.namespace=shop", "meshca.workload.namespace=shop;meshca.workload.labels=",
            "meshca.workload.namespace=shop;meshca.workload.labels=app=cart", "meshca.workload.namespace=shop2",
        ];
        var keys = texts.Select(text => WorkloadDescription.TryRead(Pairs(text), out var description) ? description!.Key : "");
        Assert.Equal(texts.Length, keys.Distinct().Count());
    }

    [Fact]
    public void A_description_that_is_too_long_is_refused() => Assert.False(WorkloadDescription.TryRead(
        Pairs("meshca.workload.namespace=shop;meshca.workload.labels=a=" + new string('x', 20_000)), out _));

    private static Dictionary<string, string> Pairs(string text) =>
        text.Split(';', StringSplitOptions.RemoveEmptyEntries).ToDictionary(
            pair => pair[..pair.IndexOf('=', StringComparison.Ordinal)], pair => pair[(pair.IndexOf('=', StringComparison.Ordinal) + 1)..]);
}
