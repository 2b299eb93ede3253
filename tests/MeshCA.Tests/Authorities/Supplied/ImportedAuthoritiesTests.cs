using MeshCA.Authorities;
using MeshCA.Authorities.Plugin;
using MeshCA.Authorities.Supplied;
using MeshCA.Issuance;
using MeshCA.Tests.Authorities.Plugin;
using Microsoft.Extensions.Logging.Abstractions;
using TestSupport;
using Xunit;

namespace MeshCA.Tests.Authorities.Supplied;

/// <summary>A mesh moves over with no root change (istio-ca §4.1, §4.2).</summary>
public sealed class ImportedAuthoritiesTests
{
    private static readonly TestAuthority Root = TestAuthority.CreateRoot(name: "istio");

    private static readonly ManualTimeProvider Clock = new(TestAuthority.Now);

    [Fact]
    public void Istiods_own_root_becomes_the_active_root_with_its_very_bytes_and_its_key()
    {
        var material = Assert.Single(Read(Files(Root, Root, Root)));
        Assert.Equal((AuthorityKind.Root, AuthorityState.Active), (material.Record.Kind, material.Record.State));
        Assert.Equal(Root.Certificate, material.Record.Certificate.ToArray());
        Assert.NotNull(material.Key);
        material.Key.Dispose();
    }

    [Fact]
    public void An_intermediate_becomes_the_signer_and_its_root_stays_without_a_key()
    {
        var signer = Root.CreateIntermediate(name: "signer");
        var materials = Read(Files(signer, signer, Root));
        Assert.Equal([AuthorityKind.Root, AuthorityKind.Intermediate], materials.Select(material => material.Record.Kind));
        Assert.Equal([false, true], materials.Select(material => material.Key is not null));
        Assert.Equal(materials[0].Record.Id, materials[1].Record.Issuer);
    }

    [Fact]
    public void Further_roots_of_the_bundle_stay_in_it()
    {
        var other = TestAuthority.CreateRoot(name: "other");
        var files = new PluginFiles
        {
            Certificate = PluginSample.Pem(Root),
            Key = Root.KeyPem,
            Chain = PluginSample.Pem(Root),
            Roots = PluginSample.Pem(Root, other),
        };
        var materials = Read(files);
        Assert.Equal([AuthorityState.Active, AuthorityState.Old], materials.Select(material => material.Record.State));
        Assert.True(materials[1].Record.IsPublished);
    }

    [Fact]
    public void Two_authorities_above_leaves_are_left_to_the_plug_in()
    {
        var upper = Root.CreateIntermediate(name: "upper", pathLength: 1);
        var signer = upper.CreateIntermediate(name: "signer");
        var files = new PluginFiles
        {
            Certificate = PluginSample.Pem(signer),
            Key = signer.KeyPem,
            Chain = PluginSample.Pem(signer, upper),
            Roots = PluginSample.Pem(Root),
        };
        Assert.Contains("PluginSecret", Refuse(files), StringComparison.Ordinal);
    }

    [Fact]
    public void A_root_without_room_below_it_is_refused()
    {
        var narrow = TestAuthority.CreateRoot(shape => shape with { PathLength = 0 }, "narrow");
        Assert.Contains("path of 0", Refuse(Files(narrow, narrow, narrow)), StringComparison.Ordinal);
    }

    [Fact]
    public void The_key_of_another_is_refused() =>
        Assert.Contains("key is not", Refuse(Files(Root, TestAuthority.CreateRoot(name: "other"), Root)), StringComparison.Ordinal);

    [Fact]
    public async Task The_rotator_signs_below_the_imported_root_and_publishes_it_alone()
    {
        var store = new MemoryStore();
        using var rotator = Rotator(store, (now, _) => Task.FromResult(Read(Files(Root, Root, Root))));
        await rotator.AdvanceAsync(TestContext.Current.CancellationToken);

        var current = rotator.Current!;
        Assert.Equal(Root.Certificate, Assert.Single(current.Roots).ToArray());
        Assert.True(SuppliedCertificates.SignedBy(current.Signer.Certificate, Root.Certificate));
        Assert.Equal(["root.imported", "intermediate.created"], store.Audit.Select(entry => entry.Action));
    }

    [Fact]
    public async Task Where_the_import_fails_no_root_is_made_in_its_place()
    {
        var store = new MemoryStore();
        using var rotator = Rotator(store, (_, _) => throw new JournalUnavailableException("the secret cannot be read"));
        await Assert.ThrowsAsync<JournalUnavailableException>(() => rotator.AdvanceAsync(TestContext.Current.CancellationToken));
        Assert.Empty(store.Present.Authorities);
    }

    private static AuthorityRotator Rotator(MemoryStore store, Func<DateTimeOffset, CancellationToken, Task<IReadOnlyList<AuthorityMaterial>>> import) =>
        new(store, MeshAuthority.Settings, Clock, NullLogger<AuthorityRotator>.Instance) { ImportFirst = import };

    private static PluginFiles Files(TestAuthority certificate, TestAuthority key, TestAuthority root) => new()
    {
        Certificate = PluginSample.Pem(certificate),
        Key = key.KeyPem,
        Chain = PluginSample.Pem(certificate),
        Roots = PluginSample.Pem(root),
    };

    private static IReadOnlyList<AuthorityMaterial> Read(PluginFiles files)
    {
        Assert.True(ImportedAuthorities.TryRead(files, PluginSample.TrustDomain, TestAuthority.Now, out var materials, out var fault), fault);
        return materials;
    }

    private static string Refuse(PluginFiles files)
    {
        Assert.False(ImportedAuthorities.TryRead(files, PluginSample.TrustDomain, TestAuthority.Now, out _, out var fault));
        return fault;
    }
}
