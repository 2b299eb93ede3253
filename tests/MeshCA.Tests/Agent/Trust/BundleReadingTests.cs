using System.Collections.Immutable;
using FsCheck;
using FsCheck.Fluent;
using Google.Protobuf;
using MeshCA.Agent.Trust;
using SpiffeIdentity;
using SpiffeIdentity.Bundles;
using TestSupport;
using Xunit;

namespace MeshCA.Tests.Agent.Trust;

public sealed class BundleReadingTests : IDisposable
{
    private static readonly TrustDomain Domain = TrustDomain.Parse("cluster.local");
    private readonly TestAuthority _root = TestAuthority.CreateRoot();

    [Fact]
    public void A_federated_bundle_that_cannot_be_read_leaves_what_was_held_and_one_that_is_gone_does_not()
    {
        var (kept, gone) = (TrustDomain.Parse("kept.example"), TrustDomain.Parse("gone.example"));
        var present = ImmutableDictionary<TrustDomain, TrustBundle>.Empty.Add(kept, TrustBundle.Empty(kept)).Add(gone, TrustBundle.Empty(gone));
        var read = BundleReading.ReadFederated(
            new()
            {
                Bundles =
                {
                    new Wire.Identity.TrustBundle { TrustDomain = "kept.example", X509Authorities = { ByteString.CopyFromUtf8("junk") } },
                    new Wire.Identity.TrustBundle { TrustDomain = "new.example", X509Authorities = { ByteString.CopyFrom(_root.Certificate) } },
                    new Wire.Identity.TrustBundle { TrustDomain = "empty.example" },
                },
            },
            Domain,
            present,
            out var faults);

        Assert.Equal(["empty.example", "kept.example", "new.example"], read.Keys.Select(domain => domain.Name).Order());
        Assert.Same(present[kept], read[kept]);
        Assert.Single(faults);
    }

    [Theory]
    [InlineData("cluster.local")]
    [InlineData("Not A Domain")]
    [InlineData("")]
    public void No_federated_bundle_speaks_for_the_own_trust_domain_or_for_none(string name)
    {
        var message = new Wire.Identity.FederatedBundles
        {
            Bundles = { new Wire.Identity.TrustBundle { TrustDomain = name, X509Authorities = { ByteString.CopyFrom(_root.Certificate) } } },
        };

        Assert.Empty(BundleReading.ReadFederated(message, Domain, ImmutableDictionary<TrustDomain, TrustBundle>.Empty, out var faults));
        Assert.Single(faults);
    }

    [Theory]
    [InlineData("", true)]
    [InlineData("other trust domain", false)]
    [InlineData("no roots", false)]
    [InlineData("the most compromised keys", true)]
    [InlineData("one more", false)]
    public void A_bundle_of_the_stream_is_of_the_own_trust_domain_and_has_roots_and_bounds(string fault, bool isRead)
    {
        var message = new Wire.Identity.TrustBundle { TrustDomain = "cluster.local", X509Authorities = { ByteString.CopyFrom(_root.Certificate) } };
        switch (fault)
        {
            case "other trust domain":
                message.TrustDomain = "evil.example";
                break;
            case "no roots":
                message.X509Authorities.Clear();
                break;
            case "the most compromised keys" or "one more":
                message.TaintedKeyIds.Add(Enumerable.Range(0, fault == "one more" ? 4_097 : 4_096).Select(number => $"{number}"));
                break;
        }

        Assert.Equal(isRead, BundleReading.TryRead(message, Domain, out var bundle, out _));
        Assert.Equal(isRead ? Domain : null, bundle?.TrustDomain);
    }

    [Fact]
    public void Compromised_keys_are_named_in_lower_case_however_they_came() =>
        Assert.Equal(["0aff"], BundleReading.TaintedOf(new() { TaintedKeyIds = { "0AFF", "0aff" } }));

    [Fact]
    public void So_many_federated_bundles_are_taken_and_that_there_were_more_is_told()
    {
        var message = new Wire.Identity.FederatedBundles();
        message.Bundles.Add(Enumerable.Range(0, BundleReading.MaxFederated + 1).Select(number => new Wire.Identity.TrustBundle { TrustDomain = $"td{number}" }));

        Assert.Equal(
            BundleReading.MaxFederated,
            BundleReading.ReadFederated(message, Domain, ImmutableDictionary<TrustDomain, TrustBundle>.Empty, out var faults).Count);
        Assert.Single(faults);
    }

    [Fact]
    public void Shared_trust_domains_are_names_of_others_and_what_is_none_is_left_out()
    {
        var message = new Wire.Identity.TrustBundle
        {
            SharedTrustDomains = { "b.example", "cluster.local", "Not A Domain", "", "spiffe://c.example/path", "b.example", "c.example" },
        };
        Assert.Equal(["b.example", "c.example"], BundleReading.SharedOf(message, Domain).Select(domain => domain.Name).Order());
        message.SharedTrustDomains.AddRange(Enumerable.Range(0, 2 * BundleReading.MaxShared).Select(i => $"d{i}.example"));
        Assert.InRange(BundleReading.SharedOf(message, Domain).Count, 2, BundleReading.MaxShared);
    }

    [Fact]
    public void Junk_is_refused_and_throws_nothing() => Prop.ForAll<byte[], string>((bytes, text) =>
    {
        var message = new Wire.Identity.TrustBundle
        {
            TrustDomain = "cluster.local",
            X509Authorities = { ByteString.CopyFrom(bytes ?? []) },
            JwtAuthorities = { new Wire.Identity.JwtAuthority { KeyId = text ?? "", PublicKey = ByteString.CopyFrom(bytes ?? []) } },
            RefreshHint = new() { Seconds = long.MinValue },
        };
        return !BundleReading.TryRead(message, Domain, out _, out var fault) && fault.Length > 0;
    }).QuickCheckThrowOnFailure();

    public void Dispose() => _root.Dispose();
}
