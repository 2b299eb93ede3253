using AuthzEngine.Admission;
using Xunit;
using static AuthzEngine.Tests.Admission.Documents;

namespace AuthzEngine.Tests.Admission;

public sealed class UnidentifiedDocumentsTests
{
    [Fact]
    public void At_first_sight_it_denies_its_namespace_and_without_namespace_everything()
    {
        var web = Written.Labels("app", "web");
        var admitted = First(Complete("s", Nameless("shop"), Nameless("shop", web), Nameless(null, web), Nameless()));
        Assert.Equal(
            [new(null, "shop", null), new(null, "shop", web), new(null, "root", web), new QuarantinedResource(null, "root", null)],
            admitted.InForce.Quarantined);
    }

    [Fact]
    public void It_may_be_a_resource_that_its_source_lost_so_that_stays()
    {
        var good = Valid("a");
        var admitted = First(Complete("s", good, Valid("b")))
            .Admit(Complete("s", Nameless(), Valid("b")))
            .Admit(Complete("s", Nameless(), Valid("b")));
        Assert.Equal(["a", "b"], admitted.Names());
        Assert.Same(good.Resource, admitted.InForce.Resources[0]);
        Assert.Equal(AdmissionStatus.KeptLastGood, admitted.Find(Id("a"))!.Status);
        Assert.Equal(AdmissionCodes.ResourceMissing, Assert.Single(admitted.Find(Id("a"))!.Findings).Code);
        Assert.Empty(admitted.InForce.Quarantined);

        var document = admitted.Resources[^1];
        Assert.Equal((null, AdmissionStatus.Unidentified), (document.Id, document.Status));
        Assert.Contains(document.Findings, finding => finding.Code == AdmissionCodes.DocumentUnidentified);
    }

    [Fact]
    public void More_of_them_than_resources_are_missing_are_quarantined()
    {
        var admitted = First(Complete("s", Valid("a"))).Admit(Complete("s", Nameless("shop"), Nameless("shop")));
        Assert.Equal(["a"], admitted.Names());
        Assert.Equal(2, admitted.InForce.Quarantined.Count);
    }

    [Fact]
    public void What_other_sources_lost_is_gone()
    {
        var admitted = First(Complete("s", Valid("a")), Complete("t", Valid("b"))).Admit(Complete("s"), Complete("t", Nameless()));
        Assert.Equal(["b"], admitted.Names());
    }

    [Fact]
    public void When_all_documents_are_identified_the_missing_are_gone()
    {
        var admitted = First(Complete("s", Valid("a"))).Admit(Complete("s", Nameless())).Admit(Complete("s"));
        Assert.Empty(admitted.Resources);
    }

    [Fact]
    public void What_was_quarantined_stays_so()
    {
        var admitted = First(Complete("s", Invalid("a"))).Admit(Complete("s", Nameless("shop")));
        Assert.Equal(Id("a"), Assert.Single(admitted.InForce.Quarantined).Id);
        Assert.Equal([AdmissionStatus.Quarantined, AdmissionStatus.Unidentified], admitted.Resources.Select(resource => resource.Status));
    }

    [Fact]
    public void The_unidentified_come_last_in_the_order_of_their_sources()
    {
        var admitted = First(Complete("t", Nameless("b"), Nameless("a")), Complete("s", Nameless("c"), Valid("z")));
        Assert.Equal(["b", "a", "c"], admitted.InForce.Quarantined.Select(quarantined => quarantined.Namespace));
        Assert.Equal(Id("z"), admitted.Resources[0].Id);
    }
}
