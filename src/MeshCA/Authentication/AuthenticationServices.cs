using MeshCA.Authentication.Certificates;
using MeshCA.Authentication.ClusterTokens;
using MeshCA.Authentication.Keys;
using MeshCA.Authentication.Tokens;
using MeshCA.Configuration;
using MeshCA.Issuance;
using MeshCA.Registration;
using MeshCA.Telemetry;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using SpiffeIdentity;

namespace MeshCA.Authentication;

/// <summary>Composes authentication.</summary>
internal static class AuthenticationServices
{
    /// <summary>
    /// Adds <see cref="CallerAuthenticator"/>, <see cref="ClientCertificateVerifier"/>, <see cref="IIssuerKeysStatus"/>
    /// and the background reader of issuers' keys. Needs <see cref="IIssuanceJournal"/>,
    /// <see cref="ITrustAnchors"/> and <see cref="PermittedTrustDomains"/>.
    /// </summary>
    /// <param name="services">The container.</param>
    /// <param name="section">The section <c>Authentication</c>; an unknown name in it is an error.</param>
    /// <param name="trustDomain">The trust domain of issuers that name none.</param>
    /// <param name="more">Issuers beside the configured ones: the dev issuer.</param>
    public static IServiceCollection AddCallerAuthentication(
        this IServiceCollection services, IConfiguration section, TrustDomain trustDomain, params IReadOnlyList<TokenIssuerOptions> more)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton<IValidateOptions<AuthenticationOptions>, AuthenticationOptionsValidator>();
        services.AddOptions<AuthenticationOptions>()
            .BindStrictly(section)
            .PostConfigure(options => options.Issuers.AddRange(more));
        services.AddMetrics().TryAddSingleton<CertificateMetrics>();
        services.AddSingleton(provider => new IssuerDirectory(
            [.. Options(provider).Issuers.Select(issuer => TokenIssuer.From(issuer, trustDomain))]));
        services.AddSingleton<IIssuerKeysStatus, IssuerKeysStatus>();
        services.AddSingleton<ClientCertificateVerifier>();
        services.AddSingleton(CreateAuthenticator);
        return services.AddHostedService<IssuerKeyRefresher>();
    }

    private static CallerAuthenticator CreateAuthenticator(IServiceProvider provider)
    {
        var options = Options(provider);
        var clock = provider.GetRequiredService<TimeProvider>();
        var tokens = new TokenAuthenticator(
            provider.GetRequiredService<IssuerDirectory>(),
            new TokenCache(options.TokenCache.MaxEntries, options.TokenCache.MaxAge),
            options.ClockLeeway,
            clock,
            provider.GetRequiredService<CertificateMetrics>());
        var accounts = new ServiceAccountAuthenticator(provider.GetService<ClusterTokenDirectory>() ?? ClusterTokenDirectory.None, tokens);
        var certificates = new ClientCertificateAuthenticator(
            provider.GetRequiredService<PermittedTrustDomains>(),
            provider.GetRequiredService<IIssuanceJournal>(),
            RenewalPolicy.From(options.ClientCertificates),
            clock,
            provider.GetService<IPodLiveness>());
        var logger = provider.GetRequiredService<ILogger<CallerAuthenticator>>();
        return new CallerAuthenticator([accounts, certificates], logger);
    }

    private static AuthenticationOptions Options(IServiceProvider provider) =>
        provider.GetRequiredService<IOptions<AuthenticationOptions>>().Value;
}
