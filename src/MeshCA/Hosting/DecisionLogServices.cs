using MeshCA.Configuration;
using MeshCA.DecisionLog;
using MeshCA.Decisions;
using MeshCA.Telemetry;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace MeshCA.Hosting;

/// <summary>The decision log, and the counting of decisions.</summary>
internal static class DecisionLogServices
{
    /// <summary>Adds the options.</summary>
    public static void AddDecisionLogOptions(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<DecisionLogOptions>().BindStrictly(configuration.GetSection(DecisionLogOptions.Section));
        services.AddSingleton<IValidateOptions<DecisionLogOptions>, DecisionLogOptionsValidator>();
        services.AddSingleton<IValidateOptions<DecisionLogOptions>, DecisionCollectorValidator>();
    }

    /// <summary>Adds the parts; without an output decisions are counted only.</summary>
    public static void AddDecisionLog(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddSingleton<IDecisionLog>(p => new DecisionCounter(
            p.GetRequiredService<DecisionMetrics>(), new PolicyLabels(OptionsOf(p).MaxPolicyLabels)));

        // Bound here too, since what is registered depends on it; faults of the section were reported before.
        var options = new DecisionLogOptions();
        configuration.GetSection(DecisionLogOptions.Section).Bind(options);
        if (options.IsOn)
        {
            services.AddSingleton(p => new DecisionQueue(
                new(OptionsOf(p).AllowSample, OptionsOf(p).DenySample),
                new(OptionsOf(p).QueueLength, OptionsOf(p).QueueBytes),
                p.GetRequiredService<DecisionMetrics>()));
            services.AddSingleton<IDecisionLog>(p => p.GetRequiredService<DecisionQueue>());
            services.AddHostedService(MakeWorker);
        }
    }

    private static DecisionLogWorker MakeWorker(IServiceProvider services) => new(
        services.GetRequiredService<DecisionQueue>(),
        new DecisionRecordFormat(RedactionOf(OptionsOf(services))),
        [.. MakeOutputs(services)],
        OptionsOf(services).FlushInterval,
        services.GetRequiredService<DecisionMetrics>(),
        services.GetRequiredService<TimeProvider>(),
        services.GetRequiredService<ILogger<DecisionLogWorker>>());

    private static IEnumerable<IDecisionOutput> MakeOutputs(IServiceProvider services)
    {
        var options = OptionsOf(services);
        if (options.File.Length > 0)
        {
            yield return new FileOutput(
                new RotatingFile(
                    new(options.File, options.MaxFileBytes, options.MaxFiles, options.MaxAge), services.GetRequiredService<TimeProvider>()),
                services.GetRequiredService<DecisionMetrics>(),
                services.GetRequiredService<ILogger<FileOutput>>());
        }

        var telemetry = services.GetRequiredService<IOptions<TelemetryOptions>>().Value;
        if (options.Otlp && telemetry.OtlpEndpoint is { } endpoint)
        {
            yield return new OtlpOutput(
                endpoint,
                telemetry.OtlpTransport,
                options.QueueBytes,
                new(services.GetRequiredService<DecisionMetrics>(), services.GetRequiredService<ILogger<ExportOutcomes>>()));
        }
    }

    private static RedactionSettings RedactionOf(DecisionLogOptions options) => new(
        options.AlsoKeep,
        DecisionLogOptions.Names(options.AlsoKeepHeaders),
        DecisionLogOptions.Names(options.SecretHeaders.Concat(RedactionSettings.CredentialHeaders)),
        SecretDigest.Draw());

    private static DecisionLogOptions OptionsOf(IServiceProvider services) =>
        services.GetRequiredService<IOptions<DecisionLogOptions>>().Value;
}
