using System.IO;
using MeshCA.Agent.Connecting;
using MeshCA.Configuration;
using SpiffeIdentity;
using SpiffeIdentity.Bundles;
using SpiffeIdentity.Pem;
using TestSupport;
using Xunit;

namespace MeshCA.Tests.Agent.Connecting;

public sealed class CaRootsTests : IDisposable
{
    private static readonly TrustDomain Domain = TrustDomain.Parse("cluster.local");
    private readonly TemporaryDirectory _directory = new();
    private readonly TestAuthority _one = TestAuthority.CreateRoot(name: "one");
    private readonly TestAuthority _two = TestAuthority.CreateRoot(name: "two");
    private readonly CaRoots _roots;

    public CaRootsTests() => _roots = new CaRoots(new AgentOptions { RootsFile = _directory.File("roots.pem") });

    [Fact]
    public void Without_a_file_there_are_none_and_one_that_goes_leaves_what_it_held()
    {
        Assert.Null(_roots.Find(null));
        Write(_one);
        Assert.Single(_roots.Find(null)!.Value);
        File.Delete(_directory.File("roots.pem"));
        Assert.Single(_roots.Find(null)!.Value);
        Assert.NotNull(_roots.Fault);
        File.WriteAllText(_directory.File("roots.pem"), "being written");
        Assert.Single(_roots.Find(null)!.Value);
    }

    [Fact]
    public void A_file_that_changes_is_read_again()
    {
        Write(_one);
        Assert.Equal([_one.Certificate], Found(null));
        Write(_two);
        Assert.Equal([_two.Certificate], Found(null));
        Assert.Null(_roots.Fault);
    }

    [Fact]
    public void The_bundle_counts_once_it_shared_a_root_with_the_file_also_after_that_root_left_it()
    {
        Write(_one);
        Assert.Single(Found(Bundle(_two)));
        Assert.Null(_roots.SharedWith(Bundle(_two)));
        Assert.Equal(2, Found(Bundle(_one, _two)).Count);
        Assert.Equal(2, Found(Bundle(_two)).Count);
        Assert.NotNull(_roots.SharedWith(Bundle(_two)));
    }

    [Fact]
    public void What_cannot_be_read_in_a_file_is_passed_over()
    {
        File.WriteAllText(
            _directory.File("roots.pem"),
            "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n" + PemWriter.WriteCertificate(_one.Certificate) + "trailing text");

        Assert.Equal([_one.Certificate], Found(null));
    }

    [Fact]
    public void The_systems_roots_are_never_joined_by_others()
    {
        var system = new CaRoots(new AgentOptions { RootsFile = AgentOptions.SystemRoots });

        Assert.Empty(system.Find(Bundle(_one))!.Value);
        Assert.Null(system.SharedWith(Bundle(_one)));
    }

    public void Dispose()
    {
        _one.Dispose();
        _two.Dispose();
        _directory.Dispose();
    }

    private static X509Bundle Bundle(params TestAuthority[] roots) =>
        X509Bundle.TryCreate(Domain, [.. roots.Select(root => (ReadOnlyMemory<byte>)root.Certificate)], out var bundle, out var error)
            ? bundle
            : throw new InvalidOperationException($"{error}");

    private void Write(TestAuthority root) => File.WriteAllText(_directory.File("roots.pem"), PemWriter.WriteCertificate(root.Certificate));

    private List<byte[]> Found(X509Bundle? bundle) => [.. _roots.Find(bundle)!.Value.Select(root => root.ToArray())];
}
