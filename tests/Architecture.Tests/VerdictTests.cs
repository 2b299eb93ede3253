using Xunit;
using Xunit.Sdk;

namespace Architecture.Tests;

public sealed class VerdictTests
{
    [Fact]
    public void A_finding_fails_and_is_named() =>
        Assert.Contains("src/A.cs", Assert.ThrowsAny<XunitException>(() => Verdict.None(["src/A.cs: bad"])).Message, StringComparison.Ordinal);

    [Fact]
    public void An_excused_finding_passes() => Verdict.NoneBut(["src/A.cs"], ["src/A.cs: bad"]);

    [Fact]
    public void An_excuse_covers_only_its_own() =>
        Assert.ThrowsAny<XunitException>(() => Verdict.NoneBut(["src/A.cs"], ["src/A.cs: bad", "src/B.cs: bad"]));

    [Fact]
    public void An_excuse_that_nothing_needs_fails() => Assert.ThrowsAny<XunitException>(() => Verdict.NoneBut(["src/A.cs"], []));
}
