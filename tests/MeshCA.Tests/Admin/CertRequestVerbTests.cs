using System.IO;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MeshCA.Admin;
using Xunit;

namespace MeshCA.Tests.Admin;

[Collection(RunningMeshCollection.Name)]
public sealed class CertRequestVerbTests(RunningMesh mesh)
{
    [Theory]
    [InlineData("EcdsaP256")]
    [InlineData("EcdsaP384")]
    [InlineData("Rsa")]
    public async Task A_token_gets_a_certificate_for_a_new_key(string kind)
    {
        var home = mesh.File("web-" + kind);

        var answer = (await mesh.RequestAsync(await mesh.TokenFileAsync("web"), home, "--key", kind)).Ends(ExitCode.Ok);

        using var leaf = X509Certificate2.CreateFromPemFile(Path.Combine(home, "cert-chain.pem"), Path.Combine(home, "key.pem"));
        Assert.True(leaf.HasPrivateKey);
        Assert.Contains("spiffe://cluster.local/ns/default/sa/web", answer.Out, StringComparison.Ordinal);
        Assert.Equal(await File.ReadAllTextAsync(mesh.Roots), await File.ReadAllTextAsync(Path.Combine(home, "root-cert.pem")));
    }

    [Fact]
    public async Task The_key_is_for_its_owner_alone_and_is_not_printed()
    {
        var home = mesh.File("secret");
        var token = await mesh.TokenFileAsync("web");

        var answer = (await mesh.RequestAsync(token, home)).Ends(ExitCode.Ok);

        var key = Path.Combine(home, "key.pem");
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(key));
        Assert.DoesNotContain("PRIVATE KEY", answer.All, StringComparison.Ordinal);
        Assert.DoesNotContain((await File.ReadAllTextAsync(token)).Trim(), answer.All, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Json_says_what_was_issued_and_where_it_lies()
    {
        var home = mesh.File("json");

        var report = (await mesh.RequestAsync(
            await mesh.TokenFileAsync("web"), home, "--lifetime", "01:00:00", "--output", "json")).Ends(ExitCode.Ok).Json();

        Assert.Equal(["spiffeId", "serial", "notBefore", "notAfter", "directory"], CliResult.Members(report));
        using var leaf = X509Certificate2.CreateFromPem(await File.ReadAllTextAsync(Path.Combine(home, "cert-chain.pem")));
        Assert.Equal(leaf.SerialNumber.PadLeft(32, '0')[^32..], report.GetProperty("serial").GetString(), ignoreCase: true);

        // Chance cuts off up to a tenth of the hour.
        Assert.InRange(
            report.GetProperty("notAfter").GetDateTimeOffset() - report.GetProperty("notBefore").GetDateTimeOffset(),
            TimeSpan.FromMinutes(56),
            TimeSpan.FromMinutes(62));
        Assert.Equal(home, report.GetProperty("directory").GetString());
    }

    [Fact]
    public async Task A_token_may_come_from_standard_input()
    {
        var token = await File.ReadAllTextAsync(await mesh.TokenFileAsync("piped"));

        var answer = await Cli.CallWithInputAsync(
            token, "cert", "request", "--address", mesh.Address, "--roots", mesh.Roots, "--token", "-", "--out", mesh.File("piped"));

        Assert.Contains("/sa/piped", answer.Ends(ExitCode.Ok).Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_certificate_is_renewed_without_a_token()
    {
        var home = mesh.File("renewed");
        (await mesh.RequestAsync(await mesh.TokenFileAsync("web"), home)).Ends(ExitCode.Ok);
        var before = await File.ReadAllTextAsync(Path.Combine(home, "key.pem"));

        var renewed = await Cli.CallAsync(
            "cert", "request", "--address", mesh.Address, "--roots", mesh.Roots, "--renew", home, "--out", home);

        renewed.Ends(ExitCode.Ok);
        Assert.NotEqual(before, await File.ReadAllTextAsync(Path.Combine(home, "key.pem")));
    }

    [Fact]
    public async Task A_refused_request_ends_with_3_and_writes_nothing()
    {
        var home = mesh.File("refused");

        var answer = await mesh.RequestAsync(await mesh.TokenFileAsync("web", "--audience", "vault"), home);

        answer.Ends(ExitCode.Refused).Says("UNAUTHENTICATED: request authenticate failure");
        Assert.False(Directory.Exists(home));
    }

    [Fact]
    public async Task A_server_that_is_not_there_ends_with_4()
    {
        var answer = await Cli.CallAsync(
            "cert", "request", "--address", $"https://localhost:{BundleShowVerbTests.ClosedPort()}",
            "--roots", mesh.Roots, "--token", await mesh.TokenFileAsync("web"));

        answer.Ends(ExitCode.Unavailable).Says("UNAVAILABLE: connection failed");
    }

    [Fact]
    public async Task A_server_of_another_name_is_not_talked_to_and_the_reason_is_told()
    {
        var answer = await mesh.RequestAsync(await mesh.TokenFileAsync("web"), mesh.File("name"), "--server-name", "istiod.elsewhere");

        answer.Ends(ExitCode.Unavailable).Says("RemoteCertificateNameMismatch");
    }

    [Fact]
    public async Task A_server_is_dialled_at_its_address_and_known_by_its_name()
    {
        var address = mesh.Address.Replace("localhost", "127.0.0.1", StringComparison.Ordinal);
        var answer = await Cli.CallAsync(
            "cert", "request", "--address", address, "--server-name", "istiod.istio-system.svc", "--roots", mesh.Roots,
            "--token", await mesh.TokenFileAsync("web"), "--out", mesh.File("dialled"));

        answer.Ends(ExitCode.Ok);
    }

    [Theory]
    [InlineData("--address", "http://localhost:15012")]
    [InlineData("--address", "localhost")]
    [InlineData("--spiffe-id", "https://cluster.local/ns/a/sa/b")]
    [InlineData("--key", "Ed25519")]
    [InlineData("--key", "0")]
    [InlineData("--lifetime", "-00:00:01")]
    [InlineData("--timeout", "00:00:00")]
    public async Task A_wrong_option_ends_with_2(string option, string value)
    {
        var answer = await Cli.CallAsync("cert", "request", "--roots", mesh.Roots, "--token", "-", option, value);

        answer.Ends(ExitCode.Usage).Says($"`{value}`");
    }

    [Fact]
    public async Task Neither_token_nor_certificate_ends_with_2() =>
        (await Cli.CallAsync("cert", "request", "--roots", mesh.Roots)).Ends(ExitCode.Usage).Says("--renew");

    [Theory]
    [InlineData("")]
    [InlineData("two words")]
    [InlineData("line\nline")]
    [InlineData("caf\u00e9")]
    public async Task What_cannot_be_a_token_ends_with_5(string token)
    {
        var answer = await Cli.CallWithInputAsync(
            token, "cert", "request", "--address", mesh.Address, "--roots", mesh.Roots, "--token", "-");

        answer.Ends(ExitCode.Invalid).Says("holds no token");
    }

    [Fact]
    public async Task A_file_of_roots_that_holds_none_ends_with_5()
    {
        var token = await mesh.TokenFileAsync("web");

        (await Cli.CallAsync("cert", "request", "--roots", token, "--token", token)).Ends(ExitCode.Invalid).Says("no certificate in it");
    }

    [Fact]
    public async Task A_key_that_is_not_the_certificates_ends_with_5()
    {
        var home = mesh.File("mixed");
        (await mesh.RequestAsync(await mesh.TokenFileAsync("web"), home)).Ends(ExitCode.Ok);
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        await File.WriteAllTextAsync(Path.Combine(home, "key.pem"), other.ExportPkcs8PrivateKeyPem());

        var answer = await Cli.CallAsync("cert", "request", "--address", mesh.Address, "--roots", mesh.Roots, "--renew", home);

        answer.Ends(ExitCode.Invalid).Says("do not belong together");
    }

    [Fact]
    public async Task A_missing_file_ends_with_1_and_is_named() =>
        (await Cli.CallAsync("cert", "request", "--roots", mesh.File("no-roots.pem"), "--token", "-"))
            .Ends(ExitCode.Failure).Says("no-roots.pem");
}
