using MeshCA.CertificateSigningRequests;
using MeshCA.Csr;
using MeshCA.Issuance;
using MeshCA.Tests.Csr;
using SpiffeIdentity;
using Xunit;

namespace MeshCA.Tests.CertificateSigningRequests;

public sealed class SigningPlannerTests
{
    private const string Signer = "meshca.io/workload";
    private const string Web = "spiffe://cluster.local/ns/shop/sa/web";
    private static readonly DateTimeOffset Now = new(2026, 11, 30, 9, 0, 0, TimeSpan.Zero);
    private static readonly string Pem = TestRequest.P256().ToPem();

    private static readonly SigningSettings Settings = new()
    {
        SignerNames = new HashSet<string> { Signer },
        Cluster = "Kubernetes",
        TrustDomain = TrustDomain.Parse("cluster.local"),
        Csr = new CsrPolicy(KeyPolicy.Default),
        TrustedRequesters = new HashSet<string> { "istio-system/istiod" },
    };

    [Fact]
    public void The_identity_comes_from_the_requester_and_nothing_of_the_csr()
    {
        var leaf = Signed(Request());
        Assert.Equal(Web, leaf.Caller.Id.ToString());
        Assert.Equal("uid-1", leaf.Caller.Evidence.TokenId);
        Assert.Equal("csr:" + Signer, leaf.Caller.Evidence.Authenticator);
        Assert.Equal("Kubernetes", leaf.Caller.Evidence.Cluster);
        Assert.Equal("web-0", leaf.Caller.Evidence.PodName);
        Assert.Equal(Now.AddMinutes(-1), leaf.Caller.Evidence.TokenTime);
        Assert.Equal("kubernetes:Kubernetes/certificatesigningrequests/csr-1", leaf.Peer);
    }

    [Fact]
    public void A_lifetime_asked_for_is_handed_on() =>
        Assert.Equal(TimeSpan.FromHours(2), Signed(Request() with { Lifetime = TimeSpan.FromHours(2) }).RequestedLifetime);

    [Fact]
    public void Without_a_lifetime_the_default_is_asked_for() => Assert.Equal(TimeSpan.Zero, Signed(Request()).RequestedLifetime);

    public static TheoryData<object> NotOurs() =>
    [
        new(Request() with { SignerName = "kubernetes.io/kubelet-serving" }) { Label = "another signer's" },
        new(Request() with { IsIssued = true }) { Label = "has its certificate" },
        new(Request() with { Conditions = [] }) { Label = "not approved" },
        new(Request() with { Conditions = [SigningRequest.Approved, SigningRequest.Denied] }) { Label = "denied" },
        new(Request() with { Conditions = [SigningRequest.Approved, SigningRequest.Failed] }) { Label = "failed before" },
    ];

    [Theory, MemberData(nameof(NotOurs))]
    public void Only_approved_requests_that_are_open_are_signed(object request) =>
        Assert.IsType<SigningPlan.Leave>(SigningPlanner.Plan((SigningRequest)request, Settings, Now));

    public static TheoryData<object, string> Refused() =>
    [
        new(Request() with { Username = "anna" }, nameof(SigningRefusal.RequesterNotServiceAccount)) { Label = "a person" },
        new(Request() with { Username = "system:node:n1" }, nameof(SigningRefusal.RequesterNotServiceAccount)) { Label = "a kubelet" },
        new(Request() with { Groups = ["system:authenticated"] }, nameof(SigningRefusal.RequesterNotServiceAccount)) { Label = "an account's name without its groups" },
        new(Request() with { Groups = ["system:serviceaccounts:shop"] }, nameof(SigningRefusal.RequesterNotServiceAccount)) { Label = "the group of its namespace alone" },
        new(Request() with { Groups = ["system:serviceaccounts", "system:serviceaccounts:other"] }, nameof(SigningRefusal.RequesterNotServiceAccount)) { Label = "groups of another namespace" },
        new(Request() with { Username = "system:serviceaccount:shop:web:x" }, nameof(SigningRefusal.RequesterNotServiceAccount)) { Label = "five parts" },
        new(Request() with { Username = "system:serviceaccount:shop" }, nameof(SigningRefusal.RequesterNotServiceAccount)) { Label = "three parts" },
        new(Request() with { Username = "system:serviceaccount::web" }, nameof(SigningRefusal.RequesterNotServiceAccount)) { Label = "no namespace" },
        new(Request() with { Usages = ["client auth", "cert sign"] }, nameof(SigningRefusal.UsageNotAllowed)) { Label = "an authority" },
        new(Request() with { Usages = ["client auth", "code signing"] }, nameof(SigningRefusal.UsageNotAllowed)) { Label = "code signing" },
        new(Request() with { Usages = ["digital signature"] }, nameof(SigningRefusal.UsageMissing)) { Label = "neither client nor server" },
        new(Request() with { Pem = "nothing" }, nameof(SigningRefusal.BadRequest)) { Label = "no CSR" },
        new(Request((6, "spiffe://cluster.local/ns/shop/sa/db")), nameof(SigningRefusal.OtherIdentity)) { Label = "another account's identity" },
        new(Request((6, "spiffe://elsewhere/ns/shop/sa/web")), nameof(SigningRefusal.OtherIdentity)) { Label = "another trust domain" },
        new(Request((6, Web), (6, Web)), nameof(SigningRefusal.OtherIdentity)) { Label = "two URIs" },
        new(Request((6, Web), (7, "abcd")), nameof(SigningRefusal.NamesNotAllowed)) { Label = "an address" },
    ];

    [Theory, MemberData(nameof(Refused))]
    public void What_is_not_in_order_fails(object request, string refusal) =>
        Assert.Equal(refusal, Assert.IsType<SigningPlan.Fail>(SigningPlanner.Plan((SigningRequest)request, Settings, Now)).Refusal.ToString());

    [Fact]
    public void A_csr_may_name_the_requesters_own_identity() => Assert.Equal(Web, Signed(Request((6, Web))).Caller.Id.ToString());

    [Fact]
    public void A_trusted_requester_asks_for_others()
    {
        // istio-ca §4.4: istiod as registration authority
        var leaf = Signed(Trusted((6, Web)));
        Assert.Equal(Web, leaf.Caller.Id.ToString());
        Assert.Equal("spiffe://cluster.local/ns/istio-system/sa/istiod", leaf.Caller.Evidence.RequestedBy?.ToString());
    }

    [Theory]
    [InlineData("shop", true)]
    [InlineData("other", false)]
    public void A_cluster_that_is_limited_to_namespaces_speaks_for_no_other(string allowed, bool isSigned)
    {
        var settings = Settings with { Namespaces = new HashSet<string> { allowed, "istio-system" } };
        foreach (var request in new[] { Request(), Trusted((6, Web)) })
        {
            var plan = SigningPlanner.Plan(request, settings, Now);
            Assert.Equal(isSigned, plan is SigningPlan.Sign);
            Assert.Equal(!isSigned, plan is SigningPlan.Fail { Refusal: SigningRefusal.NamespaceNotAllowed });
        }
    }

    // ADR 0010
    [Fact]
    public void A_cluster_with_its_own_trust_domain_signs_for_that_one_alone()
    {
        const string west = "spiffe://west.example/ns/shop/sa/web";
        var settings = Settings with { TrustDomain = TrustDomain.Parse("west.example") };
        foreach (var request in new[] { Request(), Request((6, west)), Trusted((6, west)) })
        {
            Assert.Equal(west, Assert.IsType<SigningPlan.Sign>(SigningPlanner.Plan(request, settings, Now)).Leaf.Caller.Id.ToString());
        }

        Assert.Equal(
            [SigningRefusal.OtherIdentity, SigningRefusal.ForeignIdentity],
            new[] { Request((6, Web)), Trusted((6, Web)) }.Select(request => Assert.IsType<SigningPlan.Fail>(SigningPlanner.Plan(request, settings, Now)).Refusal));
    }

    public static TheoryData<object, string> RefusedToTrusted() =>
    [
        new(Trusted(), nameof(SigningRefusal.IdentityMissing)) { Label = "no SAN, istio-ca §3.5" },
        new(Trusted((6, Web), (6, "spiffe://cluster.local/ns/a/sa/b")), nameof(SigningRefusal.IdentityMissing)) { Label = "two" },
        new(Trusted((6, "spiffe://elsewhere/ns/shop/sa/web")), nameof(SigningRefusal.ForeignIdentity)) { Label = "another trust domain" },
        new(Trusted((6, "spiffe://cluster.local/ns/shop/sa/web,x")), nameof(SigningRefusal.ForeignIdentity)) { Label = "a comma" },
        new(Trusted((6, "spiffe://cluster.local/admin")), nameof(SigningRefusal.ForeignIdentity)) { Label = "no service account" },
        new(Trusted((6, "spiffe://CLUSTER.local/ns/shop/sa/web")), nameof(SigningRefusal.ForeignIdentity)) { Label = "capitals" },
        new(Trusted((6, Web), (1, "a@b")), nameof(SigningRefusal.NamesNotAllowed)) { Label = "mail" },
    ];

    [Theory, MemberData(nameof(RefusedToTrusted))]
    public void A_trusted_requester_gets_service_accounts_of_the_trust_domain_only(object request, string refusal) =>
        Assert.Equal(refusal, Assert.IsType<SigningPlan.Fail>(SigningPlanner.Plan((SigningRequest)request, Settings, Now)).Refusal.ToString());

    [Fact]
    public void A_clock_that_runs_behind_the_api_servers_dates_no_evidence_ahead() =>
        Assert.Equal(Now, Signed(Request() with { CreatedAt = Now.AddMinutes(3) }).Caller.Evidence.TokenTime);

    [Fact]
    public void Own_identities_are_approved_where_that_is_set()
    {
        var request = Request((6, Web)) with { Conditions = [] };
        Assert.IsType<SigningPlan.Approve>(SigningPlanner.Plan(request, Settings with { ApprovesOwnIdentity = true }, Now));
    }

    public static TheoryData<object> NotApproved() =>
    [
        new(Request()) { Label = "names no identity" },
        new(Request((6, Web), (2, "web.shop"))) { Label = "a DNS name beside it" },
        new(Request((6, "spiffe://cluster.local/ns/shop/sa/db"))) { Label = "another's identity" },
        new(Trusted((6, Web))) { Label = "a trusted requester for another" },
        new(Request((6, Web)) with { Usages = ["cert sign"] }) { Label = "a usage that is not allowed" },
        new(Request((6, Web)) with { Conditions = [SigningRequest.Denied] }) { Label = "denied" },
    ];

    [Theory, MemberData(nameof(NotApproved))]
    public void Everything_else_waits_for_a_person(object written)
    {
        var request = (SigningRequest)written;
        Assert.IsType<SigningPlan.Leave>(SigningPlanner.Plan(
            request with { Conditions = [.. request.Conditions.Where(condition => condition != SigningRequest.Approved)] },
            Settings with { ApprovesOwnIdentity = true },
            Now));
    }

    internal static SigningRequest Request(params (int Tag, string Name)[] names) => new()
    {
        Name = "csr-1",
        Uid = "uid-1",
        SignerName = Signer,
        Username = "system:serviceaccount:shop:web",
        Groups = ["system:serviceaccounts", "system:serviceaccounts:shop", "system:authenticated"],
        PodName = "web-0",
        PodUid = "pod-1",
        Usages = ["digital signature", "key encipherment", "client auth", "server auth"],
        Pem = names.Length == 0 ? Pem : (TestRequest.P256() with { Attributes = RequestedUrisTests.Attributes(names) }).ToPem(),
        CreatedAt = Now.AddMinutes(-1),
        Conditions = [SigningRequest.Approved],
    };

    private static SigningRequest Trusted(params (int Tag, string Name)[] names) => Request(names) with
    {
        Username = "system:serviceaccount:istio-system:istiod",
        Groups = ["system:serviceaccounts", "system:serviceaccounts:istio-system"],
    };

    private static SvidRequest Signed(SigningRequest request) =>
        Assert.IsType<SigningPlan.Sign>(SigningPlanner.Plan(request, Settings, Now)).Leaf;
}
