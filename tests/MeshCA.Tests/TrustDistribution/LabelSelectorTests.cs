using FsCheck;
using FsCheck.Fluent;
using MeshCA.TrustDistribution;
using Xunit;

namespace MeshCA.Tests.TrustDistribution;

public sealed class LabelSelectorTests
{
    // selector, labels as k=v;k=v, whether it selects
    public static TheoryData<string, string, bool> Selections() =>
    [
        new("mesh=on", "mesh=on", true) { Label = "equal" },
        new("mesh==on", "mesh=on", true) { Label = "equal, two signs" },
        new("mesh=on", "mesh=off", false) { Label = "another value" },
        new("mesh=on", "", false) { Label = "no label" },
        new("mesh=", "mesh=", true) { Label = "empty value" },
        new("mesh!=on", "mesh=off", true) { Label = "unequal" },
        new("mesh!=on", "mesh=on", false) { Label = "unequal, but equal" },
        new("mesh!=on", "", true) { Label = "unequal selects what has none" },
        new("env in (dev, test)", "env=test", true) { Label = "in" },
        new("env in (dev,test)", "env=prod", false) { Label = "not in" },
        new("env in (dev,test)", "", false) { Label = "in needs the label" },
        new("env notin (dev,test)", "env=prod", true) { Label = "notin" },
        new("env notin (dev,test)", "env=dev", false) { Label = "notin, but in" },
        new("env notin (dev)", "", true) { Label = "notin selects what has none" },
        new("istio.io/rev", "istio.io/rev=a", true) { Label = "there" },
        new("istio.io/rev", "", false) { Label = "not there" },
        new("!istio.io/rev", "", true) { Label = "missing" },
        new("!istio.io/rev", "istio.io/rev=a", false) { Label = "missing, but there" },
        new("a=1, b in (x,y) ,!c", "a=1;b=y", true) { Label = "all hold" },
        new("a=1,b in (x,y),!c", "a=1;b=y;c=", false) { Label = "one does not" },
    ];

    public static TheoryData<string> Broken() =>
        ["", ",", "a=1,", "=1", "a in", "a in (b", "a within (b)", "a b", "a=b=c", "a in ((b))", "!", new string('a', 5_000)];

    [Theory]
    [MemberData(nameof(Selections))]
    public void Selects_as_the_API_does(string text, string labels, bool selected)
    {
        Assert.True(LabelSelector.TryParse(text, out var selector));
        var present = labels.Split(';', StringSplitOptions.RemoveEmptyEntries).Select(pair => pair.Split('=')).ToDictionary(pair => pair[0], pair => pair[1]);
        Assert.Equal(selected, selector.Selects(present));
    }

    [Theory]
    [MemberData(nameof(Broken))]
    public void What_is_none_is_refused(string text) => Assert.False(LabelSelector.TryParse(text, out _));

    [Fact]
    public void Nothing_throws() => Prop.ForAll<string>(text => text is null || LabelSelector.TryParse(text, out _) || true).QuickCheckThrowOnFailure();
}
