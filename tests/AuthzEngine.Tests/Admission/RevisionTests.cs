using AuthzEngine.Admission;
using AuthzEngine.Diagnostics;
using Xunit;
using static AuthzEngine.Tests.Admission.Documents;

namespace AuthzEngine.Tests.Admission;

/// <summary>authorization-policy §1.5: resources with the label <c>istio.io/rev</c> are for control planes of that revision.</summary>
public sealed class RevisionTests
{
    private const string Canary = "canary";

    [Fact]
    public void A_resource_of_another_revision_is_ignored_and_says_why()
    {
        var admitted = First(Complete("s", Valid("a"), Valid("b") with { Revision = Canary }, Valid("c") with { Revision = "default" }));
        Assert.Equal(["a", "c"], admitted.Names());
        var ignored = admitted.Find(Id("b"))!;
        Assert.Equal(AdmissionStatus.OtherRevision, ignored.Status);
        var finding = Assert.Single(ignored.Findings);
        Assert.Equal((Severity.Info, AdmissionCodes.OtherRevision), (finding.Severity, finding.Code));
        Assert.Equal("`istio.io/rev` is `canary`, and `default` is read here: it is ignored", finding.Message);
    }

    [Theory]
    [InlineData(Canary)]
    [InlineData("")]
    public void Which_is_read_is_set(string revision)
    {
        var settings = Settings with { Mesh = Settings.Mesh with { Revision = revision } };
        var admitted = ResourceAdmission.Admit(
            AdmittedResources.None, [Complete("s", Valid("b") with { Revision = Canary }, Valid("c") with { Revision = "default" })], 1, settings);
        Assert.Equal(revision.Length == 0 ? ["b", "c"] : ["b"], admitted.Names());
    }

    [Fact]
    public void An_invalid_one_of_another_revision_holds_nobody_shut()
    {
        var admitted = First(Complete("s", Invalid("a") with { Revision = Canary }, Unreadable("b") with { Revision = Canary }));
        Assert.Empty(admitted.InForce.Quarantined);
    }

    [Fact]
    public void It_is_no_duplicate_of_the_one_that_is_read()
    {
        var admitted = First(Complete("s", Valid("a"), Valid("a") with { Revision = Canary }));
        Assert.Equal(AdmissionStatus.Accepted, Assert.Single(admitted.Resources).Status);
    }

    [Fact]
    public void One_that_moves_to_another_revision_is_gone()
    {
        var admitted = First(Complete("s", Valid("a"))).Admit(Complete("s", Valid("a") with { Revision = Canary }, Nameless()));
        Assert.Empty(admitted.InForce.Resources);
        Assert.Equal(AdmissionStatus.OtherRevision, admitted.Find(Id("a"))!.Status);
    }

    [Fact]
    public void A_document_that_cannot_be_identified_may_be_for_any() => Assert.NotEmpty(
        First(Complete("s", Nameless() with { Revision = Canary })).InForce.Quarantined);
}
