using AuthzEngine.Admission;
using AuthzEngine.Policies;
using Xunit;
using static AuthzEngine.Tests.Admission.Documents;

namespace AuthzEngine.Tests.Admission;

public sealed class QuarantineTests
{
    private static readonly WorkloadSelector Web = Written.Labels("app", "web");

    // what is read, and the namespace and selector that are denied
    public static TheoryData<SourceDocument, string, WorkloadSelector?> Unseen() =>
    [
        new(Invalid("a", selector: Web), "shop", Web) { Label = "what its selector names" },
        new(Invalid("a"), "shop", null) { Label = "without selector its namespace" },
        new(Unreadable("a", selector: Web), "shop", Web) { Label = "a spec that cannot be read, a selector that can" },
        new(Unreadable("a"), "shop", null) { Label = "a selector that cannot be read" },
        new(Invalid("a", "root"), "root", null) { Label = "the whole mesh" },
        new(Invalid("a", selector: Written.Labels("app", "*")), "shop", null) { Label = "a selector that names nobody" },
        new(Invalid("a", "", Web), "root", Web) { Label = "a namespace that is missing" },
        new(Invalid("a", "Shop"), "root", null) { Label = "a namespace that cannot be" },
        new(Targeted(Web), "shop", null) { Label = "a selector beside a target" },
    ];

    [Fact]
    public void A_target_that_can_be_read_is_denied_and_nothing_else()
    {
        var document = Targeted(null);
        var quarantined = Assert.Single(First(Complete("s", document)).InForce.Quarantined);
        Assert.Equal(("shop", document.TargetReferences), (quarantined.Namespace, quarantined.TargetReferences));
    }

    // Where the namespace or the target itself is in error, nobody knows whom it names.
    [Theory]
    [InlineData("Shop", "web", "root")]
    [InlineData("shop", "", "shop")]
    public void A_target_that_cannot_be_told_is_denied_as_all_of_the_namespace(string place, string name, string denied)
    {
        var policy = (AuthorizationPolicy)Targeted(null).Resource!; // a document that was read
        policy = policy with { Id = policy.Id with { Namespace = place }, TargetRef = new("", "Service", name, "") };
        var quarantined = Assert.Single(First(Complete("s", Of(policy))).InForce.Quarantined);
        Assert.Equal(denied, quarantined.Namespace);
        Assert.Empty(quarantined.TargetReferences);
    }

    [Theory, MemberData(nameof(Unseen))]
    public void What_is_invalid_at_first_sight_denies_what_it_names(SourceDocument document, string place, WorkloadSelector? selector)
    {
        var admitted = First(Complete("s", document));
        Assert.Equal(AdmissionStatus.Quarantined, Assert.Single(admitted.Resources).Status);
        Assert.Empty(admitted.InForce.Resources);
        Assert.Equal(new QuarantinedResource(document.Id, place, selector), Assert.Single(admitted.InForce.Quarantined));
    }

    [Fact]
    public void It_ends_when_a_valid_version_comes()
    {
        var admitted = First(Complete("s", Invalid("a"))).Admit(Complete("s", Valid("a")));
        Assert.Equal(AdmissionStatus.Accepted, Assert.Single(admitted.Resources).Status);
        Assert.Empty(admitted.InForce.Quarantined);
    }

    [Fact]
    public void It_lasts_as_long_as_the_resource_is_invalid() => Assert.Single(
        First(Complete("s", Invalid("a"))).Admit(Complete("s", Unreadable("a"))).Admit(Failed("s")).InForce.Quarantined);

    [Fact]
    public void Where_invalid_resources_are_allowed_they_are_in_force_as_read()
    {
        var admitted = AdmittedResources.None.AdmitInvalid(Complete("s", Invalid("a"), Unreadable("b")));
        Assert.Equal(AdmissionStatus.AllowedInvalid, admitted.Find(Id("a"))!.Status);
        Assert.Equal(AdmissionStatus.Quarantined, admitted.Find(Id("b"))!.Status); // there is nothing to put into force
        Assert.Equal(["a"], admitted.Names());
        Assert.NotEmpty(admitted.Find(Id("a"))!.Findings);
    }

    [Fact]
    public void Also_where_invalid_resources_are_allowed_the_last_good_version_stays()
    {
        var good = Valid("a");
        var admitted = AdmittedResources.None.AdmitInvalid(Complete("s", good)).AdmitInvalid(Complete("s", Invalid("a")));
        Assert.Equal(AdmissionStatus.KeptLastGood, admitted.Resources[0].Status);
        Assert.Same(good.Resource, admitted.InForce.Resources[0]);
    }

    [Fact]
    public void A_version_that_was_merely_allowed_is_not_a_good_one()
    {
        var second = Invalid("a");
        var allowed = AdmittedResources.None.AdmitInvalid(Complete("s", Invalid("a"))).AdmitInvalid(Complete("s", second));
        Assert.Same(second.Resource, Assert.Single(allowed.InForce.Resources));
        Assert.Single(allowed.Admit(Complete("s", second)).InForce.Quarantined);
    }

    private static SourceDocument Targeted(WorkloadSelector? selector) => Of(Written.Allow() with
    {
        Action = PolicyAction.Deny,
        Selector = selector,
        TargetRef = new("", "Service", "web", ""),
    });
}
