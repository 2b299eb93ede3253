using FsCheck;
using FsCheck.Fluent;
using MeshCA.Authentication.Tokens;
using Xunit;

namespace MeshCA.Tests.Authentication.Tokens;

public sealed class ServiceAccountTests
{
    [Theory]
    [InlineData("system:serviceaccount:shop:cart", true)]
    [InlineData("system:serviceaccount:0:a.b-c.d", true)]
    [InlineData("", false), InlineData(":::", false), InlineData("system:serviceaccount", false)]
    [InlineData("system:serviceaccount:shop", false), InlineData("system:serviceaccount:shop:", false)]
    [InlineData("system:serviceaccount::cart", false), InlineData("system:serviceaccount:shop:cart:", false)]
    [InlineData("system:serviceaccount:shop:cart:x", false), InlineData(" system:serviceaccount:shop:cart", false)]
    [InlineData("System:serviceaccount:shop:cart", false), InlineData("system:serviceaccounts:shop:cart", false)]
    [InlineData("system:node:shop:cart", false), InlineData("system:serviceaccount:shop.x:cart", false)]
    [InlineData("system:serviceaccount:Shop:cart", false), InlineData("system:serviceaccount:shop:Cart", false)]
    [InlineData("system:serviceaccount:shop:..", false), InlineData("system:serviceaccount:shop:.", false)]
    [InlineData("system:serviceaccount:shop:a..b", false), InlineData("system:serviceaccount:-a:b", false)]
    [InlineData("system:serviceaccount:a-:b", false), InlineData("system:serviceaccount:a:b,c", false)]
    [InlineData("system:serviceaccount:a:b/c", false), InlineData("system:serviceaccount:a:b%2f", false)]
    [InlineData("system:serviceaccount:a:é", false), InlineData("system:serviceaccount:a:b\n", false)]
    public void A_subject_names_a_service_account_by_the_rule(string subject, bool expected) =>
        Assert.Equal(expected, ServiceAccount.TryParse(subject, out _));

    [Theory]
    [InlineData(63, 253, true), InlineData(64, 1, false), InlineData(1, 254, false)]
    public void Names_have_the_lengths_of_kubernetes(int ns, int name, bool expected) =>
        Assert.Equal(expected, ServiceAccount.TryParse($"system:serviceaccount:{new string('a', ns)}:{new string('b', name)}", out _));

    [Fact]
    public void What_is_accepted_prints_back_and_becomes_a_spiffe_id()
    {
        var names = Gen.Elements("a", "b-c", "9", "-", ".", "A", ":", "/", "").ListOf().Select(parts => string.Concat(parts));
        Prop.ForAll(names.ToArbitrary(), names.ToArbitrary(), (ns, name) =>
        {
            var subject = $"system:serviceaccount:{ns}:{name}";
            return !ServiceAccount.TryParse(subject, out var account)
                || (account.ToString() == subject
                    && account.TryGetId(TokenSetup.TrustDomain, out var id)
                    && id.ToString() == $"spiffe://cluster.local/ns/{ns}/sa/{name}");
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Any_text_gives_an_answer() =>
        Prop.ForAll<string?>(text => !ServiceAccount.TryParse(text, out _)).QuickCheckThrowOnFailure();
}
