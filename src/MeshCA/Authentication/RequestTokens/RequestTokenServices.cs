using MeshCA.Authentication.Tokens;
using MeshCA.Configuration;
using MeshCA.Decisions;
using MeshCA.Policies;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace MeshCA.Authentication.RequestTokens;

/// <summary>Composes the verification of requests' tokens.</summary>
internal static class RequestTokenServices
{
    /// <summary>Adds the options.</summary>
    public static void AddRequestTokenOptions(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<RequestTokenOptions>().BindStrictly(configuration.GetSection(RequestTokenOptions.Section));
        services.AddSingleton<IValidateOptions<RequestTokenOptions>, RequestTokenOptionsValidator>();
    }

    /// <summary>Adds <see cref="IRequestTokens"/> and the background reader of rules' keys.</summary>
    public static void AddRequestTokens(this IServiceCollection services)
    {
        services.AddSingleton<RuleKeyRings>();
        services.AddSingleton<IRequestTokens>(p => new RequestTokenAuthenticator(
            CreateVerifier(p), p.GetRequiredService<TimeProvider>(), p.GetRequiredService<ILogger<RequestTokenAuthenticator>>()));
        services.AddHostedService(p => new RuleKeyRefresher(
            p.GetService<IPolicySnapshots>(),
            p.GetRequiredService<RuleKeyRings>(),
            new RuleKeySettings(Options(p)),
            p.GetRequiredService<TimeProvider>(),
            p.GetRequiredService<ILogger<RuleKeyRefresher>>()));
    }

    private static RequestTokenVerifier CreateVerifier(IServiceProvider services)
    {
        var cache = Options(services).TokenCache;
        return new(
            services.GetRequiredService<RuleKeyRings>(),
            new RecentTokens<TokenHash, VerifiedPayload>(cache.MaxEntries, cache.MaxAge),
            services.GetRequiredService<TimeProvider>(),
            services.GetRequiredService<ILogger<RequestTokenVerifier>>());
    }

    private static RequestTokenOptions Options(IServiceProvider services) =>
        services.GetRequiredService<IOptions<RequestTokenOptions>>().Value;
}
