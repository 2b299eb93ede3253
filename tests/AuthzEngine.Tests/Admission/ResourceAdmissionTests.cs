using AuthzEngine.Admission;
using AuthzEngine.Diagnostics;
using Xunit;
using static AuthzEngine.Tests.Admission.Documents;

namespace AuthzEngine.Tests.Admission;

public sealed class ResourceAdmissionTests
{
    [Fact]
    public void Valid_resources_are_in_force_by_kind_namespace_and_name()
    {
        var peers = Of(Written.Peers());
        var admitted = First(Complete("z", peers, Valid("b"), Valid("a")), Complete("y", Valid("c", "apps")));
        Assert.Equal(["c", "a", "b", "p"], admitted.Names());
        Assert.All(admitted.Resources, resource => Assert.Equal(AdmissionStatus.Accepted, resource.Status));
        Assert.Empty(admitted.InForce.Quarantined);
        Assert.Equal("y", Assert.Single(admitted.Find(Id("c", "apps"))!.Sources));
    }

    [Fact]
    public void Warnings_do_not_reject()
    {
        var admitted = First(Complete("s", Of(Written.Allow() with { Selector = Written.Labels() })));
        var resource = Assert.Single(admitted.Resources);
        Assert.Equal(AdmissionStatus.AcceptedWithWarnings, resource.Status);
        Assert.NotNull(resource.InForce);
        Assert.Equal("selector-empty", Assert.Single(resource.Findings).Code);
    }

    public static TheoryData<SourceDocument> BadVersions() =>
    [
        new(Invalid("a")) { Label = "invalid" },
        new(Unreadable("a")) { Label = "unreadable" },
        new(Valid("a") with { Findings = [new(Severity.Error, "x", null, "spec.rulez", "unknown")] }) { Label = "an error of the reader" },
    ];

    [Theory, MemberData(nameof(BadVersions))]
    public void The_last_good_version_stays_when_a_new_one_is_invalid(SourceDocument bad)
    {
        var good = Valid("a");
        var admitted = First(Complete("s", good)).Admit(Complete("s", bad)).Admit(Complete("s", bad));
        var resource = Assert.Single(admitted.Resources);
        Assert.Equal(AdmissionStatus.KeptLastGood, resource.Status);
        Assert.Equal(1, resource.InForce!.Revision);
        Assert.Same(good.Resource, Assert.Single(admitted.InForce.Resources));
        Assert.NotEmpty(resource.Findings);
        Assert.Empty(admitted.InForce.Quarantined);
    }

    [Fact]
    public void A_corrected_version_replaces_the_last_good_one()
    {
        var corrected = Valid("a");
        var admitted = First(Complete("s", Valid("a"))).Admit(Complete("s", Invalid("a"))).Admit(Complete("s", corrected));
        Assert.Same(corrected.Resource, Assert.Single(admitted.InForce.Resources));
        Assert.Equal((AdmissionStatus.Accepted, 3), (admitted.Resources[0].Status, admitted.Resources[0].InForce!.Revision));
    }

    [Fact]
    public void An_unchanged_document_keeps_its_revision_and_is_not_judged_again()
    {
        var document = Valid("a");
        var first = First(Complete("s", document));
        var second = first.Admit(Complete("s", document, Valid("b")));
        Assert.Same(first.Find(Id("a")), second.Find(Id("a")));
        Assert.Equal(1, second.Find(Id("a"))!.InForce!.Revision);
    }

    [Fact]
    public void A_resource_that_moves_to_another_source_is_of_that_source()
    {
        var document = Valid("a");
        var admitted = First(Complete("s", document), Complete("t")).Admit(Complete("s"), Complete("t", document));
        Assert.Equal(["t"], admitted.Find(Id("a"))!.Sources);
    }

    [Fact]
    public void A_resource_that_is_gone_from_a_source_that_was_read_is_removed()
    {
        var admitted = First(Complete("s", Valid("a"), Invalid("b"))).Admit(Complete("s"));
        Assert.Empty(admitted.Resources);
        Assert.Empty(admitted.InForce.Quarantined);
    }

    [Fact]
    public void A_rejected_resource_that_is_gone_is_removed_with_its_last_good_version() =>
        Assert.Empty(First(Complete("s", Valid("a"))).Admit(Complete("s", Invalid("a"))).Admit(Complete("s")).Resources);

    [Fact]
    public void A_source_that_is_not_among_the_readings_is_gone() =>
        Assert.Equal(["b"], First(Complete("s", Valid("a")), Complete("t", Valid("b"))).Admit(Complete("t", Valid("b"))).Names());

    [Fact]
    public void A_source_that_cannot_be_read_keeps_what_it_held()
    {
        var admitted = First(Complete("s", Valid("a")), Complete("t", Valid("b")))
            .Admit(Failed("s"), Complete("t"))
            .Admit(Failed("s"), Complete("t", Valid("c")));
        Assert.Equal(["a", "c"], admitted.Names());
        var source = admitted.Sources[0];
        Assert.Equal(("s", true, 1L), (source.Name, source.IsFailed, source.Revision));
        Assert.Equal("unreadable", Assert.Single(source.Findings).Code);
        Assert.Equal(("t", false, 3L), (admitted.Sources[1].Name, admitted.Sources[1].IsFailed, admitted.Sources[1].Revision));
    }

    [Fact]
    public void Nothing_is_complete_until_every_source_was_read_once()
    {
        var first = First(Complete("s", Valid("a")), Failed("t"));
        Assert.False(AdmittedResources.None.IsComplete);
        Assert.False(first.IsComplete);
        Assert.Null(first.Sources[1].Revision);

        var second = first.Admit(Failed("s"), Complete("t"));
        Assert.True(second.IsComplete);

        // A source that is new and unreadable later must not take down what runs.
        Assert.True(second.Admit(Complete("s"), Complete("t"), Failed("u")).IsComplete);
    }

    [Fact]
    public void The_findings_say_where_they_stand()
    {
        var document = Invalid("a") with { Locate = field => new("f.yaml", field == "spec.rules" ? 7 : 1, 1) };
        var finding = Assert.Single(First(Complete("s", document)).Resources[0].Findings);
        Assert.Equal("f.yaml:7:1", finding.Location!.ToString());
    }

    [Fact]
    public void A_source_is_read_once_in_a_reading() =>
        Assert.Throws<ArgumentException>(() => First(Complete("s"), Complete("s")));

    [Fact]
    public void What_an_earlier_run_left_stands_in_for_what_is_invalid_now()
    {
        var resource = Valid("a").Resource!;
        var restored = AdmittedResources.Restore(41, [new(resource, 7, "s")]);
        var admitted = restored.Admit(Complete("s", Invalid("a")));
        Assert.True(restored.IsComplete);
        Assert.Same(resource, Assert.Single(restored.InForce.Resources));
        Assert.Equal((AdmissionStatus.KeptLastGood, 7L), (admitted.Resources[0].Status, admitted.Resources[0].InForce!.Revision));
        Assert.Equal(["a"], restored.Admit(Failed("s")).Names());
        Assert.Empty(restored.Admit(Complete("s")).Names());
        Assert.Equal(42, admitted.Revision);
    }

    [Fact]
    public void Ten_thousand_resources_with_one_changed_are_judged_as_one()
    {
        SourceDocument[] documents = [.. Enumerable.Range(0, 10_000).Select(number => Valid($"p{number}"))];
        var first = First(Complete("s", documents));
        documents[5_000] = Invalid("p5000");
        var second = first.Admit(Complete("s", documents));
        Assert.Equal(9_999, second.Resources.Count(resource => ReferenceEquals(resource, first.Find(resource.Id!))));
        Assert.Equal(10_000, second.InForce.Resources.Count);
    }
}
