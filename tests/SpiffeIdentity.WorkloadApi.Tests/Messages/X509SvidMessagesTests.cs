using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using FsCheck;
using FsCheck.Fluent;
using Google.Protobuf;
using Spiffe.Wire.Workload;
using SpiffeIdentity.WorkloadApi.Connections;
using SpiffeIdentity.WorkloadApi.Messages;
using SpiffeIdentity.WorkloadApi.Tests.Fakes;
using Xunit;

namespace SpiffeIdentity.WorkloadApi.Tests.Messages;

// Workload API §4.3, §4.4; X509-SVID §5.
public sealed class X509SvidMessagesTests : IDisposable
{
    private readonly TestDomain _domain = new();
    private readonly TestDomain _other = new("other.test");

    public void Dispose()
    {
        _domain.Dispose();
        _other.Dispose();
    }

    [Fact]
    public void A_good_message_is_taken_in_its_order()
    {
        var context = Accepted(new X509SVIDResponse
        {
            Svids = { _domain.Issue("/a", hint: "internal"), _domain.Issue("/b"), _other.Issue("/c") },
            FederatedBundles = { ["spiffe://partner.test"] = _other.Bundle, ["bare.test"] = ByteString.Empty },
        });
        Assert.Equal(["spiffe://example.org/a", "spiffe://example.org/b", "spiffe://other.test/c"], context.Credentials.Select(one => one.Id.ToString()));
        Assert.Equal("internal", context.Default.Hint);
        Assert.Null(context.Credentials[1].Hint);
        Assert.Equal(["bare.test", "example.org", "other.test", "partner.test"], context.Bundles.Select(bundle => bundle.TrustDomain.Name).Order(StringComparer.Ordinal));
        Assert.True(context.Bundles.TryGet(TrustDomain.Parse("bare.test"), out var empty)); // the domain is known and trusts nothing
        Assert.Empty(empty.X509.Authorities);
        Assert.Empty(context.LeftOut);
    }

    [Fact]
    public void Of_svids_with_the_same_hint_the_first_counts() => Assert.Equal(
        ["spiffe://example.org/a", "spiffe://example.org/c", "spiffe://example.org/d"],
        Accepted(new X509SVIDResponse
        {
            Svids = { _domain.Issue("/a", hint: "x"), _domain.Issue("/b", hint: "x"), _domain.Issue("/c"), _domain.Issue("/d") },
        }).Credentials.Select(one => one.Id.ToString()));

    [Fact]
    public void A_federated_bundle_does_not_replace_the_own_one()
    {
        var context = Accepted(new X509SVIDResponse
        {
            Svids = { _domain.Issue("/a") },
            FederatedBundles = { ["spiffe://example.org"] = _other.Bundle },
        });
        Assert.True(context.Bundles.TryGet(TrustDomain.Parse("example.org"), out var bundle));
        Assert.Equal(_domain.Bundle.ToByteArray(), bundle.X509.Authorities[0].ToArray());
    }

    [Fact]
    public void An_rsa_key_is_taken()
    {
        using var key = RSA.Create(2048);
        var credential = Accepted(new X509SVIDResponse { Svids = { _domain.Issue("/a", key: key) } }).Default;
        using var held = credential.Certificate.GetRSAPrivateKey();
        Assert.Equal(key.ExportSubjectPublicKeyInfo(), held!.ExportSubjectPublicKeyInfo());
        Assert.Equal(key.ExportPkcs8PrivateKey(), credential.ExportPrivateKey());
    }

    [Fact]
    public void The_whole_chain_is_what_tls_presents()
    {
        var credential = Accepted(new X509SVIDResponse { Svids = { _domain.Issue("/a") } }).Default;
        Assert.Equal(_domain.Issuer.Certificate, Assert.Single(credential.TlsContext.IntermediateCertificates).RawData);
        Assert.DoesNotContain("key", credential.ToString(), StringComparison.OrdinalIgnoreCase);
    }

    // An Ed25519 key: .NET has no certificate keys of that kind. The others are still good.
    [Fact]
    public void An_svid_whose_key_is_of_an_unknown_algorithm_is_left_out()
    {
        var unknown = _domain.Issue("/ed25519");
        unknown.X509SvidKey = ByteString.CopyFrom([0x30, 0x2E, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20, .. new byte[32]]);
        Assert.Single(Accepted(new X509SVIDResponse { Svids = { unknown, _domain.Issue("/a") } }).Credentials);
        Assert.Contains("supported algorithm", Refused(new X509SVIDResponse { Svids = { unknown } }), StringComparison.Ordinal);
    }

    [Fact]
    public void An_authority_that_nothing_is_verified_with_is_left_out_of_its_bundle()
    {
        using var root = TestSupport.TestAuthority.CreateRoot();
        var svid = _domain.Issue("/a");
        var p256 = Convert.FromHexString("06082A8648CE3D030107");
        var other = root.Certificate;
        var at = other.AsSpan().IndexOf(p256);
        other[at + p256.Length - 1] = 0x01; // prime192v1
        svid.Bundle = ByteString.CopyFrom([.. svid.Bundle, .. other]);
        var context = Accepted(new X509SVIDResponse { Svids = { svid } });
        Assert.True(context.Bundles.TryGet(TrustDomain.Parse("example.org"), out var bundle));
        Assert.Single(bundle.X509.Authorities);

        // So it is not what the agent sent, and an agent that asks is told why.
        var use = BundleUse.Of(bundle.TrustDomain, context.Bundles, context.Partial, lastFailure: null);
        Assert.Equal(("an authority has a key that cannot be verified with here", bundle.X509.Digest), (use.Fault, use.Digest));
        context = Accepted(new X509SVIDResponse { Svids = { _domain.Issue("/a") } });
        Assert.Equal("", BundleUse.Of(bundle.TrustDomain, context.Bundles, context.Partial, lastFailure: null).Fault);
    }

    public static TheoryData<string, string> Broken() =>
    [
        new("no svid", "there is no SVID"),
        new("too many", "more than 1024"),
        new("no id", "the ID of an SVID: Empty"),
        new("bad id", "the ID of an SVID: BadTrustDomainChar"),
        new("other id", "is of spiffe://example.org/a"),
        new("no chain", "Empty"),
        new("torn chain", "not a row"),
        new("eleven certificates", "not a row"),
        new("trailing byte", "not a row"),
        new("no key", "the key of spiffe://example.org/a: Malformed"),
        new("other key", "the key of spiffe://example.org/a: OtherKey"),
        new("torn key", "the key of spiffe://example.org/a: Malformed"),
        new("key of another algorithm", "the key of spiffe://example.org/a"),
        new("no bundle", "does not verify: EmptyBundle"),
        new("other bundle", "does not verify: NoPathToBundle"),
        new("torn bundle", "the bundle of example.org is not a row"),
        new("bundle of nonsense", "the bundle of example.org: MalformedCertificate"),
        new("two bundles", "two different bundles of example.org"),
        new("no intermediate", "does not verify: NoPathToBundle"),
        new("authority as leaf", "LeafIsAuthority"),
        new("two uris", "SeveralUris"),
        new("bad crl", "a revocation list is malformed"),
    ];

    [Theory, MemberData(nameof(Broken))]
    public void What_breaks_a_rule_is_refused_whole(string fault, string rule)
    {
        var message = new X509SVIDResponse { Svids = { _domain.Issue("/z"), _domain.Issue("/a") } };
        Break(message, message.Svids[1], fault);
        Assert.Contains(rule, Refused(message), StringComparison.Ordinal);
    }

    public static TheoryData<string, string> Unreadable() =>
    [
        new("twice", "two bundles of other.test"),
        new("path", "the key of a bundle is no trust domain"),
        new("upper case", "the key of a bundle is no trust domain"),
        new("nonsense", "the bundle of other.test is not a row of certificates"),
        new("torn", "the bundle of other.test is not a row of certificates"),
        new("no certificate", "the bundle of other.test: MalformedCertificate"),
    ];

    [Theory, MemberData(nameof(Unreadable))]
    public void A_federated_bundle_that_cannot_be_read_is_left_out_and_the_own_svid_is_taken(string fault, string rule)
    {
        var message = new X509SVIDResponse { Svids = { _domain.Issue("/a") }, FederatedBundles = { ["spiffe://partner.test"] = _other.Bundle } };
        var map = message.FederatedBundles;
        switch (fault)
        {
            case "twice": map["other.test"] = map["spiffe://other.test"] = _other.Bundle; break;
            case "path": map["spiffe://other.test/x"] = _other.Bundle; break;
            case "upper case": map["spiffe://Other.test"] = _other.Bundle; break;
            case "nonsense": map["spiffe://other.test"] = ByteString.CopyFrom(1, 2, 3); break;
            case "torn": map["spiffe://other.test"] = ByteString.CopyFrom(_other.Bundle.Span[..^1]); break;
            case "no certificate": map["spiffe://other.test"] = ByteString.CopyFrom(0x30, 0x00); break;
            default: throw new ArgumentException(fault);
        }

        var context = Accepted(message);
        Assert.Equal("spiffe://example.org/a", context.Default.Id.ToString());
        Assert.Equal(rule, Assert.Single(context.LeftOut));
        Assert.Equal(["example.org", "partner.test"], context.Bundles.Select(bundle => bundle.TrustDomain.Name).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void What_stands_under_the_own_trust_domain_among_the_federated_never_hurts_the_own_bundle()
    {
        var context = Accepted(new X509SVIDResponse
        {
            Svids = { _domain.Issue("/a") },
            FederatedBundles = { ["spiffe://example.org"] = ByteString.CopyFrom(1, 2, 3) },
        });
        Assert.Empty(context.LeftOut);
        Assert.True(context.Bundles.TryGet(TrustDomain.Parse("example.org"), out var bundle));
        Assert.Equal(_domain.Bundle.ToByteArray(), bundle.X509.Authorities[0].ToArray());
    }

    [Fact]
    public void Any_bytes_are_taken_or_refused_and_nothing_throws()
    {
        var good = new X509SVIDResponse { Svids = { _domain.Issue("/a") }, Crl = { _domain.RevocationList([1]) } };
        Prop.ForAll(
            (from field in Gen.Choose(0, 4)
             from at in Gen.Choose(0, 4000)
             from value in Gen.Choose(0, 255)
             from cut in Gen.Elements(false, false, true)
             select (field, at, value, cut)).ToArbitrary(),
            change =>
            {
                var message = good.Clone();
                var svid = message.Svids[0];
                switch (change.field)
                {
                    case 0: svid.X509Svid = Change(svid.X509Svid, change.at, (byte)change.value, change.cut); break;
                    case 1: svid.X509SvidKey = Change(svid.X509SvidKey, change.at, (byte)change.value, change.cut); break;
                    case 2: svid.Bundle = Change(svid.Bundle, change.at, (byte)change.value, change.cut); break;
                    case 3: message.Crl[0] = Change(message.Crl[0], change.at, (byte)change.value, change.cut); break;
                    default: message.FederatedBundles["spiffe://x"] = Change(svid.Bundle, change.at, (byte)change.value, change.cut); break;
                }

                var outcome = X509SvidMessages.Read(message, _domain.Now);
                return outcome is MessageOutcome<X509Context>.Accepted { State.Credentials.Count: 1 }
                    || (change.field < 4 && outcome is MessageOutcome<X509Context>.Refused { Rule.Length: > 0 });
            }).Check(Config.QuickThrowOnFailure.WithMaxTest(1000));
    }

    private static ByteString Change(ByteString bytes, int at, byte value, bool cut)
    {
        var changed = bytes.ToByteArray();
        at %= changed.Length;
        if (cut)
        {
            return ByteString.CopyFrom(changed, 0, at);
        }

        changed[at] = value;
        return ByteString.CopyFrom(changed);
    }

    private void Break(X509SVIDResponse message, X509SVID svid, string fault)
    {
        switch (fault)
        {
            case "no svid": message.Svids.Clear(); break;
            case "too many": message.Svids.AddRange(Enumerable.Repeat(svid, X509SvidMessages.MaxSvids)); break;
            case "no id": svid.SpiffeId = ""; break;
            case "bad id": svid.SpiffeId = "spiffe://Example.org/a"; break;
            case "other id": svid.SpiffeId = "spiffe://example.org/b"; break;
            case "no chain": svid.X509Svid = ByteString.Empty; break;
            case "torn chain": svid.X509Svid = svid.X509Svid.Memory[..^5] is var torn ? ByteString.CopyFrom(torn.Span) : null; break;
            case "eleven certificates": svid.X509Svid = ByteString.CopyFrom([.. Enumerable.Repeat(_domain.Issuer.Certificate, 11).SelectMany(one => one)]); break;
            case "trailing byte": svid.X509Svid = ByteString.CopyFrom([.. svid.X509Svid, 0]); break;
            case "no key": svid.X509SvidKey = ByteString.Empty; break;
            case "other key": svid.X509SvidKey = _domain.Issue("/a").X509SvidKey; break;
            case "torn key": svid.X509SvidKey = ByteString.CopyFrom(svid.X509SvidKey.Span[..^3]); break;
            case "key of another algorithm":
                using (var rsa = RSA.Create(2048))
                {
                    svid.X509SvidKey = ByteString.CopyFrom(rsa.ExportPkcs8PrivateKey());
                }

                break;
            case "no bundle": message.Svids.RemoveAt(0); svid.Bundle = ByteString.Empty; break;
            case "other bundle": message.Svids.RemoveAt(0); svid.Bundle = _other.Bundle; break;
            case "torn bundle": svid.Bundle = ByteString.CopyFrom(svid.Bundle.Span[..^1]); break;
            case "bundle of nonsense": svid.Bundle = ByteString.CopyFrom(0x30, 0x00); break;
            case "two bundles": svid.Bundle = ByteString.CopyFrom([.. svid.Bundle, .. _other.Bundle]); break;
            case "no intermediate": svid.X509Svid = ByteString.CopyFrom(svid.X509Svid.Span[..^_domain.Issuer.Certificate.Length]); break;
            case "authority as leaf": message.Svids[1] = _domain.Issue("/a", change: shape => shape with { IsAuthority = true }); break;
            case "two uris": message.Svids[1] = _domain.Issue("/a", change: shape => shape with { Uris = [.. shape.Uris, .. shape.Uris] }); break;
            case "bad crl": message.Crl.Add(ByteString.CopyFrom(1, 2, 3)); break;
            default: throw new ArgumentException(fault);
        }
    }

    private X509Context Accepted(X509SVIDResponse message) =>
        Assert.IsType<MessageOutcome<X509Context>.Accepted>(X509SvidMessages.Read(message, _domain.Now)).State;

    private string Refused(X509SVIDResponse message) =>
        Assert.IsType<MessageOutcome<X509Context>.Refused>(X509SvidMessages.Read(message, _domain.Now)).Rule;
}
