using System.Collections.Immutable;
using System.Security.Cryptography;
using MeshCA.Agent.Identities;
using MeshCA.Agent.Views;
using SpiffeIdentity;
using SpiffeIdentity.Bundles;
using TestSupport;
using Xunit;

namespace MeshCA.Tests.Agent.Views;

public sealed class FittingBundlesTests : IDisposable
{
    private const int Half = FittingBundles.MaxX509 / 2;
    private readonly SampleIdentities _own = new();

    public void Dispose() => _own.Dispose();

    [Fact]
    public void What_fits_is_taken_by_name_with_the_bytes_of_each_bundle()
    {
        var (b, a) = (SampleIdentities.Large("b.example", 10), SampleIdentities.Large("a.example", 10));
        var fitting = FittingBundles.X509(State(b, a));
        Assert.Equal(["a.example", "b.example"], fitting.Taken.Select(one => one.TrustDomain.Name));
        Assert.Equal(a.X509.Authorities[0].ToArray(), fitting.Taken[0].Document);
        Assert.Empty(fitting.LeftOut);
    }

    [Fact]
    public void What_does_not_fit_any_more_is_left_out_and_keeps_nothing_smaller_out()
    {
        var state = State(
            SampleIdentities.Large("a.example", Half), SampleIdentities.Large("b.example", Half), SampleIdentities.Large("c.example", Half), SampleIdentities.Large("d.example", 10));
        var fitting = FittingBundles.X509(state);
        Assert.Equal(["a.example", "d.example"], fitting.Taken.Select(one => one.TrustDomain.Name));
        Assert.Equal(["b.example", "c.example"], fitting.LeftOut.Select(domain => domain.Name));
        Assert.Equal(["b.example", "c.example"], FittingBundles.FindLeftOut(state).Select(domain => domain.Name));
    }

    [Fact]
    public void Jwt_bundles_have_a_share_of_their_own()
    {
        var bundles = Enumerable.Range(0, 20).Select(i => JwtBundleOf($"d{i:d2}.example")).ToArray();
        var fitting = FittingBundles.Jwt(State(bundles));
        Assert.InRange(fitting.LeftOut.Length, 1, 19);
        Assert.InRange(fitting.Taken.Sum(one => one.Document.Length), FittingBundles.MaxJwt * 3 / 4, FittingBundles.MaxJwt);
        Assert.Empty(FittingBundles.X509(State(bundles)).LeftOut);
        Assert.Equal(fitting.LeftOut, FittingBundles.FindLeftOut(State(bundles)));
    }

    [Fact]
    public void States_with_the_same_bundles_share_the_bytes()
    {
        var state = State(SampleIdentities.Large("a.example", 10));
        Assert.Same(FittingBundles.X509(state), FittingBundles.X509(state with { Revision = 9, Svids = [] }));
    }

    [Fact]
    public void Within_less_room_those_stay_that_fit_and_nothing_that_was_left_out_comes_back()
    {
        var state = State(
            SampleIdentities.Large("a.example", Half), SampleIdentities.Large("b.example", Half / 2), SampleIdentities.Large("c.example", Half), SampleIdentities.Large("d.example", 10));
        var fitting = FittingBundles.X509(state);
        Assert.Equal(["c.example"], fitting.LeftOut.Select(domain => domain.Name));
        Assert.Same(fitting, fitting.Within(FittingBundles.MaxX509));

        var less = fitting.Within(Half);
        Assert.Equal(["b.example", "d.example"], less.Taken.Select(one => one.TrustDomain.Name));
        Assert.Equal(["c.example", "a.example"], less.LeftOut.Select(domain => domain.Name));
        Assert.Empty(fitting.Within(0).Taken);
        var exact = fitting.Taken.Sum(one => one.Document.Length + 300);
        Assert.Same(fitting, fitting.Within(exact));
        Assert.Equal(fitting.Taken.Length - 1, fitting.Within(exact - 1).Taken.Length);
    }

    private AgentState State(params TrustBundle[] federated) =>
        _own.State(1) with { Federated = federated.ToImmutableDictionary(bundle => bundle.TrustDomain) };

    private static TrustBundle JwtBundleOf(string trustDomain)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var spki = key.ExportSubjectPublicKeyInfo();
        var authorities = Enumerable.Range(0, 256).Select(i => new JwtAuthority($"{i:d4}{new string('k', 1_000)}", spki)).ToArray();
        var domain = TrustDomain.Parse(trustDomain);
        return JwtBundle.TryCreate(domain, authorities, out var bundle, out var error)
            ? TrustBundle.Empty(domain) with { Jwt = bundle }
            : throw new InvalidOperationException($"the sample is no bundle: {error}");
    }
}
