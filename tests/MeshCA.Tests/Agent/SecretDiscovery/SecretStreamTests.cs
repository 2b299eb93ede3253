using System.Collections.Immutable;
using FsCheck;
using FsCheck.Fluent;
using MeshCA.Agent.SecretDiscovery;
using MeshCA.Wire.Envoy.Tls.V3;
using Xunit;

namespace MeshCA.Tests.Agent.SecretDiscovery;

/// <summary>The rules of wire §3, each by its number.</summary>
public sealed class SecretStreamTests
{
    private readonly SecretStream _stream = new("n");
    private readonly Catalog _catalog = new();

    [Theory]
    [InlineData("")]
    [InlineData("0123456789abcdef")]
    public void Rule_1_the_first_request_is_answered_whatever_version_and_nonce_it_has(string nonce)
    {
        var reaction = _stream.Receive(Ask("default") with { Nonce = nonce, Error = nonce.Length > 0 ? "of an earlier stream" : null }, _catalog);

        Assert.Equal("default", Assert.Single(reaction.Deliveries).Name);
        Assert.Null(reaction.Unaccepted);
    }

    [Fact]
    public void Rule_2_each_name_has_a_response_of_its_own_with_a_nonce_of_its_own()
    {
        var first = _stream.Receive(Ask("default", "ROOTCA"), _catalog);
        Assert.Equal(["default", "ROOTCA"], first.Deliveries.Select(delivery => delivery.Name));

        _catalog.Change("default");
        var second = _stream.Receive(Answer(first, "default", "ROOTCA"), _catalog);
        Assert.Equal(3, first.Deliveries.Concat(second.Deliveries).Select(delivery => delivery.Nonce).Distinct().Count());
    }

    [Fact]
    public void Rule_3_what_was_not_taken_is_told_and_not_sent_again_before_it_changes()
    {
        var first = _stream.Receive(Ask("default"), _catalog);
        var refused = _stream.Receive(Answer(first, "default") with { Error = "bad key" }, _catalog);

        Assert.Equal(("default", "bad key"), (refused.Unaccepted?.Name, refused.Unaccepted?.Reason));
        Assert.Empty(refused.Deliveries);
        Assert.Empty(_stream.Refresh(_catalog).Deliveries);

        _catalog.Change("default");
        Assert.Single(_stream.Refresh(_catalog).Deliveries);
    }

    [Fact]
    public void Rule_4_an_answer_to_an_older_response_changes_nothing_of_what_is_wanted()
    {
        var first = _stream.Receive(Ask("default"), _catalog);
        _catalog.Change("default");
        var second = _stream.Receive(Answer(first, "default"), _catalog);
        var stale = _stream.Receive(Answer(first, "ROOTCA"), _catalog);

        Assert.Empty(stale.Deliveries);
        Assert.Equal(["default"], _stream.Names);
        Assert.True(_stream.IsWaiting);
        Assert.Empty(_stream.Receive(Answer(second, "default"), _catalog).Deliveries);
    }

    [Fact]
    public void Rule_4_that_one_of_two_secrets_was_not_taken_is_told_though_the_second_was_sent_meanwhile()
    {
        var first = _stream.Receive(Ask("default", "ROOTCA"), _catalog);
        var refused = _stream.Receive(Ask("default", "ROOTCA") with { Nonce = first.Deliveries[0].Nonce, Error = "bad key" }, _catalog);
        Assert.Equal("default", refused.Unaccepted?.Name);

        var again = _stream.Receive(Ask("default", "ROOTCA") with { Nonce = first.Deliveries[0].Nonce, Error = "bad key" }, _catalog);
        Assert.Null(again.Unaccepted);
    }

    [Fact]
    public void Rule_4_once_the_newest_was_answered_nothing_of_before_is_waited_for()
    {
        var first = _stream.Receive(Ask("default", "ROOTCA"), _catalog);
        _stream.Receive(Answer(first, "default", "ROOTCA"), _catalog);

        Assert.Null(_stream.Receive(Ask("default", "ROOTCA") with { Nonce = first.Deliveries[0].Nonce, Error = "late" }, _catalog).Unaccepted);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Rule_5_a_name_that_is_added_is_sent_even_if_it_was_before(bool wasSentBefore)
    {
        var last = wasSentBefore
            ? _stream.Receive(Answer(_stream.Receive(Ask("default", "ROOTCA"), _catalog), "default"), _catalog) is { Deliveries.IsEmpty: true }
                ? "n-2"
                : throw new InvalidOperationException("a removal was answered")
            : _stream.Receive(Ask("default"), _catalog).Deliveries[^1].Nonce;

        var added = _stream.Receive(Ask("default", "ROOTCA") with { Nonce = last }, _catalog);
        Assert.Equal("ROOTCA", Assert.Single(added.Deliveries).Name);
    }

    [Fact]
    public void Rule_5_a_request_that_only_removes_names_is_not_answered_and_an_empty_one_wants_nothing_more()
    {
        var first = _stream.Receive(Ask("default", "ROOTCA"), _catalog);
        Assert.Empty(_stream.Receive(Answer(first, "ROOTCA"), _catalog).Deliveries);
        Assert.Empty(_stream.Receive(Answer(first), _catalog).Deliveries);
        _catalog.Change("ROOTCA");
        Assert.Empty(_stream.Refresh(_catalog).Deliveries);
    }

    [Fact]
    public void Rule_5_an_empty_list_from_the_start_is_not_answered() =>
        Assert.Equivalent(SecretReaction.Silence, _stream.Receive(Ask(), _catalog));

    [Fact]
    public void Rule_5_an_empty_name_among_others_wants_nothing()
    {
        var first = _stream.Receive(Ask("default", ""), _catalog);
        Assert.Null(first.Refusal);
        Assert.Equal("default", Assert.Single(first.Deliveries).Name);
        Assert.Equal(["default"], _stream.Names);
    }

    [Fact]
    public void Rule_6_only_what_changed_is_pushed_and_no_name_is_sent_twice()
    {
        var first = _stream.Receive(Ask("default", "ROOTCA", "default"), _catalog);
        Assert.Equal(2, first.Deliveries.Length);
        Assert.Empty(_stream.Receive(Answer(first, "default", "ROOTCA"), _catalog).Deliveries);

        _catalog.Change("ROOTCA");
        Assert.Equal("ROOTCA", Assert.Single(_stream.Refresh(_catalog).Deliveries).Name);
    }

    [Fact]
    public void Rule_7_an_answer_is_not_answered_and_pushes_wait_for_it_in_their_newest_form()
    {
        var first = _stream.Receive(Ask("default"), _catalog);
        _catalog.Change("default");
        Assert.Empty(_stream.Refresh(_catalog).Deliveries);
        var newest = _catalog.Change("default");
        Assert.Empty(_stream.Refresh(_catalog).Deliveries);

        var second = _stream.Receive(Answer(first, "default"), _catalog);
        Assert.Same(newest, Assert.Single(second.Deliveries).Resource);
        Assert.Empty(_stream.Receive(Answer(second, "default"), _catalog).Deliveries);
    }

    [Fact]
    public void Rule_7_an_answer_is_not_waited_for_without_end()
    {
        _stream.Receive(Ask("default"), _catalog);
        _catalog.Change("default");

        Assert.Single(_stream.GiveUpWaiting(_catalog).Deliveries);
        Assert.Empty(_stream.GiveUpWaiting(_catalog).Deliveries);
        Assert.False(_stream.IsWaiting);
    }

    [Fact]
    public void What_is_not_there_yet_is_waited_for_in_silence_and_told_once()
    {
        _catalog.Hide("default");
        Assert.Equal(["default"], _stream.Receive(Ask("default", "ROOTCA"), _catalog) is { Deliveries: [{ Name: "ROOTCA" }] } only ? only.Awaited : []);
        Assert.Equivalent(SecretReaction.Silence, _stream.Receive(Ask("default", "ROOTCA") with { Nonce = "n-1" }, _catalog));
        _catalog.Change("default");
        Assert.Single(_stream.Refresh(_catalog).Deliveries);
    }

    [Fact]
    public void What_is_asked_for_anew_while_it_is_not_there_is_told_anew()
    {
        Assert.Equal(["ALL"], _stream.Receive(Ask("ALL"), _catalog).Awaited);
        Assert.Empty(_stream.Receive(Ask("ALL"), _catalog).Awaited);
        Assert.Empty(_stream.Receive(Ask(), _catalog).Awaited);
        Assert.Equal(["ALL"], _stream.Receive(Ask("ALL"), _catalog).Awaited);
    }

    [Fact]
    public void A_secret_that_is_gone_is_not_taken_back()
    {
        var first = _stream.Receive(Ask("default"), _catalog);
        _stream.Receive(Answer(first, "default"), _catalog);
        _catalog.Hide("default");
        Assert.Empty(_stream.Refresh(_catalog).Deliveries);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void What_the_caller_never_gets_ends_the_stream_also_when_it_is_taken_away(bool isAnswered)
    {
        Assert.Equal(SecretRefusal.NotEntitled, new SecretStream("m").Receive(Ask("default", "kubernetes://x"), _catalog).Refusal);

        var first = _stream.Receive(Ask("default"), _catalog);
        _ = isAnswered ? _stream.Receive(Answer(first, "default"), _catalog) : null;
        _catalog.Forbid("default");
        var ended = _stream.Refresh(_catalog);
        Assert.Equal((SecretRefusal.NotEntitled, "default"), (ended.Refusal, ended.Subject));
        Assert.Empty(ended.Deliveries);
    }

    [Theory]
    [InlineData("type.googleapis.com/envoy.config.cluster.v3.Cluster", 1, 1, SecretRefusal.OtherType)]
    [InlineData(SecretResource.TypeUrl + " ", 1, 1, SecretRefusal.OtherType)]
    [InlineData("", SecretStream.MaxNames, SecretStream.MaxNameLength, SecretRefusal.NotEntitled)]
    [InlineData("", SecretStream.MaxNames + 1, 1, SecretRefusal.TooManyNames)]
    [InlineData("", 1, SecretStream.MaxNameLength + 1, SecretRefusal.NameTooLong)]
    internal void A_request_has_limits(string type, int names, int length, SecretRefusal refusal)
    {
        var request = new SecretRequest { TypeUrl = type, Names = [.. Enumerable.Repeat(new string('x', length), names)] };
        Assert.Equal(refusal, _stream.Receive(request, _catalog).Refusal);
    }

    // Hostile proxies: any requests in any order. What holds for every stream, holds.
    [Fact]
    public void No_requests_make_a_stream_break_a_rule()
    {
        var names = Gen.Elements("default", "ROOTCA", "ALL", "", "spiffe://x", "\0");
        var step = from kind in Gen.Choose(0, 3)
                   from wanted in Gen.ListOf(names)
                   from nonce in Gen.Elements("", "n-1", "n-2", "n-3", "n-7", "x")
                   from isRefused in Gen.Elements(true, false, false)
                   select (kind, new SecretRequest { Names = [.. wanted], Nonce = nonce, Error = isRefused ? "no" : null });
        Prop.ForAll(Gen.ListOf(step).ToArbitrary(), steps =>
        {
            var (stream, catalog, nonces, sent) = (new SecretStream("n"), new Catalog(), new HashSet<string>(), new Dictionary<string, string>());
            foreach (var (kind, request) in steps)
            {
                _ = kind == 3 ? catalog.Change("default") : null;
                var reaction = kind switch { 0 or 1 => stream.Receive(request, catalog), 2 => stream.GiveUpWaiting(catalog), _ => stream.Refresh(catalog) };
                foreach (var left in sent.Keys.Except(stream.Names).ToList())
                {
                    sent.Remove(left);
                }

                foreach (var delivery in reaction.Deliveries)
                {
                    Assert.True(nonces.Add(delivery.Nonce), "a nonce came twice");
                    Assert.Contains(delivery.Name, stream.Names);
                    Assert.NotEqual(delivery.Resource.Version, sent.GetValueOrDefault(delivery.Name));
                    sent[delivery.Name] = delivery.Resource.Version;
                }

                Assert.Equal(reaction.Deliveries.Length, reaction.Deliveries.Select(delivery => delivery.Name).Distinct().Count());
                Assert.True(reaction.Refusal is null || reaction.Deliveries.IsEmpty);
            }
        }).QuickCheckThrowOnFailure();
    }

    private static SecretRequest Ask(params ImmutableArray<string> names) => new() { Names = names, TypeUrl = SecretResource.TypeUrl };

    private static SecretRequest Answer(SecretReaction reaction, params ImmutableArray<string> names) =>
        Ask(names) with { Nonce = reaction.Deliveries[^1].Nonce };

    private sealed class Catalog : ISecretCatalog
    {
        private readonly Dictionary<string, SecretLookup> _secrets = new()
        {
            ["default"] = new SecretLookup.Found(New("default", 0)),
            ["ROOTCA"] = new SecretLookup.Found(New("ROOTCA", 0)),
            ["ALL"] = SecretLookup.NotYet.Value,
        };

        private int _count;

        public SecretLookup Find(string name) => _secrets.GetValueOrDefault(name, SecretLookup.Never.Value);

        public SecretResource Change(string name)
        {
            var resource = New(name, ++_count);
            _secrets[name] = new SecretLookup.Found(resource);
            return resource;
        }

        public void Hide(string name) => _secrets[name] = SecretLookup.NotYet.Value;

        public void Forbid(string name) => _secrets.Remove(name);

        private static SecretResource New(string name, int content) => new(new Secret
        {
            Name = name,
            TlsCertificate = new() { CertificateChain = new() { InlineString = $"{content}" } },
        });
    }
}
