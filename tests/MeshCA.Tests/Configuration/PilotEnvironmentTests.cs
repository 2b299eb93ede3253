using MeshCA.Configuration;
using Microsoft.Extensions.Configuration;
using Xunit;

namespace MeshCA.Tests.Configuration;

/// <summary>istio-ca §6.1: what pilot-agent's environment says.</summary>
public sealed class PilotEnvironmentTests
{
    [Fact]
    public void A_sidecars_environment_makes_settings_that_hold()
    {
        var options = Options(
            ("CA_ADDR", "istiod.istio-system.svc:15012"), ("ISTIO_META_CLUSTER_ID", "east"), ("TRUST_DOMAIN", "mesh.example"),
            ("SECRET_TTL", "12h30m"), ("SECRET_GRACE_PERIOD_RATIO", "0.4"), ("SECRET_GRACE_PERIOD_RATIO_JITTER", "0.01"),
            ("ECC_SIGNATURE_ALGORITHM", "ECDSA"), ("ECC_CURVE", "P384"), ("OUTPUT_CERTS", "/var/lib/istio/data"),
            ("KUBERNETES_SERVICE_HOST", "10.0.0.1"), ("POD_NAMESPACE", "shop"), ("SERVICE_ACCOUNT", "cart"), ("POD_NAME", "cart-0"), ("CA_HEADER_X-Team", "blue"));

        Assert.Equal("https://istiod.istio-system.svc:15012", options.Address);
        Assert.Equal("/var/run/secrets/istio/root-cert.pem", options.RootsFile);
        Assert.Equal("/var/run/secrets/tokens/istio-token", options.TokenFile);
        Assert.Equal(("east", "mesh.example", TimeSpan.FromHours(12.5)), (options.ClusterId, options.TrustDomain, options.Lifetime));
        Assert.Equal((0.4, 0.01, MeshCA.Cryptography.KeyAlgorithm.EcdsaP384), (options.GracePeriodRatio, options.GracePeriodJitter, options.KeyAlgorithm));
        Assert.Equal(("spiffe://mesh.example/ns/shop/sa/cart", "cart-0", "blue"), (options.SpiffeId, options.Instance, options.Headers["x-team"]));
        var files = Assert.Single(options.Files);
        Assert.Equal(("/var/lib/istio/data", AgentFilesLayout.Istio, "0644"), (files.Directory, files.Layout, files.KeyMode));
        Assert.True(new AgentOptionsValidator().Validate(null, options).Succeeded);
    }

    [Fact]
    public void A_vms_environment_renews_with_what_was_issued_before()
    {
        var options = Options(("CA_ADDR", "istiod.example:15012"), ("PROV_CERT", "/etc/certs"), ("OUTPUT_CERTS", "/etc/certs"));

        Assert.Equal(("/etc/certs", "/etc/certs/root-cert.pem", true), (options.CertificateDirectory, options.RootsFile, options.RenewWithSvid));
        Assert.Equal("0600", Assert.Single(options.Files).KeyMode);
    }

    [Theory]
    [InlineData("CA_ROOT_CA", "SYSTEM", "RootsFile", "SYSTEM")]
    [InlineData("CA_ROOT_CA", "/x/roots.pem", "RootsFile", "/x/roots.pem")]
    [InlineData("JWT_POLICY", "first-party-jwt", "TokenFile", "/var/run/secrets/kubernetes.io/serviceaccount/token")]
    [InlineData("WORKLOAD_RSA_KEY_SIZE", "2048", "KeyAlgorithm", "Rsa")]
    [InlineData("ECC_SIGNATURE_ALGORITHM", "Falcon", "KeyAlgorithm", "Falcon")]
    [InlineData("SECRET_TTL", "1h0m0.5s", "Lifetime", "01:00:00.5000000")]
    [InlineData("SECRET_TTL", "250ms", "Lifetime", "00:00:00.2500000")]
    [InlineData("SECRET_TTL", "soon", "Lifetime", "soon")]
    [InlineData("SECRET_TTL", "24", "Lifetime", "24")]
    [InlineData("CLUSTER_ID", "west", "ClusterId", "west")]
    [InlineData("ISTIO_META_CERT_SIGNER", "mine", "CertSigner", "mine")]
    public void One_variable_is_one_setting(string name, string value, string key, string? setting) =>
        Assert.Equal(setting, PilotEnvironment.ToSettings(new Dictionary<string, string> { ["CA_ADDR"] = "a:1", [name] = value })[$"Agent:{key}"]);

    [Fact]
    public void Localhost_stands_for_istiod() => Assert.Equal(
        "istiod.istio-system.svc",
        PilotEnvironment.ToSettings(new Dictionary<string, string> { ["CA_ADDR"] = "localhost:15012" })["Agent:ServerName"]);

    [Fact]
    public void Without_pilots_variables_nothing_is_set() =>
        Assert.Empty(PilotEnvironment.ToSettings(new Dictionary<string, string> { ["PATH"] = "/bin", ["HOME"] = "/root" }));

    private static AgentOptions Options(params (string Name, string Value)[] variables)
    {
        var settings = PilotEnvironment.ToSettings(variables.ToDictionary(variable => variable.Name, variable => variable.Value));
        var options = new AgentOptions();
        new ConfigurationBuilder().AddInMemoryCollection(settings).Build().GetSection(AgentOptions.Section).Bind(options);
        return options;
    }
}
