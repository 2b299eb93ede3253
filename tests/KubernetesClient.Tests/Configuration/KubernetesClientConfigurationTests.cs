using System.IO;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using KubernetesClient.Configuration;
using TestSupport;
using Xunit;

namespace KubernetesClient.Tests.Configuration;

public sealed class KubernetesClientConfigurationTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly string _certificate;
    private readonly string _key;

    public KubernetesClientConfigurationTests()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = new CertificateRequest("CN=x", key, HashAlgorithmName.SHA256)
            .CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        (_certificate, _key) = (certificate.ExportCertificatePem(), key.ExportPkcs8PrivateKeyPem());
        File.WriteAllText(_directory.File("ca.crt"), _certificate);
        File.WriteAllText(_directory.File("tls.crt"), _certificate);
        File.WriteAllText(_directory.File("tls.key"), _key);
        File.WriteAllText(_directory.File("token"), "from-file\n");
        File.WriteAllText(_directory.File("namespace"), "mesh");
    }

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void A_kubeconfig_with_files_is_read_from_its_own_directory()
    {
        var configuration = Loaded(Read(
            """
            apiVersion: v1
            kind: Config
            current-context: b
            clusters:
            - name: one
              cluster: {server: "https://10.0.0.1:6443/base", certificate-authority: ca.crt, tls-server-name: kubernetes}
            contexts:
            - name: a
              context: {cluster: one, user: nobody}
            - name: b
              context: {cluster: one, user: me, namespace: shop}
            users:
            - name: nobody
            - name: me
              user: {tokenFile: token, client-certificate: tls.crt, client-key: tls.key}
            """));
        Assert.Equal("https://10.0.0.1:6443/base", configuration.Server.AbsoluteUri);
        Assert.Equal("kubernetes", configuration.TlsServerName);
        Assert.Equal("shop", configuration.Namespace);
        Assert.Equal(_directory.File("token"), configuration.AccessToken!.Path);
        Assert.Equal(_certificate, Encoding.UTF8.GetString(configuration.ClientCertificate!.Read()!));
        Assert.Equal(_key, Encoding.UTF8.GetString(configuration.ClientKey!.Read()!));
    }

    [Fact]
    public void A_kubeconfig_may_hold_everything_itself_and_be_json()
    {
        var (certificate, key) = (Convert.ToBase64String(Encoding.UTF8.GetBytes(_certificate)), Convert.ToBase64String(Encoding.UTF8.GetBytes(_key)));
        var configuration = Loaded(Read(
            $$$"""
            {"current-context":"a","contexts":[{"name":"a","context":{"cluster":"one","user":"me"}}],
            "clusters":[{"name":"one","cluster":{"server":"https://[fd00::1]:6443","certificate-authority-data":"{{{certificate}}}"}}],
            "users":[{"name":"me","user":{"token":"t","client-certificate-data":"{{{certificate}}}","client-key-data":"{{{key}}}"}}]}
            """));
        Assert.Equal("t"u8.ToArray(), configuration.AccessToken!.Read());
        Assert.Null(configuration.ClientKey!.Path);
        Assert.DoesNotContain("PRIVATE", $"{configuration}{configuration.ClientKey}", StringComparison.Ordinal);
    }

    [Fact]
    public void A_named_context_goes_before_the_current_one()
    {
        var text = Config("token: t").Replace("current-context: a", "current-context: missing", StringComparison.Ordinal);
        Loaded(Read(text, "a"));
        Assert.Contains("no `missing`", Assert.Single(Faults(Read(text))), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("exec: {command: aws}", "exec: ")]
    [InlineData("auth-provider: {name: gcp}", "auth-provider: ")]
    [InlineData("as: admin", "as: ")]
    [InlineData("as-groups: [x]", "as-groups: ")]
    [InlineData("username: me", "username: ")]
    [InlineData("password: hunter2", "password: ")]
    [InlineData("client-certificate: tls.crt", "client certificate: ")]
    [InlineData("client-key: tls.key", "client certificate: ")]
    [InlineData("{client-certificate: tls.crt, client-key: token}", "client certificate: ")]
    [InlineData("{client-certificate: none, client-key: tls.key}", "client certificate: ")]
    [InlineData("client-key-data: '*'", "client-key-data: ")]
    [InlineData("tokenFile: none", "token: ")]
    [InlineData("token: 'a b'", "token: ")]
    public void What_is_not_supported_of_a_user_is_named(string user, string fault)
    {
        var faults = Faults(Read(Config(user)));
        Assert.Contains(faults, each => each.StartsWith($"{_directory.File("config")}: {fault}", StringComparison.Ordinal));
        Assert.DoesNotContain(faults, each => each.Contains("hunter2", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("{server: 'https://a', insecure-skip-tls-verify: true}", "insecure-skip-tls-verify: ")]
    [InlineData("{server: 'https://a', proxy-url: 'http://b'}", "proxy-url: ")]
    [InlineData("{server: 'http://a'}", "server: ")]
    [InlineData("{server: 'a:6443'}", "server: ")]
    [InlineData("{server: 'ftp://a'}", "server: ")]
    [InlineData("{server: 'https://me:pw@a'}", "server: ")]
    [InlineData("{server: 'https://a?x=y'}", "server: ")]
    [InlineData("{}", "server: ")]
    [InlineData("{server: 'https://a', certificate-authority: none}", "certificate authority: ")]
    [InlineData("{server: 'https://a', certificate-authority: token}", "certificate authority: ")]
    [InlineData("{server: 'https://a', certificate-authority-data: '!'}", "certificate-authority-data: ")]
    public void What_is_not_supported_of_a_cluster_is_named(string cluster, string fault) => Assert.Contains(
        Faults(Read(Config("token: t", cluster))),
        each => each.StartsWith($"{_directory.File("config")}: {fault}", StringComparison.Ordinal));

    [Fact]
    public void All_faults_are_told_at_once() =>
        Assert.Equal(4, Faults(Read(Config("{exec: {command: x}, as: y}", "{server: 'http://a', proxy-url: x}"))).Count);

    [Theory]
    [InlineData("")]
    [InlineData("[")]
    [InlineData("a: b: c")]
    [InlineData("a: &x [1]\nb: *x")]
    [InlineData("a: !!binary x")]
    [InlineData("a: 1\na: 2")]
    [InlineData("a: 1\n---\nb: 2")]
    [InlineData("\u0001")]
    [InlineData("just text")]
    [InlineData("contexts: 7\ncurrent-context: a")]
    [InlineData("contexts: [{name: a}]\ncurrent-context: a")]
    [InlineData("contexts: [{name: a, context: {cluster: x, user: y}}]\ncurrent-context: a")]
    [InlineData("current-context: {}")]
    public void What_is_no_kubeconfig_is_refused(string text) => Assert.NotEmpty(Faults(Read(text)));

    [Fact]
    public void Depth_and_size_are_bounded()
    {
        Assert.NotEmpty(Faults(Read(new string('[', 5000) + new string(']', 5000))));
        Assert.NotEmpty(Faults(Read("a: [" + string.Concat(Enumerable.Repeat("1,", 30_000)) + "]")));
        Assert.NotEmpty(Faults(Read(new string('#', CredentialContent.MaxBytes + 1))));
        Assert.NotEmpty(Faults(KubernetesClientConfiguration.BuildConfigFromConfigFile(_directory.File("missing"), null)));
        Assert.NotEmpty(Faults(KubernetesClientConfiguration.BuildConfigFromConfigFile(_directory.Path, null)));
    }

    [Theory]
    [InlineData("10.96.0.1", "443", "https://10.96.0.1/")]
    [InlineData("fd00::1", "6443", "https://[fd00::1]:6443/")]
    [InlineData("kubernetes.default.svc", "6443", "https://kubernetes.default.svc:6443/")]
    public void A_pod_finds_its_own_cluster(string host, string port, string server)
    {
        var configuration = Loaded(KubernetesClientConfiguration.InClusterConfig(host, port, _directory.Path));
        Assert.Equal(server, configuration.Server.AbsoluteUri);
        Assert.Equal("mesh", configuration.Namespace);
        Assert.Equal(_directory.File("token"), configuration.AccessToken!.Path);
        Assert.Equal(_directory.File("ca.crt"), configuration.CertificateAuthority!.Path);
    }

    [Fact]
    public void Outside_a_cluster_there_is_none()
    {
        Assert.Contains("not in a cluster", Assert.Single(Faults(KubernetesClientConfiguration.InClusterConfig(null, "443"))), StringComparison.Ordinal);
        Assert.Equal(2, Faults(KubernetesClientConfiguration.InClusterConfig("10.0.0.1", "443", _directory.File("missing"))).Count);
        Assert.NotEmpty(Faults(KubernetesClientConfiguration.InClusterConfig("10.0.0.1", "x", _directory.Path)));
    }

    private static KubernetesClientConfiguration Loaded(ConfigurationOutcome outcome) =>
        outcome is ConfigurationOutcome.Loaded(var configuration) ? configuration : throw new Xunit.Sdk.XunitException(string.Join("; ", Faults(outcome)));

    private static IReadOnlyList<string> Faults(ConfigurationOutcome outcome) => Assert.IsType<ConfigurationOutcome.Refused>(outcome).Faults;

    private static string Config(string user, string cluster = "{server: 'https://10.0.0.1:6443', certificate-authority: ca.crt}") =>
        $$$"""
        current-context: a
        contexts: [{name: a, context: {cluster: one, user: me}}]
        clusters:
        - name: one
          cluster: {{{cluster}}}
        users:
        - name: me
          user:
            {{{user}}}
        """;

    private ConfigurationOutcome Read(string text, string? context = null)
    {
        File.WriteAllText(_directory.File("config"), text);
        return KubernetesClientConfiguration.BuildConfigFromConfigFile(_directory.File("config"), context);
    }
}
