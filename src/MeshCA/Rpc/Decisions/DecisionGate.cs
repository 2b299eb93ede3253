using Grpc.AspNetCore.Server;
using MeshCA.Configuration;
using MeshCA.Decisions;
using MeshCA.Telemetry;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace MeshCA.Rpc.Decisions;

/// <summary>Stands before every question: strangers and what is above the bound are turned away before their message is read.</summary>
/// <remarks>
/// Nothing queues here, so a refusal comes well before the caller's deadline. The refusals are UNAVAILABLE and
/// UNAUTHENTICATED: errors, which the proxy's own setting turns into a denial or not.
/// </remarks>
internal sealed class DecisionGate(
    DecisionSettings settings, DecisionOptions options, DecisionRefusals refusals, CertificateMetrics metrics, TimeProvider clock)
{
    private const int WorkingForEachWaiting = 16;

    private readonly int _maxWaiting = Math.Max(1, options.MaxConcurrent / WorkingForEachWaiting);
    private int _inWork;
    private int _waiting;

    /// <summary>Puts the gate before a service's methods.</summary>
    public static TBuilder Guard<TBuilder>(TBuilder endpoints, DecisionGate gate)
        where TBuilder : IEndpointConventionBuilder =>
        Guard(endpoints, gate, gate.RefuseCallAsync);

    /// <summary>Puts the gate before endpoints.</summary>
    /// <param name="endpoints">The endpoints.</param>
    /// <param name="gate">The gate.</param>
    /// <param name="refuse">Answers what is turned away.</param>
    public static TBuilder Guard<TBuilder>(TBuilder endpoints, DecisionGate gate, Func<HttpContext, DecisionRefusal, Task> refuse)
        where TBuilder : IEndpointConventionBuilder
    {
        endpoints.Add(endpoint =>
        {
            var inner = endpoint.RequestDelegate ?? throw new InvalidOperationException("an endpoint without a handler");
            endpoint.RequestDelegate = context => gate.InvokeAsync(context, inner, refuse);
        });
        return endpoints;
    }

    /// <summary>Takes a place; for tests, too.</summary>
    /// <returns>Whether there was one; then <see cref="Leave"/> must follow.</returns>
    public bool TryEnter()
    {
        if (Interlocked.Increment(ref _inWork) <= options.MaxConcurrent)
        {
            return true;
        }

        Leave();
        return false;
    }

    /// <summary>Gives the place back.</summary>
    public void Leave() => Interlocked.Decrement(ref _inWork);

    /// <summary>Waits without a place: whoever waits does no work, and must not keep those out who would.</summary>
    /// <param name="wait">Waits.</param>
    /// <param name="cancellationToken">The call's own, which ends the wait.</param>
    /// <returns>False where too many wait already, or every place is taken afterwards: then the call must end at once.</returns>
    public async Task<bool> WaitOutsideAsync(Func<CancellationToken, Task> wait, CancellationToken cancellationToken)
    {
        if (Interlocked.Increment(ref _waiting) > _maxWaiting)
        {
            Interlocked.Decrement(ref _waiting);
            return false;
        }

        bool hasPlace;
        Leave();
        try
        {
            await wait(cancellationToken);
        }
        finally
        {
            // Taken in any case, since the call gives it back when it ends.
            hasPlace = Interlocked.Increment(ref _inWork) <= options.MaxConcurrent;
            Interlocked.Decrement(ref _waiting);
        }

        return hasPlace;
    }

    private async Task InvokeAsync(HttpContext context, RequestDelegate inner, Func<HttpContext, DecisionRefusal, Task> refuse)
    {
        if (ConnectionCaller.Find(context, settings, clock.GetUtcNow()) is null)
        {
            Note(context, DecisionRefusal.CallerUnknown);
            await refuse(context, DecisionRefusal.CallerUnknown);
            return;
        }

        if (!TryEnter())
        {
            Note(context, DecisionRefusal.Overloaded);
            await refuse(context, DecisionRefusal.Overloaded);
            return;
        }

        try
        {
            // Who holds a place without sending keeps others out; Kestrel's data rates do not see it (docs/threat-model.md).
            await using var limit = clock.CreateTimer(
                static state => ((HttpContext)state!).Abort(), context, options.LongestCall, Timeout.InfiniteTimeSpan);
            await inner(context);
        }
        finally
        {
            Leave();
        }
    }

    // No service sees such a call, so that none counts it.
    private Task RefuseCallAsync(HttpContext context, DecisionRefusal reason)
    {
        var status = GrpcStatus.Of(reason, "");
        TrailersOnly.Write(context, status);
        if (context.GetEndpoint()?.Metadata.GetMetadata<GrpcMethodMetadata>()?.Method is { } method)
        {
            metrics.RpcHandled("unary", method.ServiceName, method.Name, status.StatusCode.ToString(), TimeSpan.Zero);
        }

        return Task.CompletedTask;
    }

    private void Note(HttpContext context, DecisionRefusal reason) =>
        refusals.Note(reason, "", context.Connection.RemoteIpAddress?.ToString() ?? "unix");
}
