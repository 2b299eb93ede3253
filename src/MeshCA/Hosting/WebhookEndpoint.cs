using System.IO;
using System.Net;
using MeshCA.Configuration;
using MeshCA.Policies;
using MeshCA.PolicySources.Watched;
using MeshCA.PolicySources.Webhook;
using MeshCA.Serving;
using MeshCA.Telemetry;
using MeshCA.Texts;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace MeshCA.Hosting;

/// <summary>Serves the admission webhook: <c>POST /validate</c> on a TLS port of its own, with the certificate of the service.</summary>
/// <param name="metrics">Counts.</param>
/// <param name="clock">The clock.</param>
/// <param name="logger">Gets refusals and faults.</param>
/// <param name="snapshots">What is in force; null: no source of policies is configured.</param>
internal sealed class WebhookEndpoint(
    ClusterPolicyMetrics metrics, TimeProvider clock, ILogger<WebhookEndpoint> logger, IPolicySnapshots? snapshots = null) : IDisposable
{
    /// <summary>Where it is served.</summary>
    public const string Path = "/validate";

    /// <summary>Longest question in bytes; what an API server stores has at most half of that.</summary>
    public const int MaxBytes = 3 * 1024 * 1024;

    private const string MediaType = "application/json";
    private const int MaxAtOnce = 4;
    private const int MaxReaders = 32;

    // Longer, and the API server's own time is nearly over.
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LongestBody = TimeSpan.FromSeconds(4);

    private readonly SemaphoreSlim _places = new(MaxAtOnce, MaxAtOnce);

    // Of their own: who sends slowly, which anybody can, must not keep those from being judged whose question is there.
    private readonly SemaphoreSlim _readers = new(MaxReaders, MaxReaders);

    /// <summary>Answers a call.</summary>
    public async Task AnswerAsync(HttpContext context)
    {
        try
        {
            await TryAnswerAsync(context);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            // The caller went away, or sent too slowly.
            metrics.WebhookAnswered("malformed");
            Refuse(context, StatusCodes.Status400BadRequest);
        }
        catch (Exception e)
        {
            metrics.WebhookAnswered("fault");
            Log.WebhookFault(logger, e);
            Refuse(context, StatusCodes.Status500InternalServerError);
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _places.Dispose();
        _readers.Dispose();
    }

    private async Task TryAnswerAsync(HttpContext context)
    {
        if (!IsJson(context.Request.ContentType))
        {
            Malformed(context, StatusCodes.Status415UnsupportedMediaType);
            return;
        }

        if (context.Request.ContentLength > MaxBytes)
        {
            Malformed(context, StatusCodes.Status413PayloadTooLarge);
            return;
        }

        if (!await _readers.WaitAsync(LongestWait, context.RequestAborted))
        {
            Busy(context);
            return;
        }

        ReadOnlyMemory<byte>? body;
        try
        {
            body = await ReadAsync(context);
        }
        finally
        {
            _readers.Release();
        }

        if (body is not { } question)
        {
            Malformed(context, StatusCodes.Status413PayloadTooLarge);
            return;
        }

        if (!await _places.WaitAsync(LongestWait, context.RequestAborted))
        {
            Busy(context);
            return;
        }

        try
        {
            await JudgeAsync(context, question);
        }
        finally
        {
            _places.Release();
        }
    }

    private async Task JudgeAsync(HttpContext context, ReadOnlyMemory<byte> body)
    {
        if (!AdmissionReviewJson.TryRead(body, out var request, out var fault))
        {
            metrics.WebhookAnswered("malformed");
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
            context.Response.ContentType = "text/plain; charset=utf-8";
            await context.Response.WriteAsync(fault + "\n", context.RequestAborted);
            return;
        }

        var answer = PolicyAdmission.Judge(request, snapshots?.Current, clock.GetUtcNow());
        metrics.WebhookAnswered(!answer.IsAllowed ? "denied" : answer.Warnings.Count > 0 ? "warned" : "allowed");
        if (!answer.IsAllowed)
        {
            Log.WebhookDenied(
                logger,
                PrintableText.Of($"{request.Kind}/{request.Namespace}/{request.Name}", 512),
                FindingText.Of(answer.Errors[0], withSuggestion: false));
        }

        context.Response.ContentType = MediaType;
        await context.Response.Body.WriteAsync(AdmissionReviewJson.Write(request, answer), context.RequestAborted);
    }

    // Null: it is too long.
    private async Task<ReadOnlyMemory<byte>?> ReadAsync(HttpContext context)
    {
        using var limit = new CancellationTokenSource(LongestBody, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, context.RequestAborted);
        using var body = new MemoryStream();
        var buffer = new byte[64 * 1024];
        while (await context.Request.Body.ReadAsync(buffer, either.Token) is > 0 and var read)
        {
            if (body.Length + read > MaxBytes)
            {
                return null;
            }

            await body.WriteAsync(buffer.AsMemory(0, read), either.Token);
        }

        return body.GetBuffer().AsMemory(0, (int)body.Length);
    }

    private void Busy(HttpContext context)
    {
        metrics.WebhookAnswered("busy");
        context.Response.Headers.RetryAfter = "1";
        Refuse(context, StatusCodes.Status429TooManyRequests);
    }

    private void Malformed(HttpContext context, int status)
    {
        metrics.WebhookAnswered("malformed");
        Refuse(context, status);
    }

    private static void Refuse(HttpContext context, int status)
    {
        if (!context.Response.HasStarted)
        {
            context.Response.StatusCode = status;
        }
    }

    private static bool IsJson(string? type) =>
        type is not null && type.AsSpan(0, type.IndexOf(';', StringComparison.Ordinal) is >= 0 and var end ? end : type.Length)
            .Trim().Equals(MediaType, StringComparison.OrdinalIgnoreCase);
}

/// <summary>Puts the admission webhook into the host.</summary>
internal static class WebhookHosting
{
    /// <summary>Opens its port.</summary>
    public static void ListenForAdmission(this KestrelServerOptions kestrel, WebhookOptions options)
    {
        if (options.Port is not { } port)
        {
            return;
        }

        var serving = new Lazy<ServingCertificate>(kestrel.ApplicationServices.GetRequiredService<ServingCertificate>);
        kestrel.Listen(IPAddress.Parse(options.Address), port, listen =>
        {
            listen.Protocols = HttpProtocols.Http1AndHttp2;
            listen.Mark(ListenerKind.Webhook);
            listen.UseHttps(new TlsHandshakeCallbackOptions { OnConnection = _ => ValueTask.FromResult(ListenerTls.Create(serving.Value.Current)) });
        });
    }

    /// <summary>Maps it, on that port only.</summary>
    public static void MapAdmissionWebhook(this IEndpointRouteBuilder endpoints)
    {
        if (endpoints.ServiceProvider.GetService<WebhookEndpoint>() is { } webhook)
        {
            endpoints.MapPost(WebhookEndpoint.Path, webhook.AnswerAsync).On(ListenerKind.Webhook);
        }
    }
}
