using System.Collections.Immutable;
using System.Security.Cryptography.X509Certificates;
using MeshCA.Agent.Identities;
using MeshCA.Agent.Registration;
using MeshCA.Agent.SecretDiscovery;
using MeshCA.Agent.Views;
using MeshCA.Configuration;
using MeshCA.Wire.Envoy.Tls.V3;
using SpiffeIdentity;
using SpiffeIdentity.Bundles;
using TestSupport;
using Xunit;

namespace MeshCA.Tests.Agent.SecretDiscovery;

public sealed class SecretCatalogTests : IDisposable
{
    private const string Web = "spiffe://cluster.local/ns/shop/sa/web";
    private const string Cart = "spiffe://cluster.local/ns/shop/sa/cart";

    private readonly SampleIdentities _own = new();
    private readonly SampleIdentities _other = new("other.example", "foreign");
    private readonly WorkloadOptions _options = new();

    public void Dispose()
    {
        _own.Dispose();
        _other.Dispose();
    }

    [Theory]
    [InlineData("default")]
    [InlineData(Web)]
    public void An_identity_is_chain_and_key_in_pem_that_belong_together(string name)
    {
        var secret = Secret(CatalogOf(Held(Web)), name);

        Assert.Equal(name, secret.Name);
        var chain = new X509Certificate2Collection();
        chain.ImportFromPem(secret.TlsCertificate.CertificateChain.InlineBytes.ToStringUtf8());
        Assert.Equal(2, chain.Count); // no root
        using var leaf = X509Certificate2.CreateFromPem(
            chain[0].ExportCertificatePem(), secret.TlsCertificate.PrivateKey.InlineBytes.ToStringUtf8());
        Assert.True(leaf.HasPrivateKey);
    }

    [Fact]
    public void The_first_entry_of_the_file_is_the_default_whichever_came_first()
    {
        var entries = ImmutableArray.Create(SampleIdentities.Entry("a", Web), SampleIdentities.Entry("b", Cart));
        var state = _own.State(1, _own.Hold(entries[1], Cart), _own.Hold(entries[0], Web));
        var catalog = new SecretCatalog(new WorkloadView(state, new EntrySelection(entries)), _options, Now);

        Assert.Equal(
            Secret(catalog, Web).TlsCertificate.CertificateChain, Secret(catalog, "default").TlsCertificate.CertificateChain);
    }

    [Fact]
    public void The_default_is_never_the_second_entrys_while_the_first_has_none()
    {
        var entries = ImmutableArray.Create(SampleIdentities.Entry("a", Web), SampleIdentities.Entry("b", Cart));
        var view = new WorkloadView(_own.State(1, _own.Hold(entries[1], Cart)), new EntrySelection(entries));

        Assert.IsType<SecretLookup.NotYet>(new SecretCatalog(view, _options, Now).Find("default"));
    }

    [Theory]
    [InlineData("ROOTCA")]
    [InlineData("spiffe://cluster.local")]
    public void The_own_roots_come_as_pem_alone(string name)
    {
        var context = Secret(CatalogOf(Held(Web)), name).ValidationContext;

        Assert.Equal(_own.Bundle.X509.ToPem(), context.TrustedCa.InlineBytes.ToStringUtf8());
        Assert.Null(context.CustomValidatorConfig);
        Assert.Null(context.Crl);
    }

    [Fact]
    public void All_roots_come_with_the_validator_that_keeps_trust_domains_apart()
    {
        var config = Validator(Secret(CatalogOf(Federated()), "ALL"));

        Assert.Equal(["cluster.local", "other.example"], config.TrustDomains.Select(domain => domain.Name));
        Assert.Equal(_other.Bundle.X509.ToPem(), config.TrustDomains[1].TrustBundle.InlineBytes.ToStringUtf8());
    }

    // ADR 0010: what the same roots speak for stands there under each name, beside what others speak for, and the version changes with it.
    [Fact]
    public void Our_roots_stand_under_each_name_that_they_speak_for()
    {
        var shared = TrustDomain.Parse("west.example");
        Assert.True(X509Bundle.TryCreate(shared, _own.Bundle.X509.Authorities, out var same, out _));
        var (before, state) = (Federated(), Federated());
        state = state with { Federated = state.Federated.Add(shared, new TrustBundle(same)) };
        var config = Validator(Secret(CatalogOf(state), "ALL"));

        Assert.Equal(
            [("cluster.local", _own.Bundle.X509.ToPem()), ("other.example", _other.Bundle.X509.ToPem()), ("west.example", _own.Bundle.X509.ToPem())],
            config.TrustDomains.Select(domain => (domain.Name, domain.TrustBundle.InlineBytes.ToStringUtf8())));
        Assert.NotEqual(Version(CatalogOf(before), "ALL"), Version(CatalogOf(state), "ALL"));
        Assert.Equal(Version(CatalogOf(before), "ROOTCA"), Version(CatalogOf(state), "ROOTCA"));
        var alone = Secret(CatalogOf(state), "spiffe://west.example");
        Assert.Equal(["west.example"], Validator(alone).TrustDomains.Select(domain => domain.Name));
        Assert.Equal(_own.Bundle.X509.ToPem(), alone.ValidationContext.TrustedCa.InlineBytes.ToStringUtf8());
    }

    [Fact]
    public void Domains_come_in_one_order_and_those_without_a_root_not_at_all()
    {
        string[] names = ["e.example", "b.example", "d.example", "a.example", "c.example"];
        var federated = names.Aggregate(ImmutableDictionary<TrustDomain, TrustBundle>.Empty, (all, name) =>
        {
            using var sample = new SampleIdentities(name);
            return all.Add(sample.Domain, sample.Bundle);
        });
        var empty = TrustDomain.Parse("nobody.example");
        var config = Validator(Secret(CatalogOf(Held(Web) with { Federated = federated.Add(empty, TrustBundle.Empty(empty)) }), "ALL"));

        Assert.Equal(["a.example", "b.example", "c.example", "cluster.local", "d.example", "e.example"], config.TrustDomains.Select(domain => domain.Name));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Revocation_lists_come_with_the_own_roots_where_that_is_wanted(bool isWanted)
    {
        _options.SecretRevocationLists = isWanted;
        var lists = new[] { _own.ListOfRoot(Now.AddMinutes(-1), Now.AddHours(1)), _own.ListOfIntermediate(Now.AddMinutes(-1), Now.AddHours(1)) };
        var state = Held(Web) with { RevocationLists = [.. lists.Select(list => (ReadOnlyMemory<byte>)list)] };

        Assert.Equal(isWanted, Secret(CatalogOf(state), "ROOTCA").ValidationContext.Crl is not null);
    }

    [Fact]
    public void Foreign_roots_never_come_without_the_validator_that_binds_them_to_their_domain() =>
        Assert.Equal(["other.example"], Validator(Secret(CatalogOf(Federated()), "spiffe://other.example")).TrustDomains.Select(domain => domain.Name));

    // Rotation of the own roots waits for who has them in use, under whichever name (ADR 0010, ADR 0011).
    [Theory]
    [InlineData("ROOTCA", true)]
    [InlineData("ALL", true)]
    [InlineData("spiffe://cluster.local", true)]
    [InlineData("spiffe://shared.example", true)]
    [InlineData("spiffe://other.example", false)]
    [InlineData("default", false)]
    [InlineData(Web, false)]
    public void Secrets_that_hold_the_own_roots_say_so(string name, bool holds)
    {
        var shared = TrustDomain.Parse("shared.example");
        Assert.True(X509Bundle.TryCreate(shared, _own.Bundle.X509.Authorities, out var same, out _));
        var state = Federated();
        var found = CatalogOf(state with { Federated = state.Federated.Add(shared, new TrustBundle(same)) }).Find(name);

        Assert.Equal(holds ? _own.Bundle.X509.Digest : null, Assert.IsType<SecretLookup.Found>(found).Resource.Roots);
    }

    [Theory]
    [InlineData("default", "NotYet")]
    [InlineData("ROOTCA", "Found")]
    [InlineData(Web, "NotYet")]
    [InlineData(Cart, "Never")]
    [InlineData("spiffe://other.example", "NotYet")]
    [InlineData("spiffe://other.example/x", "Never")]
    [InlineData("kubernetes://web", "Never")]
    [InlineData("file-cert:/etc/certs/chain.pem~/etc/certs/key.pem", "Never")]
    [InlineData("file-root:/etc/shadow", "Never")]
    [InlineData("", "Never")]
    [InlineData("DEFAULT", "Never")]
    public void Before_the_first_svid_what_may_come_is_awaited_and_nothing_else(string name, string expected) =>
        Assert.Equal(expected, CatalogOf(_own.State(1)).Find(name).GetType().Name);

    [Theory]
    [InlineData("default")]
    [InlineData(Web)]
    [InlineData("ROOTCA")]
    [InlineData("ALL")]
    public void Without_a_root_an_identity_waits_too(string name) =>
        Assert.IsType<SecretLookup.NotYet>(CatalogOf(Held(Web) with { Bundle = TrustBundle.Empty(_own.Domain) }).Find(name));

    [Fact]
    public void Each_name_is_listed_once_though_two_entries_have_one_identity()
    {
        ImmutableArray<RegistrationEntry> entries = [SampleIdentities.Entry("a", Web), SampleIdentities.Entry("b", Web)];
        var state = Federated() with { Svids = [.. entries.Select(entry => _own.Hold(entry, Web))] };
        Assert.Equal(
            ["default", "ROOTCA", "ALL", Web, "spiffe://cluster.local", "spiffe://other.example"],
            new SecretCatalog(new WorkloadView(state, new EntrySelection(entries)), _options, Now).Names);
    }

    [Fact]
    public void An_entry_without_an_id_may_still_turn_out_to_be_any_until_it_has_one()
    {
        var entry = SampleIdentities.Entry("sidecar");
        Assert.IsType<SecretLookup.NotYet>(Catalog(_own.State(1), entry).Find(Cart));
        Assert.IsType<SecretLookup.Never>(Catalog(_own.State(1, _own.Hold(entry, Web)), entry).Find(Cart));
    }

    [Theory]
    [InlineData(false, "default", "Never")]
    [InlineData(false, "ROOTCA", "Never")]
    [InlineData(false, "ALL", "Never")]
    [InlineData(true, "ROOTCA", "Found")]
    [InlineData(true, "ALL", "Found")]
    [InlineData(true, "default", "Never")]
    [InlineData(true, Web, "Never")]
    public void Who_has_no_identity_gets_roots_only_where_everybody_does(bool isForEverybody, string name, string expected)
    {
        _options.BundlesForEverybody = isForEverybody;
        var view = new WorkloadView(Held(Web), new EntrySelection([]));
        Assert.Equal(expected, new SecretCatalog(view, _options, Now).Find(name).GetType().Name);
    }

    [Fact]
    public void The_same_content_has_the_same_version_whoever_made_it_and_other_content_another()
    {
        var state = Held(Web);
        Assert.Equal(Version(CatalogOf(state), "ROOTCA"), Version(CatalogOf(state with { Revision = 9 }), "ROOTCA"));
        Assert.NotEqual(Version(CatalogOf(Held(Web)), "default"), Version(CatalogOf(Held(Web)), "default"));
    }

    [Fact]
    public void Streams_that_share_a_view_share_the_bytes()
    {
        var view = new WorkloadView(Held(Web), new EntrySelection([SampleIdentities.Entry("web", Web)]));
        Assert.Same(
            Assert.IsType<SecretLookup.Found>(new SecretCatalog(view, _options, Now).Find("default")).Resource,
            Assert.IsType<SecretLookup.Found>(new SecretCatalog(view, _options, Now).Find("default")).Resource);
    }

    private static DateTimeOffset Now => TimeProvider.System.GetUtcNow();

    private static SPIFFECertValidatorConfig Validator(Secret secret)
    {
        var extension = secret.ValidationContext.CustomValidatorConfig;
        Assert.Equal("envoy.tls.cert_validator.spiffe", extension.Name);
        Assert.Equal("type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.SPIFFECertValidatorConfig", extension.TypedConfig.TypeUrl);
        return SPIFFECertValidatorConfig.Parser.ParseFrom(extension.TypedConfig.Value);
    }

    // A secret is not taken back: Envoy keeps what it has, and gets no other while the ban holds.
    [Fact]
    public void A_banned_identity_has_no_secret_for_now_and_roots_go_on()
    {
        var catalog = CatalogOf(Held(Web) with { Bans = SampleIdentities.Banned(Web) });
        Assert.IsType<SecretLookup.NotYet>(catalog.Find("default"));
        Assert.IsType<SecretLookup.NotYet>(catalog.Find(Web));
        Assert.IsType<SecretLookup.Found>(catalog.Find("ROOTCA"));
        Assert.Equal((1, 1), (catalog.BanOf("default")!.Number, catalog.BanOf(Web)!.Number));
        Assert.All(["ROOTCA", Cart, "file-cert:/x"], name => Assert.Null(catalog.BanOf(name)));
    }

    private static Secret Secret(SecretCatalog catalog, string name) =>
        MeshCA.Wire.Envoy.Tls.V3.Secret.Parser.ParseFrom(Assert.IsType<SecretLookup.Found>(catalog.Find(name)).Resource.Packed.Value);

    private static string Version(SecretCatalog catalog, string name) => Assert.IsType<SecretLookup.Found>(catalog.Find(name)).Resource.Version;

    private AgentState Held(string id) => _own.State(1, _own.Hold(SampleIdentities.Entry("web", id), id));

    private AgentState Federated() => Held(Web) with
    {
        Federated = ImmutableDictionary<TrustDomain, TrustBundle>.Empty.Add(_other.Domain, _other.Bundle),
    };

    private SecretCatalog CatalogOf(AgentState state) => Catalog(state, SampleIdentities.Entry("web", Web));

    private SecretCatalog Catalog(AgentState state, RegistrationEntry entry) => new(new WorkloadView(state, new EntrySelection([entry])), _options, Now);
}
