using MeshCA.Cryptography;
using MeshCA.Issuance;
using MeshCA.Issuance.Lints;
using Xunit;

namespace Architecture.Tests;

public sealed class ProfilesDocumentationTests
{
    private const string Page = "docs/certificate-profiles.md";

    [Fact]
    public void The_page_lists_every_profile_as_the_code_has_it() =>
        new DocumentedTable(Page, "## Profiles").Matches([.. CertificateProfile.All.Select(Row)]);

    [Fact]
    public void The_page_lists_every_lint_as_the_code_has_it() =>
        new DocumentedTable(Page, "## Lints").Matches([.. CertificateLints.All.Select(lint => $"| `{lint.Name}` | {lint.Clause} |")]);

    [Fact]
    public void Every_kind_of_certificate_has_one_profile() =>
        Assert.Equal(Enum.GetValues<CertificateKind>().Where(kind => kind != CertificateKind.JwtSvid).Order(), CertificateProfile.All.Select(profile => profile.Kind).Order());

    private static string Row(CertificateProfile profile)
    {
        var (ec, rsa) = (profile.KeyUsagesFor(KeyAlgorithm.EcdsaP256), profile.KeyUsagesFor(KeyAlgorithm.Rsa));
        string[] cells =
        [
            $"`{profile.Kind}`",
            profile.SubjectIsEmpty ? "empty" : "O, CN",
            profile.Names switch
            {
                NameForm.None => "absent",
                NameForm.OneSpiffeId => "critical, one URI; DNS names only by policy",
                NameForm.DnsNames => "critical, DNS names",
                _ => throw new InvalidOperationException($"{profile.Names}"),
            },
            profile.IsAuthority ? $"true, path length {profile.PathLength}" : "false",
            ec == rsa ? Name(ec) : $"{Name(ec)}; for RSA keys {Name(rsa)}",
            profile.ExtendedKeyUsages.Count == 0 ? "absent" : string.Join(", ", profile.ExtendedKeyUsages.Select(Name)),
            profile.IsSelfSigned ? "absent" : "present",
        ];
        return $"| {string.Join(" | ", cells)} |";
    }

    private static string Name(KeyUsages usages) => string.Join(
        " + ",
        Enum.GetValues<KeyUsages>()
            .Where(usage => usage != KeyUsages.None && usages.HasFlag(usage))
            .OrderByDescending(usage => usage)
            .Select(usage => usage == KeyUsages.CrlSign ? "cRLSign" : char.ToLowerInvariant(usage.ToString()[0]) + usage.ToString()[1..]));

    private static string Name(string oid) => oid switch
    {
        Oids.ServerAuth => "serverAuth",
        Oids.ClientAuth => "clientAuth",
        _ => oid,
    };
}
