using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MeshCA.Authorities;
using MeshCA.Rotations;
using MeshCA.Tests.Rotations;
using Xunit;

namespace MeshCA.Tests.Authorities.Supplied;

/// <summary>A root whose key never comes here: its certificate is imported, it signs our request elsewhere.</summary>
public sealed class SuppliedRootTests : IDisposable
{
    private static readonly X500DistinguishedName RootName = new("CN=offline root, O=cluster.local");
    private readonly MeshModel _mesh = new();
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public void Dispose()
    {
        _mesh.Dispose();
        _key.Dispose();
    }

    [Fact]
    public async Task The_mesh_moves_to_an_offline_root_and_goes_on_without_its_key()
    {
        await _mesh.AdvanceAsync();
        using var root = Root();
        Assert.IsType<RotationOutcome.Done>(await ImportAsync(root));
        var refused = Assert.IsType<RotationOutcome.Refused>(await OrderAsync(new AuthorityCommand.Activate()));
        Assert.Equal(AuthorityRefusal.CannotSign, refused.Reason);

        await InstallAsync(root);
        _mesh.Clock.Advance(TimeSpan.FromHours(2));
        Assert.IsType<RotationOutcome.Done>((await _mesh.Coordinator.StepAsync(default))!.Value.Outcome);
        var leaf = _mesh.Issue("any", TimeSpan.FromHours(20));
        Assert.True(_mesh.Accepts([root.RawData], leaf));
        Assert.True(_mesh.Accepts([_mesh.Authorities.Authorities[0].Certificate], leaf)); // who knows only the root before

        _mesh.Clock.Advance(TimeSpan.FromMinutes(1));
        Assert.IsType<RotationOutcome.Done>((await _mesh.Coordinator.StepAsync(default))!.Value.Outcome);
        Assert.False(_mesh.Authorities.Authorities.Single(a => a.IsPublished).HasKey);

        // Past the intermediate's half life nothing is tried that cannot be done, and the next one comes the same way.
        _mesh.Clock.Advance(TimeSpan.FromDays(20));
        await _mesh.AdvanceAsync();
        var before = _mesh.Current.Signer.Id;
        await InstallAsync(root);
        Assert.NotEqual(before, _mesh.Current.Signer.Id);
        _mesh.Restart();
        await _mesh.AdvanceAsync();
        Assert.True(_mesh.Accepts([root.RawData], _mesh.Issue("any", TimeSpan.FromHours(20))));
    }

    [Fact]
    public async Task A_root_supplied_with_its_key_signs_here()
    {
        await _mesh.AdvanceAsync();
        using var root = Root();
        Assert.IsType<RotationOutcome.Done>(await ImportAsync(root, key: _key.ExportPkcs8PrivateKeyPem()));
        _mesh.Clock.Advance(TimeSpan.FromHours(2));
        Assert.IsType<RotationOutcome.Done>((await _mesh.Coordinator.StepAsync(default))!.Value.Outcome);
        Assert.True(_mesh.Accepts([root.RawData], _mesh.Issue("any", TimeSpan.FromHours(20))));
    }

    [Fact]
    public async Task From_an_offline_root_to_the_next_the_cross_certificate_must_be_supplied()
    {
        await The_mesh_moves_to_an_offline_root_and_goes_on_without_its_key();
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var next = Root(key: other, name: "CN=next");
        Assert.Equal(AuthorityRefusal.CannotSign, Assert.IsType<RotationOutcome.Refused>(await ImportAsync(next)).Reason);
        using var present = X509CertificateLoader.LoadCertificate(_mesh.Authorities.Authorities.Single(a => a.IsPublished).Certificate.Span);
        using var cross = Sign(Request(other, new("CN=next"), 1, KeyIdentifier(other)), present, _key, 900);
        Assert.IsType<RotationOutcome.Done>(await ImportAsync(next, cross: cross.ExportCertificatePem()));
    }

    // What is wrong with the root, and what the refusal says.
    public static TheoryData<string, string> Faults() =>
    [
        new("garbage", "the root is not one certificate in PEM"),
        new("two", "the root is not one certificate in PEM"),
        new("expired", "not now"),
        new("no authority", "no authority: cA is not true"),
        new("path length 0", "allows a path of 0 authorities below it, 2 are needed"),
        new("path length 1", "allows a path of 1 authorities below it, 2 are needed"), // no room to rotate away from it
        new("the active root's name", "has the active root's subject"),
        new("the active root's key", "has the active root's key"),
        new("may not sign", "may not sign certificates"),
        new("no identifier", "no subject key identifier"),
        new("not self-signed", "not self-signed"),
        new("foreign signature", "own signature does not verify"),
        new("small key", "key is none on P-256, P-384 or RSA"),
        new("foreign key", "the key is not the root's"),
        new("foreign cross", "not signed by the active root"),
        new("cross of another", "has not the root's subject, key and subject key identifier"),
    ];

    [Theory, MemberData(nameof(Faults))]
    public async Task A_root_that_cannot_work_is_refused_by_its_fault(string fault, string expected)
    {
        await _mesh.AdvanceAsync();
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var small = ECDsa.Create(ECCurve.NamedCurves.nistP521);
        using var good = Root();
        using var present = X509CertificateLoader.LoadCertificate(_mesh.Authorities.Authorities[0].Certificate.Span);
        using var presentKey = ECDsa.Create();
        presentKey.ImportPkcs8PrivateKey(_mesh.Store.Keys[_mesh.Authorities.Authorities[0].Id], out _);
        using var root = fault switch
        {
            "path length 1" => Root(pathLength: 1),
            "the active root's name" => Root(subject: present.SubjectName),
            "the active root's key" => Root(key: presentKey),
            "expired" => Root(from: -100, days: 50),
            "no authority" => Root(isAuthority: false),
            "path length 0" => Root(pathLength: 0),
            "may not sign" => Root(usage: X509KeyUsageFlags.DigitalSignature),
            "no identifier" => Root(hasIdentifier: false),
            "not self-signed" => Sign(Request(other, new("CN=other"), 2, KeyIdentifier(other)), good, _key, 3000),
            "foreign signature" => Sign(Request(_key, RootName, 2, KeyIdentifier(_key)), good, other, 3000),
            "small key" => Root(key: small),
            _ => Root(),
        };
        using var stranger = Root(key: other, name: "CN=stranger");
        var (certificate, cross, key) = fault switch
        {
            "garbage" => ("no PEM", "", ""),
            "two" => (root.ExportCertificatePem() + "\n" + stranger.ExportCertificatePem(), "", ""),
            "foreign key" => (root.ExportCertificatePem(), "", other.ExportPkcs8PrivateKeyPem()),
            "foreign cross" => (root.ExportCertificatePem(), root.ExportCertificatePem(), ""),
            "cross of another" => (root.ExportCertificatePem(), stranger.ExportCertificatePem(), ""),
            _ => (root.ExportCertificatePem(), "", ""),
        };
        var outcome = await _mesh.Coordinator.ImportAsync(new SuppliedMaterial(certificate, cross, key), false, Context(), default);
        var refused = Assert.IsType<RotationOutcome.Refused>(outcome);
        Assert.Equal(AuthorityRefusal.Unusable, refused.Reason);
        Assert.Contains(expected, refused.Detail, StringComparison.Ordinal);
        Assert.Null(_mesh.Authorities.Rotation);
    }

    [Fact]
    public async Task An_intermediate_is_taken_only_for_the_key_that_waits_and_from_a_published_root()
    {
        await _mesh.AdvanceAsync();
        using var root = Root();
        Assert.Equal(AuthorityRefusal.UnknownAuthority, Assert.IsType<RotationOutcome.Refused>(await _mesh.Coordinator.InstallAsync("", Context(), default)).Reason);
        var request = await RequestAsync();
        using var early = Sign(request, root, _key, 400);
        Assert.Contains("signed by no root", Assert.IsType<RotationOutcome.Refused>(await _mesh.Coordinator.InstallAsync(early.ExportCertificatePem(), Context(), default)).Detail, StringComparison.Ordinal);

        await ImportAsync(root);
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var foreign = Sign(Request(other, new("CN=x"), 0, KeyIdentifier(other)), root, _key, 400);
        Assert.Contains("not for the key", Assert.IsType<RotationOutcome.Refused>(await _mesh.Coordinator.InstallAsync(foreign.ExportCertificatePem(), Context(), default)).Detail, StringComparison.Ordinal);
        using var alike = Sign(Request(other, root.SubjectName, 0, KeyIdentifier(other)), root, _key, 400);
        Assert.Contains("would look self-signed", Assert.IsType<RotationOutcome.Refused>(await _mesh.Coordinator.InstallAsync(alike.ExportCertificatePem(), Context(), default)).Detail, StringComparison.Ordinal);
        Assert.IsType<RotationOutcome.Done>(await _mesh.Coordinator.InstallAsync(early.ExportCertificatePem(), Context(), default));
    }

    [Fact]
    public async Task A_root_is_not_renewed_to_an_earlier_end()
    {
        await _mesh.AdvanceAsync();
        using var root = Root(days: 5000);
        Assert.IsType<RotationOutcome.Done>(await ImportAsync(root, key: _key.ExportPkcs8PrivateKeyPem()));
        var id = _mesh.Authorities.Rotation!.NewRoot;
        var refused = Assert.IsType<RotationOutcome.Refused>(await _mesh.Coordinator.RenewAsync(id, Context(), default));
        Assert.Equal(AuthorityRefusal.Unusable, refused.Reason);
        Assert.Contains("no later than it does", refused.Detail, StringComparison.Ordinal);
    }

    private static byte[] KeyIdentifier(ECDsa key) => new PublicKey(key).ExportSubjectPublicKeyInfo()[^20..];

    private static CertificateRequest Request(
        ECDsa key, X500DistinguishedName name, int pathLength, byte[]? identifier, bool isAuthority = true, X509KeyUsageFlags usage = X509KeyUsageFlags.KeyCertSign)
    {
        var request = new CertificateRequest(name, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(isAuthority, isAuthority, isAuthority ? pathLength : 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(usage, true));
        if (identifier is not null)
        {
            request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(identifier, false));
        }

        return request;
    }

    private X509Certificate2 Root(
        ECDsa? key = null,
        string? name = null,
        int from = -1,
        int days = 3000,
        bool isAuthority = true,
        int pathLength = 2,
        X509KeyUsageFlags usage = X509KeyUsageFlags.KeyCertSign,
        bool hasIdentifier = true,
        X500DistinguishedName? subject = null)
    {
        var now = _mesh.Clock.GetUtcNow();
        var pair = key ?? _key;
        var request = Request(pair, subject ?? new(name ?? RootName.Name), pathLength, hasIdentifier ? KeyIdentifier(pair) : null, isAuthority, usage);
        using var own = request.CreateSelfSigned(now.AddDays(from), now.AddDays(from + days));
        return X509CertificateLoader.LoadCertificate(own.RawData);
    }

    private X509Certificate2 Sign(CertificateRequest request, X509Certificate2 issuer, ECDsa key, int days)
    {
        var now = _mesh.Clock.GetUtcNow();
        return request.Create(
            issuer.SubjectName, X509SignatureGenerator.CreateForECDsa(key), now.AddMinutes(-1), now.AddDays(days), RandomNumberGenerator.GetBytes(8));
    }

    private async Task<CertificateRequest> RequestAsync()
    {
        Assert.IsType<RotationOutcome.Done>(await _mesh.Coordinator.RequestAsync(Context(), default));
        var pending = _mesh.Authorities.Authorities.Last(a => a is { Kind: AuthorityKind.Request, State: AuthorityState.Prepared });
        return CertificateRequest.LoadSigningRequest(
            pending.Certificate.ToArray(), HashAlgorithmName.SHA256, CertificateRequestLoadOptions.UnsafeLoadCertificateExtensions);
    }

    private async Task InstallAsync(X509Certificate2 root)
    {
        using var intermediate = Sign(await RequestAsync(), root, _key, 30);
        Assert.IsType<RotationOutcome.Done>(await _mesh.Coordinator.InstallAsync(intermediate.ExportCertificatePem(), Context(), default));
    }

    private Task<RotationOutcome> ImportAsync(X509Certificate2 root, string cross = "", string key = "") =>
        _mesh.Coordinator.ImportAsync(new SuppliedMaterial(root.ExportCertificatePem(), cross, key), isManual: false, Context(), default);

    private Task<RotationOutcome> OrderAsync(AuthorityCommand command) => _mesh.Coordinator.ExecuteAsync(command, Context(), default);

    private CommandContext Context() => new(_mesh.Clock.GetUtcNow(), "uid:0");
}
