using System.Collections.Frozen;
using KubernetesClient.Models;
using MeshCA.Authentication;
using MeshCA.Authentication.ClusterTokens;
using Xunit;

namespace MeshCA.Tests.Authentication.ClusterTokens;

/// <summary>Answers to a TokenReview, one change each (istio-ca §2.3, appendix B item 5).</summary>
public sealed class ReviewedUserTests
{
    private const string Extra = "authentication.kubernetes.io/";

    private static readonly FrozenSet<string> Audiences = ["istio-ca", "other"];

    private static readonly V1User User = new()
    {
        Username = "system:serviceaccount:shop:cart",
        Uid = "0a0a",
        Groups = ["system:authenticated", "system:serviceaccounts"],
        Extra = Extras(("pod-name", "cart-1"), ("pod-uid", "0b0b"), ("node-name", "n1"), ("credential-id", "JTI=abc")),
    };

    private static readonly V1TokenReviewStatus Good = new() { Authenticated = true, Audiences = ["istio-ca"], User = User };

    public static TheoryData<V1TokenReviewStatus?, string> Answers() =>
    [
        new(Good, "None") { Label = "good" },
        new(null, "ClusterUnreachable") { Label = "no status" },
        new(Good with { Error = "token expired" }, "ReviewRefused") { Label = "an error beside all that is good" },
        new(Good with { Error = "etcdserver: request timed out" }, "ClusterUnreachable") { Label = "an error that passes" },
        new(Good with { Authenticated = false }, "ReviewRefused") { Label = "not authenticated" },
        new(Good with { Authenticated = null }, "ReviewRefused") { Label = "authenticated left out" },
        new(Good with { Audiences = null }, "ReviewWithoutAudience") { Label = "audiences left out" },
        new(Good with { Audiences = [] }, "ReviewWithoutAudience") { Label = "no audience" },
        new(Good with { Audiences = ["https://kubernetes.default.svc"] }, "ReviewWithoutAudience") { Label = "another audience" },
        new(Good with { Audiences = ["x", "other"] }, "None") { Label = "one of several" },
        new(Good with { User = null }, "NotServiceAccount") { Label = "no user" },
        new(Of(User with { Groups = null }), "NotServiceAccount") { Label = "no groups" },
        new(Of(User with { Groups = ["system:serviceaccounts:shop"] }), "NotServiceAccount") { Label = "not the group" },
        new(Of(User with { Username = null }), "NotServiceAccount") { Label = "no name" },
        new(Of(User with { Username = "jane" }), "NotServiceAccount") { Label = "a person" },
        new(Of(User with { Username = "system:serviceaccount:shop" }), "NotServiceAccount") { Label = "three parts" },
        new(Of(User with { Username = "system:serviceaccount:shop:cart:x" }), "NotServiceAccount") { Label = "five parts" },
        new(Of(User with { Username = "admin:serviceaccount:shop:cart" }), "NotServiceAccount") { Label = "another first part" },
        new(Of(User with { Username = "system:node:shop:cart" }), "NotServiceAccount") { Label = "another second part" },
        new(Of(User with { Username = "system:serviceaccount::cart" }), "NotServiceAccount") { Label = "empty namespace" },
        new(Of(User with { Username = "system:serviceaccount:shop:" }), "NotServiceAccount") { Label = "empty account" },
        new(Of(User with { Username = "system:serviceaccount:shop:a/b" }), "NotServiceAccount") { Label = "a slash" },
        new(Of(User with { Extra = Extras(("pod-name", "a b")) }), "NotServiceAccount") { Label = "a pod's name that is none" },
        new(Of(User with { Extra = Extras(("pod-uid", "a\nb")) }), "NotServiceAccount") { Label = "a UID that is none" },
        new(Of(User with { Extra = null }), "None") { Label = "no extras" },
    ];

    [Theory, MemberData(nameof(Answers), DisableDiscoveryEnumeration = true)]
    public void An_answer_is_judged_by_the_rule(V1TokenReviewStatus? status, string expected)
    {
        _ = ReviewedUser.TryRead(status, Audiences, out var user, out var error);
        Assert.Equal(expected, error.ToString());
        Assert.Equal(error == AuthenticationError.None, user is not null);
    }

    [Fact]
    public void First_values_of_the_extras_count()
    {
        var extras = Extras(("pod-name", "cart-1"), ("pod-uid", "0b0b"), ("node-name", "n1"), ("credential-id", "JTI=abc"));
        extras[Extra + "pod-name"] = ["cart-1", "cart-2"];
        Assert.True(ReviewedUser.TryRead(Of(User with { Extra = extras }), Audiences, out var user, out _));
        Assert.Equal(("shop", "cart", "0a0a"), (user.Account.Namespace, user.Account.Name, user.AccountUid));
        Assert.Equal(("cart-1", "0b0b", "n1", "abc"), (user.PodName, user.PodUid, user.NodeName, user.TokenId));
    }

    [Fact]
    public void Servers_before_1_30_name_neither_node_nor_token()
    {
        Assert.True(ReviewedUser.TryRead(
            Of(User with { Extra = Extras(("pod-name", "cart-1"), ("pod-uid", "0b0b")) }), Audiences, out var user, out _));
        Assert.Equal(("cart-1", null, null), (user.PodName, user.NodeName, user.TokenId));
    }

    private static V1TokenReviewStatus Of(V1User user) => Good with { User = user };

    private static Dictionary<string, IReadOnlyList<string>> Extras(params (string Name, string Value)[] values) =>
        values.ToDictionary(value => Extra + value.Name, IReadOnlyList<string> (value) => [value.Value]);
}
