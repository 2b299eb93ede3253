using MeshCA.Configuration;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace MeshCA.Telemetry;

/// <summary>Puts telemetry into a host.</summary>
internal static class TelemetryRegistration
{
    /// <summary>Registers options, metrics, their text form and tracing.</summary>
    public static IServiceCollection AddMeshTelemetry(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<TelemetryOptions>().BindStrictly(configuration.GetSection(TelemetryOptions.Section));
        services.AddSingleton<IValidateOptions<TelemetryOptions>, TelemetryOptionsValidator>();
        services.AddMetrics();
        services.AddSingleton<CertificateMetrics>();
        services.AddSingleton<DecisionMetrics>();
        services.AddSingleton<PrometheusText>();
        services.AddHostedService<OpenTelemetryTracing>();
        return services;
    }

    /// <summary>Registers what the agent needs of it: options, its metrics and their text form.</summary>
    public static IServiceCollection AddAgentTelemetry(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<TelemetryOptions>().BindStrictly(configuration.GetSection(TelemetryOptions.Section));
        services.AddSingleton<IValidateOptions<TelemetryOptions>, TelemetryOptionsValidator>();
        services.AddMetrics();
        services.AddSingleton<PrometheusText>();
        return services;
    }

    /// <summary>Writes logs to standard error, as JSON or text: standard output belongs to the command's own answer.</summary>
    public static ILoggingBuilder AddMeshLogging(this ILoggingBuilder logging, IConfiguration configuration)
    {
        // A word that is no format is reported with all other faults when the options are validated at start.
        _ = Enum.TryParse<LogFormat>(
            configuration[$"{TelemetryOptions.Section}:{nameof(TelemetryOptions.LogFormat)}"], ignoreCase: true, out var format);
        logging.ClearProviders();
        _ = format == LogFormat.Text
            ? logging.AddSimpleConsole(console =>
            {
                console.SingleLine = true;
                console.UseUtcTimestamp = true;
                console.TimestampFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z' ";
            })
            : logging.AddJsonConsole(console =>
            {
                console.UseUtcTimestamp = true;
                console.TimestampFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";
            });
        logging.Services.Configure<Microsoft.Extensions.Logging.Console.ConsoleLoggerOptions>(
            console => console.LogToStandardErrorThreshold = LogLevel.Trace);
        return logging;
    }

    /// <summary>Answers <c>GET /metrics</c>. Counting starts here, so map it before the host starts.</summary>
    public static IEndpointConventionBuilder MapMetrics(this IEndpointRouteBuilder endpoints, string pattern = "/metrics")
    {
        // Instruments exist from here on, so that counters show as zero before their first event; the agent has others.
        _ = endpoints.ServiceProvider.GetService<CertificateMetrics>();
        _ = endpoints.ServiceProvider.GetService<DecisionMetrics>();
        var metrics = endpoints.ServiceProvider.GetRequiredService<PrometheusText>();
        return endpoints.MapGet(pattern, context =>
        {
            context.Response.ContentType = PrometheusFormat.ContentType;
            return context.Response.WriteAsync(metrics.Write(), context.RequestAborted);
        });
    }
}
