using FsCheck;
using FsCheck.Fluent;
using MeshCA.Clusters;
using Xunit;

namespace MeshCA.Tests.Clusters;

public sealed class ObjectNameTests
{
    public static TheoryData<string, bool> Names() =>
    [
        new("istio-system/cacerts", true),
        new("a/b.c-d", true),
        new(new string('a', 63) + "/" + new string('b', 253), true),
        new(new string('a', 64) + "/b", false),
        new("a/" + new string('b', 254), false),
        new("cacerts", false),
        new("/cacerts", false),
        new("istio-system/", false),
        new("a/b/c", false),
        new("a.b/c", false),
        new("A/b", false),
        new("-a/b", false),
        new("a/b-", false),
        new("a/../b", false),
        new("", false),
    ];

    [Theory]
    [MemberData(nameof(Names))]
    public void Names_are_namespace_and_name(string text, bool isOne)
    {
        Assert.Equal(isOne, ObjectName.TryParse(text, out var name));
        Assert.Equal(isOne ? text : null, name?.ToString());
    }

    [Fact]
    public void Nothing_throws() => Prop.ForAll<string>(text => text is null || ObjectName.TryParse(text, out _) || true).QuickCheckThrowOnFailure();
}
