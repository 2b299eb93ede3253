using AuthzEngine.Admission;
using Xunit;
using static AuthzEngine.Tests.Admission.Documents;

namespace AuthzEngine.Tests.Admission;

public sealed class DuplicateTests
{
    public static TheoryData<SourceReading[], string[]> Readings() =>
    [
        new([Complete("s", Valid("a")), Complete("t", Valid("a"))], ["s", "t"]) { Label = "in two sources" },
        new([Complete("s", Valid("a"), Valid("a"))], ["s"]) { Label = "twice in one" },
        new([Complete("s", Valid("a")), Complete("t", Unreadable("a"))], ["s", "t"]) { Label = "one of them unreadable" },
    ];

    [Theory, MemberData(nameof(Readings))]
    public void The_same_resource_twice_at_first_sight_is_quarantined(SourceReading[] readings, string[] sources)
    {
        var admitted = First(readings);
        var resource = Assert.Single(admitted.Resources);
        Assert.Equal(AdmissionStatus.Quarantined, resource.Status);
        Assert.Equal(sources, resource.Sources);
        Assert.Equal(2, admitted.InForce.Quarantined.Count);
        Assert.Equal(2, resource.Findings.Count(finding => finding.Code == AdmissionCodes.ResourceDuplicate));
        Assert.Empty(admitted.InForce.Resources);
    }

    [Fact]
    public void The_last_good_version_stays_until_one_is_left()
    {
        var good = Valid("a");
        var other = Valid("a");
        var twice = First(Complete("s", good), Complete("t")).Admit(Complete("s", good), Complete("t", other));
        Assert.Same(good.Resource, Assert.Single(twice.InForce.Resources));
        Assert.Equal(AdmissionStatus.KeptLastGood, twice.Resources[0].Status);

        var resolved = twice.Admit(Complete("s"), Complete("t", other));
        Assert.Same(other.Resource, Assert.Single(resolved.InForce.Resources));
        Assert.Equal(AdmissionStatus.Accepted, resolved.Resources[0].Status);
    }

    [Fact]
    public void Each_of_them_denies_what_it_names()
    {
        var web = Written.Labels("app", "web");
        var admitted = First(Complete("s", Invalid("a", selector: web)), Complete("t", Invalid("a")));
        Assert.Equal([web, null], admitted.InForce.Quarantined.Select(quarantined => quarantined.Selector));
    }

    [Fact]
    public void Allowing_invalid_resources_does_not_choose_one() =>
        Assert.Empty(AdmittedResources.None.AdmitInvalid(Complete("s", Valid("a")), Complete("t", Valid("a"))).InForce.Resources);

    [Fact]
    public void A_source_that_cannot_be_read_still_holds_its_resources()
    {
        var admitted = First(Complete("s", Valid("a")), Complete("t")).Admit(Failed("s"), Complete("t", Valid("a")));
        Assert.Equal(AdmissionStatus.KeptLastGood, Assert.Single(admitted.Resources).Status);
    }

    [Fact]
    public void The_same_name_of_another_kind_or_namespace_is_another_resource() =>
        Assert.Equal(3, First(Complete("s", Valid("p"), Valid("p", "apps"), Of(Written.Peers()))).InForce.Resources.Count);
}
