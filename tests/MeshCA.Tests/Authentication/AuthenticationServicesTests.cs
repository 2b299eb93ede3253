using System.IO;
using MeshCA.Authentication;
using MeshCA.Authentication.Certificates;
using MeshCA.Authentication.Development;
using MeshCA.Authentication.Keys;
using MeshCA.Authentication.Tokens;
using MeshCA.Configuration;
using MeshCA.Issuance;
using MeshCA.Registration;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using SpiffeIdentity;
using SpiffeIdentity.Bundles;
using TestSupport;
using Xunit;

namespace MeshCA.Tests.Authentication;

public sealed class AuthenticationServicesTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task A_configured_host_reads_keys_in_the_background_and_authenticates()
    {
        using var signer = new TestTokenSigner("RS256", "k");
        await File.WriteAllTextAsync(_directory.File("jwks.json"), TestTokenSigner.KeySet(signer), TestContext.Current.CancellationToken);
        using var host = Build(new()
        {
            ["Issuers:0:Name"] = "cluster-1",
            ["Issuers:0:Issuer"] = TestClaims.Issuer,
            ["Issuers:0:JwksFile"] = _directory.File("jwks.json"),
            ["Issuers:0:ClusterId"] = "c1",
            ["Issuers:0:RefreshInterval"] = "00:00:01",
        });
        await host.StartAsync(TestContext.Current.CancellationToken);
        await UntilKeysArePresentAsync(host);
        var outcome = await AuthenticateAsync(host, signer.Sign(TestClaims.Of(TimeProvider.System.GetUtcNow())));
        var caller = Assert.IsType<AuthenticationOutcome.Authenticated>(outcome).Caller;
        Assert.Equal(("jwt:cluster-1", "c1"), (caller.Evidence.Authenticator, caller.Evidence.Cluster));
        Assert.NotNull(host.Services.GetService<ClientCertificateVerifier>());
        await host.StopAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task The_dev_issuer_is_added_beside_the_configured_ones()
    {
        using var dev = DevTokenIssuer.OpenOrCreate(_directory.Path, TimeProvider.System);
        using var host = Build([], DevTokenIssuer.ToOptions(_directory.Path));
        await host.StartAsync(TestContext.Current.CancellationToken);
        await UntilKeysArePresentAsync(host);
        Assert.True(ServiceAccount.TryCreate("shop", "cart", out var account));
        var outcome = await AuthenticateAsync(host, dev.Mint(new DevToken { Account = account }));
        Assert.IsType<AuthenticationOutcome.Authenticated>(outcome);
        await host.StopAsync(TestContext.Current.CancellationToken);
    }

    [Theory]
    [InlineData("ClockLeeway", "01:00:00", "ClockLeeway"), InlineData("Issuers:0:Name", "x", "exactly one")]
    public async Task A_bad_section_keeps_the_host_from_starting(string key, string value, string expected)
    {
        using var host = Build(new() { [key] = value });
        var refused = await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync(TestContext.Current.CancellationToken));
        Assert.Contains(expected, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_misspelt_setting_keeps_the_host_from_starting()
    {
        using var host = Build(new() { ["ClientCertificates:Enable"] = "false" });
        var refused = await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync(TestContext.Current.CancellationToken));
        Assert.Contains("Enable", refused.ToString(), StringComparison.Ordinal);
    }

    private static IHost Build(Dictionary<string, string?> settings, params TokenIssuerOptions[] more)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Configuration.AddInMemoryCollection(
            settings.Select(setting => KeyValuePair.Create($"{AuthenticationOptions.Section}:{setting.Key}", setting.Value)));
        builder.Services.AddSingleton<IIssuanceJournal, MemoryStore>();
        builder.Services.AddSingleton<ITrustAnchors, NoAnchors>();
        builder.Services.AddSingleton(PermittedTrustDomains.Only(TokenSetup.TrustDomain));
        builder.Services.AddCallerAuthentication(
            builder.Configuration.GetSection(AuthenticationOptions.Section), TokenSetup.TrustDomain, more);
        return builder.Build();
    }

    private static async Task UntilKeysArePresentAsync(IHost host)
    {
        var status = host.Services.GetRequiredService<IIssuerKeysStatus>();
        while (!status.Report().All(report => report.Usable))
        {
            await Task.Delay(5, TestContext.Current.CancellationToken);
        }
    }

    private static async Task<AuthenticationOutcome> AuthenticateAsync(IHost host, string token) =>
        await host.Services.GetRequiredService<CallerAuthenticator>().AuthenticateAsync(
            CallCredentials.From(["Bearer " + token], [], default), TestContext.Current.CancellationToken);

    private sealed class NoAnchors : ITrustAnchors
    {
        public IReadOnlyList<ReadOnlyMemory<byte>> Intermediates { get; init; } = [];

        public X509Bundle? BundleOf(TrustDomain trustDomain) => X509Bundle.Empty(trustDomain);
    }
}
