using MeshCA.Agent.SecretDiscovery;
using MeshCA.Wire.Envoy.Tls.V3;
using SpiffeIdentity.Bundles;
using Xunit;

namespace MeshCA.Tests.Agent.SecretDiscovery;

/// <summary>What the answers of a stream show, over <see cref="SecretStream"/> as proxies use it.</summary>
public sealed class RootsAnswersTests
{
    private static readonly X509BundleDigest Old = Digest(1);
    private static readonly X509BundleDigest New = Digest(2);

    private readonly SecretStream _stream = new("n");
    private readonly Catalog _catalog = new() { Roots = Old };

    [Fact]
    public void A_stream_that_asks_for_no_roots_shows_nothing()
    {
        var first = _stream.Receive(Ask("default"), _catalog);
        _stream.Receive(Answer(first, "default"), _catalog);

        Assert.Null(_stream.Roots);
    }

    [Fact]
    public void Roots_are_in_use_once_their_response_was_taken()
    {
        var first = _stream.Receive(Ask("ROOTCA"), _catalog);
        Assert.Equal((null, null), (_stream.Roots!.InUse, _stream.Roots.Refused));
        _stream.Receive(Answer(first, "ROOTCA"), _catalog);
        Assert.Equal(Old, _stream.Roots.InUse);

        _catalog.Roots = New;
        var second = _stream.Refresh(_catalog);
        Assert.Null(_stream.Roots.InUse); // which of both, nobody knows before the answer
        _stream.Receive(Answer(second, "ROOTCA"), _catalog);
        Assert.Equal(New, _stream.Roots.InUse);
    }

    [Fact]
    public void A_proxy_that_refuses_keeps_the_roots_before_and_its_reason_is_shown()
    {
        var first = _stream.Receive(Ask("ROOTCA"), _catalog);
        _stream.Receive(Answer(first, "ROOTCA"), _catalog);
        _catalog.Roots = New;
        var second = _stream.Refresh(_catalog);
        _stream.Receive(Answer(second, "ROOTCA") with { Error = "no such curve" }, _catalog);
        Assert.Equal((Old, New, "no such curve"), (_stream.Roots!.InUse, _stream.Roots.Refused, _stream.Roots.Reason));

        // It goes back to what the proxy has: nothing is in its way any more once that was taken.
        _catalog.Roots = Old;
        var third = _stream.Refresh(_catalog);
        Assert.Equal((Old, null, ""), (_stream.Roots.InUse, _stream.Roots.Refused, _stream.Roots.Reason));
        _stream.Receive(Answer(third, "ROOTCA"), _catalog);
        Assert.Equal(Old, _stream.Roots.InUse);
    }

    [Theory]
    [InlineData("")]
    [InlineData("n-99")]
    [InlineData("m-1")]
    [InlineData("n-1 ")]
    public void Nonces_that_are_none_of_the_streams_prove_nothing(string nonce)
    {
        _stream.Receive(Ask("ROOTCA"), _catalog);
        _stream.Receive(Ask("ROOTCA") with { Nonce = nonce }, _catalog);
        Assert.Null(_stream.Roots!.InUse);
        _stream.Receive(Ask("ROOTCA") with { Nonce = nonce, Error = "no" }, _catalog);

        Assert.Null(_stream.Roots.Refused);
    }

    [Fact]
    public void An_answer_to_what_was_replaced_meanwhile_proves_nothing()
    {
        var first = _stream.Receive(Ask("ROOTCA"), _catalog);
        _catalog.Roots = New;
        _stream.GiveUpWaiting(_catalog);
        _stream.Receive(Answer(first, "ROOTCA"), _catalog);

        Assert.Null(_stream.Roots!.InUse);
    }

    [Fact]
    public void Roots_that_went_and_came_back_without_an_answer_between_are_not_known_to_be_in_use()
    {
        var first = _stream.Receive(Ask("ROOTCA"), _catalog);
        _stream.Receive(Answer(first, "ROOTCA"), _catalog);
        _catalog.Roots = New;
        _stream.Refresh(_catalog);
        _catalog.Roots = Old;
        var third = _stream.GiveUpWaiting(_catalog);
        Assert.Null(_stream.Roots!.InUse);
        _stream.Receive(Answer(third, "ROOTCA") with { Error = "no" }, _catalog);
        Assert.Equal((null, Old), (_stream.Roots.InUse, _stream.Roots.Refused));
    }

    [Fact]
    public void Each_of_several_secrets_must_have_been_taken()
    {
        var first = _stream.Receive(Ask("default", "ROOTCA", "ALL"), _catalog);
        _stream.Receive(Ask("default", "ROOTCA", "ALL") with { Nonce = first.Deliveries[1].Nonce }, _catalog);
        Assert.Null(_stream.Roots!.InUse);

        _stream.Receive(Answer(first, "default", "ROOTCA", "ALL"), _catalog);
        Assert.Equal(Old, _stream.Roots.InUse);
    }

    [Fact]
    public void The_answer_to_the_newest_stands_for_those_before_it_which_proxies_may_leave_out()
    {
        var first = _stream.Receive(Ask("ROOTCA", "ALL"), _catalog);
        _stream.Receive(Answer(first, "ROOTCA", "ALL"), _catalog);
        Assert.Equal(Old, _stream.Roots!.InUse);
    }

    [Fact]
    public void What_was_taken_is_not_refused_any_more_and_the_same_answer_again_is_no_news()
    {
        var first = _stream.Receive(Ask("ROOTCA"), _catalog);
        _stream.Receive(Answer(first, "ROOTCA"), _catalog);
        var taken = _stream.Roots;
        _stream.Receive(Answer(first, "ROOTCA"), _catalog);
        Assert.Same(taken, _stream.Roots);

        _stream.Receive(Answer(first, "ROOTCA") with { Error = "late" }, _catalog);
        Assert.Equal((Old, null), (_stream.Roots!.InUse, _stream.Roots.Refused));
    }

    [Fact]
    public void A_refusal_of_one_is_not_healed_by_the_answer_to_the_next()
    {
        var first = _stream.Receive(Ask("ROOTCA", "ALL"), _catalog);
        _stream.Receive(Ask("ROOTCA", "ALL") with { Nonce = first.Deliveries[0].Nonce, Error = "no" }, _catalog);
        _stream.Receive(Answer(first, "ROOTCA", "ALL"), _catalog);

        Assert.Equal((null, Old), (_stream.Roots!.InUse, _stream.Roots.Refused));
    }

    [Fact]
    public void A_secret_that_is_wanted_no_more_is_waited_for_no_more()
    {
        var first = _stream.Receive(Ask("default", "ROOTCA"), _catalog);
        Assert.NotNull(_stream.Roots);
        _stream.Receive(Answer(first, "default"), _catalog);

        Assert.Null(_stream.Roots);
    }

    [Fact]
    public void A_secret_that_holds_the_roots_no_longer_is_waited_for_no_more()
    {
        var first = _stream.Receive(Ask("shared"), _catalog);
        _stream.Receive(Answer(first, "shared"), _catalog);
        Assert.NotNull(_stream.Roots);
        _catalog.IsShared = false;
        _stream.Refresh(_catalog);

        Assert.Null(_stream.Roots);
    }

    [Fact]
    public void Roots_that_come_to_be_while_an_answer_is_out_are_waited_for_though_they_are_not_sent_yet()
    {
        _catalog.Roots = null;
        _stream.Receive(Ask("default", "ROOTCA"), _catalog);
        Assert.Null(_stream.Roots);
        _catalog.Roots = New;
        Assert.Empty(_stream.Refresh(_catalog).Deliveries);

        Assert.NotNull(_stream.Roots);
    }

    [Fact]
    public void What_changes_beside_the_roots_leaves_them_in_use()
    {
        var first = _stream.Receive(Ask("ALL"), _catalog);
        _stream.Receive(Answer(first, "ALL"), _catalog);
        _catalog.Rest++;
        var second = _stream.Refresh(_catalog);
        Assert.Single(second.Deliveries);
        Assert.Equal(Old, _stream.Roots!.InUse);
        _stream.Receive(Answer(second, "ALL") with { Error = "a federated root" }, _catalog);

        Assert.Equal(Old, _stream.Roots.InUse);
    }

    private static X509BundleDigest Digest(byte number)
    {
        var bytes = new byte[X509BundleDigest.Length];
        bytes[0] = number;
        return X509BundleDigest.TryRead(bytes, out var digest) ? digest : throw new InvalidOperationException();
    }

    private static SecretRequest Ask(params string[] names) => new() { Names = [.. names], TypeUrl = SecretResource.TypeUrl };

    private static SecretRequest Answer(SecretReaction reaction, params string[] names) =>
        Ask(names) with { Nonce = reaction.Deliveries[^1].Nonce };

    private sealed class Catalog : ISecretCatalog
    {
        public X509BundleDigest? Roots { get; set; }

        public int Rest { get; set; }

        public bool IsShared { get; set; } = true;

        public SecretLookup Find(string name) =>
            name == "default" ? new SecretLookup.Found(New(name, $"{Rest}", null))
            : Roots is null ? SecretLookup.NotYet.Value
            : name == "shared" && !IsShared ? new SecretLookup.Found(New(name, "foreign", null))
            : new SecretLookup.Found(New(name, $"{Roots} {(name == "ALL" ? Rest : 0)}", Roots));

        private static SecretResource New(string name, string content, X509BundleDigest? roots) => new(
            new Secret { Name = name, ValidationContext = new() { TrustedCa = new() { InlineString = content } } }, roots);
    }
}
