using AuthzEngine.Formats.Issuance;
using MeshCA.Auditing;
using MeshCA.Authentication.ClusterTokens;
using MeshCA.Configuration;
using MeshCA.Issuance;
using MeshCA.IssuancePolicies;
using MeshCA.Policies;
using MeshCA.PolicySources;
using MeshCA.Rpc;
using MeshCA.Rpc.Administration;
using MeshCA.Telemetry;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace MeshCA.Hosting;

/// <summary>Puts together who may get what.</summary>
internal static class IssuancePolicyServices
{
    /// <summary>Has a wrong policy keep the service from starting, together with whatever else is wrong.</summary>
    public static void AddIssuancePolicyValidation(this IServiceCollection services) =>
        services.AddSingleton<IValidateOptions<IssuanceOptions>, IssuancePolicyValidator>();

    /// <summary>Adds the parts; without a file there is nothing to load.</summary>
    public static void AddIssuancePolicies(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddSingleton<IssuancePolicyMetrics>();
        services.AddSingleton(p => new IssuanceRates(p.GetRequiredService<TimeProvider>()));
        services.AddSingleton(p => new IssuanceGate(
            FirstPolicy(p),
            p.GetRequiredService<IssuanceRates>(),
            PodLabels(p)));
        services.AddSingleton(ChanceSource.Random);
        services.AddSingleton<CertificateRequestReader>();
        services.AddSingleton<IssuanceExplainer>();
        services.AddSingleton(p => new IssuancePoliciesService(p.GetRequiredService<IssuanceExplainer>(), p.GetService<IssuancePolicyLoader>()));
        if (PathOf(configuration).Length == 0)
        {
            return;
        }

        services.AddSingleton(CreateLoader);
        services.AddHostedService(p => new IssuancePolicyWorker(
            p.GetRequiredService<IssuancePolicyLoader>(),
            PathOf(configuration),
            p.GetRequiredService<IOptions<PolicyOptions>>().Value,
            p.GetRequiredService<TimeProvider>(),
            p.GetRequiredService<ILogger<IssuancePolicyWorker>>()));
    }

    /// <summary>Serves explanations to administrators, and begins to show metrics.</summary>
    public static void MapIssuancePolicies(this WebApplication app)
    {
        app.MapAdministration<IssuancePoliciesService>();
        var services = app.Services;
        services.GetRequiredService<IssuancePolicyMetrics>().ObserveFailure(
            () => services.GetService<IssuancePolicyLoader>() is { Status.Faults.Count: > 0 });
    }

    /// <summary>What a policy must fit into.</summary>
    internal static IssuanceBounds BoundsOf(
        IssuanceOptions issuance, JwtSvidOptions? tokens, AuthenticationOptions? authentication, KubernetesOptions? kubernetes) => new()
        {
            MaxLifetime = issuance.MaxLifetime,
            MaxTokenLifetime = tokens?.MaxLifetime,
            Issuers = authentication is null || kubernetes is null
                ? null
                : [.. authentication.Issuers.Select(issuer => issuer.Name), .. kubernetes.Clusters.Select(cluster => cluster.Id)],
            Clusters = authentication is null || kubernetes is null
                ? null
                : [.. authentication.Issuers.Select(issuer => issuer.ClusterId), .. kubernetes.Clusters.Select(cluster => cluster.Id)],
        };

    private static IPodLabels? PodLabels(IServiceProvider services)
    {
        IPodLabels? inventory = services.GetService<IPolicySnapshots>() is { } snapshots ? new InventoryPodLabels(snapshots) : null;
        return services.GetService<ClusterTokenDirectory>() is { All.Count: > 0 } clusters
            ? new ClusterPodLabels(clusters, services.GetRequiredService<TimeProvider>(), inventory)
            : inventory;
    }

    private static string PathOf(IConfiguration configuration) =>
        configuration[$"{IssuanceOptions.Section}:{nameof(IssuanceOptions.PolicyFile)}"] ?? "";

    // With it the gate is made, so that there is no moment in which it stands open for want of it.
    private static IssuancePolicy FirstPolicy(IServiceProvider services) =>
        services.GetRequiredService<IOptions<IssuanceOptions>>().Value.PolicyFile.Length == 0
            ? IssuancePolicy.Open(services.GetRequiredService<LifetimePolicy>())
            : IssuancePolicy.Compile(Read(services).Policy, services.GetRequiredService<LifetimePolicy>());

    private static IssuanceBounds Bounds(IServiceProvider services) => BoundsOf(
        services.GetRequiredService<IOptions<IssuanceOptions>>().Value,
        services.GetRequiredService<IOptions<JwtSvidOptions>>().Value,
        services.GetRequiredService<IOptions<AuthenticationOptions>>().Value,
        services.GetRequiredService<IOptions<KubernetesOptions>>().Value);

    // The validation read it too, and it may have changed since.
    private static IssuancePolicyReading.Read Read(IServiceProvider services)
    {
        var path = services.GetRequiredService<IOptions<IssuanceOptions>>().Value.PolicyFile;
        return IssuancePolicyFile.Read(path, Bounds(services)) switch
        {
            IssuancePolicyReading.Read read => read,
            IssuancePolicyReading.Failed(var faults) => throw new OptionsValidationException(
                "", typeof(IssuanceOptions), faults.Select(fault => $"Issuance:PolicyFile: {fault}")),
            _ => throw new System.Diagnostics.UnreachableException(),
        };
    }

    private static IssuancePolicyLoader CreateLoader(IServiceProvider services)
    {
        var loader = new IssuancePolicyLoader(
            services.GetRequiredService<IOptions<IssuanceOptions>>().Value.PolicyFile,
            Bounds(services),
            services.GetRequiredService<LifetimePolicy>(),
            services.GetRequiredService<IssuanceGate>(),
            services.GetRequiredService<IAuditLog>(),
            services.GetRequiredService<TimeProvider>(),
            services.GetRequiredService<ILogger<IssuancePolicyLoader>>());
        loader.Begin(Read(services));
        return loader;
    }
}

/// <summary>Reads the policy before anything is opened.</summary>
internal sealed class IssuancePolicyValidator(
    IOptions<AuthenticationOptions> authentication, IOptions<KubernetesOptions> kubernetes, IOptions<JwtSvidOptions> tokens)
    : IValidateOptions<IssuanceOptions>
{
    public ValidateOptionsResult Validate(string? name, IssuanceOptions options) =>
        System.IO.Path.IsPathFullyQualified(options.PolicyFile)
        && IssuancePolicyFile.Read(options.PolicyFile, IssuancePolicyServices.BoundsOf(options, Valid(tokens), Valid(authentication), Valid(kubernetes))) is IssuancePolicyReading.Failed(var faults)
            ? ValidateOptionsResult.Fail(faults.Select(fault => $"Issuance:PolicyFile: {fault}"))
            : ValidateOptionsResult.Success;

    // What is wrong with such a section itself is reported there.
    private static TOptions? Valid<TOptions>(IOptions<TOptions> options)
        where TOptions : class
    {
        try
        {
            return options.Value;
        }
        catch (OptionsValidationException)
        {
            return null;
        }
    }
}
